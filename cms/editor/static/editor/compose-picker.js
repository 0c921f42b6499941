/* The picker of blocks and ready-made sections: groups, most used first, search in Chinese, pinyin and initials,
   a picture of what patients will see that is loaded when it is looked at. */
(function () {
  "use strict";
  const compose = window.portalCompose, make = compose.make;
  const config = () => JSON.parse(document.getElementById("wagtail-config").textContent);
  let kept = "blocks";

  function groupsOf(desk) {
    return desk.root.blockDef.groupedChildBlockDefs.map(([heading, defs]) => {
      const items = defs.map((def) => {
        const facts = compose.facts.blocks[def.name] || {};
        const full = desk.root.getBlockMax(def.name) !== undefined && desk.root.getBlockCount(def.name) >= desk.root.getBlockMax(def.name);
        return {
          title: def.meta.label,
          text: def.meta.description || "",
          icon: def.meta.icon,
          words: `${facts.words || ""} ${def.meta.label}`.toLowerCase(),
          used: facts.used || 0,
          full,
          preview: def.meta.isPreviewable ? `${config().ADMIN_URLS.BLOCK_PREVIEW}?id=${def.meta.blockDefId}` : "",
          choose: (index) => desk.root._onRequestInsert(index, { type: def.name }),
        };
      }).filter((item) => !item.full);
      // A stable sort: what nobody uses yet stays in the order of the registry.
      return { heading: heading || "", items: items.sort((one, other) => other.used - one.used) };
    });
  }

  function sectionsOf(desk) {
    const items = compose.facts.sections.map((section) => ({
      ...section,
      choose: async (index) => {
        try {
          const address = compose.addresses.section.replace("--code--", section.code);
          compose.arrive(desk, index, await compose.ask(address), `插入「${section.title}」`);
        } catch (problem) {
          compose.say(problem.message);
        }
      },
    }));
    return [{ heading: "现成段落：几个组件一次插入，文字写好了，改改就能用", items }];
  }

  function matches(item, query) {
    if (!query) return true;
    return item.words.toLowerCase().includes(query) || item.text.toLowerCase().includes(query);
  }

  class Picker {
    constructor(desk, index, opener) {
      this.desk = desk;
      this.index = index;
      this.opener = opener;
      this.number = Math.random().toString(36).slice(2, 8);
      this.input = make("input", {
        type: "search", autocomplete: "off", role: "combobox", "aria-expanded": "true", "aria-autocomplete": "list",
        "aria-controls": `portal-picker-list-${this.number}`, "aria-label": "搜索组件", placeholder: "搜索：名称、拼音或首字母，例如 tzl",
      });
      this.list = make("div", { class: "portal-picker-list", role: "listbox", id: `portal-picker-list-${this.number}`, "aria-label": "搜索到的组件" });
      this.picture = make("div", { class: "portal-picker-picture", "aria-live": "polite" });
      this.tabs = ["blocks", "sections"].map((kind) => make("button", { type: "button", class: "portal-picker-tab", onclick: () => this.show(kind) }, kind === "blocks" ? "组件" : "现成段落"));
      const close = make("button", { type: "button", class: "button button-small button-secondary", onclick: () => this.dialog.close() }, "关闭");
      const found = compose.clip && compose.clip();
      const paste = found && make("button", { type: "button", class: "button button-small", onclick: () => { this.dialog.close(); compose.paste(desk, this.index); } }, compose.clipLabel(found));
      this.dialog = make("dialog", { class: "portal-picker", "aria-label": "插入组件" },
        make("div", { class: "portal-picker-head" }, this.input, ...this.tabs, paste || null, close),
        make("div", { class: "portal-picker-body" }, this.list, this.picture));
      this.input.addEventListener("input", () => this.draw());
      this.dialog.addEventListener("keydown", (event) => this.key(event));
      this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
      this.dialog.addEventListener("close", () => { this.dialog.remove(); clearTimeout(this.timer); if (!this.chose && opener.isConnected) opener.focus(); });
      document.body.append(this.dialog);
      this.show(kept);
      this.dialog.showModal();
      this.input.focus();
    }

    show(kind) {
      kept = this.kind = kind;
      this.tabs.forEach((tab, place) => tab.setAttribute("aria-pressed", String(["blocks", "sections"][place] === kind)));
      this.draw();
    }

    draw() {
      const query = this.input.value.trim().toLowerCase().replace(/\s+/g, "");
      const groups = this.kind === "blocks" ? groupsOf(this.desk) : sectionsOf(this.desk);
      this.rows = [];
      const parts = groups.map((group) => {
        const items = group.items.filter((item) => matches(item, query));
        if (!items.length) return null;
        const id = `portal-picker-group-${this.number}-${this.rows.length}`;
        return make("div", { class: "portal-picker-group", role: "group", "aria-labelledby": id }, make("div", { class: "portal-picker-heading", id }, group.heading), ...items.map((item) => this.row(item)));
      });
      this.list.replaceChildren(...parts.filter(Boolean));
      if (!this.rows.length) {
        const other = this.kind === "blocks" ? sectionsOf(this.desk) : groupsOf(this.desk);
        const elsewhere = other.some((group) => group.items.some((item) => matches(item, query)));
        this.list.append(make("p", { class: "portal-picker-none" }, elsewhere ? `这里没有，「${this.kind === "blocks" ? "现成段落" : "组件"}」里有。` : "没有找到，换个词试试。"));
      }
      this.activate(query && this.rows.length ? 0 : -1);
    }

    row(item) {
      const place = this.rows.length, id = `portal-picker-${this.number}-${place}`;
      const option = make("div", { class: "portal-picker-option", role: "option", id, "aria-label": item.title, "aria-describedby": `${id}-text`, "aria-selected": "false" },
        make("span", { class: "portal-picker-icon" }, compose.icon(item.icon)),
        make("span", {}, make("strong", {}, item.title), make("small", { id: `${id}-text` }, item.text)));
      option.addEventListener("click", () => this.choose(item));
      const row = make("div", { class: "portal-picker-row" }, option);
      if (item.preview) row.append(make("button", { type: "button", class: "portal-picker-look", "aria-label": "预览", title: "预览", onclick: () => this.look(item) }, compose.icon("view")));
      row.addEventListener("mouseenter", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.look(item), 350); });
      row.addEventListener("mouseleave", () => clearTimeout(this.timer));
      this.rows.push({ item, option });
      return row;
    }

    activate(place) {
      this.active = place;
      this.rows.forEach(({ option }, at) => option.setAttribute("aria-selected", String(at === place)));
      const row = this.rows[place];
      if (!row) { this.input.removeAttribute("aria-activedescendant"); return; }
      this.input.setAttribute("aria-activedescendant", row.option.id);
      row.option.scrollIntoView({ block: "nearest" });
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(row.item), 350);
    }

    look(item) {
      if (this.looking === item.title || !item.preview) return;
      this.looking = item.title;
      this.picture.replaceChildren(
        make("div", { class: "portal-picker-phone" }, make("iframe", { title: `${item.title}的样子`, src: item.preview, loading: "lazy" })),
        make("strong", {}, item.title), make("p", {}, item.text));
    }

    key(event) {
      if (event.isComposing) return;
      const last = this.rows.length - 1;
      if (event.key === "ArrowDown") this.activate(Math.min(this.active + 1, last));
      else if (event.key === "ArrowUp") this.activate(Math.max(this.active - 1, 0));
      else if (event.key === "Enter" && event.target === this.input) { if (this.rows[this.active]) this.choose(this.rows[this.active].item); }
      else return;
      event.preventDefault();
    }

    choose(item) {
      this.chose = true;
      this.dialog.close();
      item.choose(this.index);
    }
  }

  /* Wagtail's own menu at an insertion point gives way to the picker. */
  compose.dressInserter = function (desk, inserter) {
    if (inserter.portalDressed || !inserter.addButton) return;
    inserter.portalDressed = true;
    if (inserter.tooltip) inserter.tooltip.destroy();
    const button = inserter.addButton.get(0);
    button.addEventListener("click", (event) => {
      event.preventDefault();
      new Picker(desk, inserter.index, button);
    });
  };
})();
