/* Composing on stock StreamField: history (undo, redo), block tools, shortcuts. The picker and the clipboard are
   files of their own (compose-picker.js, compose-clipboard.js) and meet here, in window.portalCompose. */
(function () {
  "use strict";
  const script = document.currentScript;
  const addresses = script.dataset;
  const config = () => JSON.parse(document.getElementById("wagtail-config").textContent);
  const compose = (window.portalCompose = { desks: [], facts: { blocks: {}, sections: [] }, addresses });

  /* --- small tools ----------------------------------------------------------------------------------------- */

  compose.make = function (tag, attributes, ...children) {
    const element = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    });
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const make = compose.make;

  compose.icon = function (name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", `icon icon-${name}`);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
  };

  /* The page this editor is about; a new page gets its number when it is saved by itself for the first time. */
  compose.where = function () {
    const path = window.location.pathname;
    const edited = path.match(/\/pages\/(\d+)\/edit\//);
    const parent = path.match(/\/pages\/add\/[^/]+\/[^/]+\/(\d+)\//);
    return edited ? `?page=${edited[1]}` : parent ? `?parent=${parent[1]}` : "";
  };

  compose.ask = async function (address, body) {
    const options = { headers: { Accept: "application/json" }, credentials: "same-origin" };
    if (body !== undefined) {
      const { CSRF_HEADER_NAME, CSRF_TOKEN } = config();
      options.method = "POST";
      options.body = body instanceof FormData ? body : JSON.stringify(body);
      options.headers[CSRF_HEADER_NAME] = CSRF_TOKEN;
      if (!(body instanceof FormData)) options.headers["Content-Type"] = "application/json";
    }
    let answer;
    try {
      answer = await fetch(address + compose.where(), options);
    } catch {
      throw new Error("网络不通，请检查网络后再试。");
    }
    const isJson = (answer.headers.get("Content-Type") || "").includes("json");
    const data = isJson ? await answer.json() : {};
    if (!answer.ok || !isJson) throw new Error(data.error || "没有成功，请刷新页面后再试。");
    return data;
  };

  let toastTimer = null;
  compose.say = function (text, action, run) {
    document.querySelectorAll(".portal-toast").forEach((old) => old.remove());
    clearTimeout(toastTimer);
    const toast = make("div", { class: "portal-toast", role: "status" }, make("span", {}, text));
    if (action) toast.append(make("button", { type: "button", onclick: () => { toast.remove(); run(); } }, action));
    toast.append(make("button", { type: "button", class: "portal-toast-close", "aria-label": "关闭", onclick: () => toast.remove() }, "×"));
    document.body.append(toast);
    toastTimer = setTimeout(() => toast.remove(), 12000);
  };

  compose.dialog = function (title, content, buttons) {
    const id = `portal-dialog-${Date.now()}`;
    const dialog = make("dialog", { class: "portal-sheet", "aria-labelledby": id }, make("h2", { id }, title), content);
    const close = make("button", { type: "button", class: "button button-secondary", onclick: () => dialog.close() }, buttons ? "取消" : "关闭");
    dialog.append(make("div", { class: "portal-sheet-buttons" }, ...(buttons || []), close));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
  };

  const typing = (element) => Boolean(element && element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true], dialog"));
  const labelOf = (child) => `「${child.blockDef.meta.label}」`;

  /* --- one stream ------------------------------------------------------------------------------------------- */

  class Desk {
    constructor(root) {
      this.root = root;
      this.done = [];
      this.undone = [];
      this.group = null;
      this.replaying = false;
      this.original = {};
      ["_insert", "deleteBlock", "moveBlock"].forEach((name) => { this.original[name] = root[name].bind(root); });
      root._insert = (...args) => this.inserted(...args);
      root.deleteBlock = (index, options) => this.deleted(index, options);
      root.moveBlock = (from, to) => this.moved(from, to);
      this.drawBar();
      this.dress();
      root.element.addEventListener("keydown", (event) => this.key(event));
      root.element.addEventListener("click", (event) => this.point(event));
    }

    may(child, deed) {
      if (deed === "change" && child.portalIsNew) return true;
      const rule = compose.facts.blocks[child.type];
      return !rule || !rule.may || rule.may.includes(deed);
    }

    /* What changed the structure, in the order it was done. */
    inserted(...args) {
      const child = this.original._insert(...args);
      child.portalIsNew = true;
      this.dressChild(child);
      this.dressInserter(this.root.inserters[child.index + 1]);
      this.record({ label: `添加${labelOf(child)}`, undo: () => this.take(child), redo: () => this.putBack(child) });
      return child;
    }

    deleted(index, options) {
      const child = this.root.children[index];
      if (!this.may(child, "delete")) {
        compose.say(`${labelOf(child)}不能删除：患者在这一页办事要用它，请联系管理员。`);
        return;
      }
      this.take(child, options);
      this.record({ label: `删除${labelOf(child)}`, undo: () => this.putBack(child), redo: () => this.take(child) });
      const title = child.titleElement.text();
      if (!this.group && !this.replaying) compose.say(`已删除${labelOf(child)}${title && title !== child.blockDef.meta.label ? ` ${title}` : ""}`, "撤销", () => this.undo());
      const near = this.root.children[Math.min(index, this.root.children.length - 1)];
      if (near) near.toggleElement.focus({ preventScroll: true });
    }

    moved(from, to) {
      if (from === to || to < 0 || to >= this.root.children.length) return;
      const child = this.root.children[from];
      this.original.moveBlock(from, to);
      const go = (place) => this.original.moveBlock(this.root.children.indexOf(child), place);
      this.record({ label: `移动${labelOf(child)}`, undo: () => go(from), redo: () => go(to) });
    }

    /* A block that is taken away stays in the form, hidden and marked as deleted: putting it back loses nothing. */
    take(child, options) {
      const index = this.root.children.indexOf(child);
      if (index < 0) return;
      child.portalHome = { index, inserter: this.root.inserters[index] };
      child.portalChosen = false;
      this.original.deleteBlock(index, options || {});
    }

    putBack(child) {
      const { index: wanted, inserter } = child.portalHome;
      const root = this.root;
      const index = Math.min(wanted, root.children.length);
      const $ = window.$;
      [inserter.element, child.element].forEach((element) => {
        $(element).stop(true, true).show().css({ opacity: "", height: "", overflow: "" }).removeAttr("aria-hidden");
        root.inserters[index].element.before(element);
      });
      child.deletedInput.val("");
      root.children.splice(index, 0, child);
      root.inserters.splice(index, 0, inserter);
      root.children.forEach((one, place) => one.setIndex(place));
      root.inserters.forEach((one, place) => one.setIndex(place));
      root.children.forEach((one, place) => {
        if (place) one.enableMoveUp(); else one.disableMoveUp();
        if (place < root.children.length - 1) one.enableMoveDown(); else one.disableMoveDown();
      });
      root.blockCountChanged();
      child.element.scrollIntoView({ block: "center" });
    }

    record(step) {
      if (this.replaying) return;
      if (this.group) { this.group.push(step); return; }
      this.done.push(step);
      this.undone = [];
      this.changed();
    }

    /* Several changes that are one for who undoes them. */
    together(label, run) {
      const outer = this.group, steps = (this.group = []);
      try { run(); } finally { this.group = outer; }
      if (!steps.length) return;
      this.record({
        label,
        undo: () => steps.slice().reverse().forEach((step) => step.undo()),
        redo: () => steps.forEach((step) => step.redo()),
      });
    }

    replay(from, to, name, said) {
      const step = from.pop();
      if (!step) return;
      this.replaying = true;
      try { step[name](); } finally { this.replaying = false; }
      to.push(step);
      this.changed();
      compose.say(`${said}：${step.label}`);
    }

    undo() { this.replay(this.done, this.undone, "undo", "已撤销"); }
    redo() { this.replay(this.undone, this.done, "redo", "已重做"); }

    changed() {
      this.undoButton.disabled = !this.done.length;
      this.redoButton.disabled = !this.undone.length;
      this.undoButton.title = this.done.length ? `撤销：${this.done[this.done.length - 1].label}` : "撤销";
      this.redoButton.title = this.undone.length ? `重做：${this.undone[this.undone.length - 1].label}` : "重做";
      if (this.drawSelection) this.drawSelection();
      // Saving by itself notices fields, not the order of things.
      this.root.countInput.get(0).dispatchEvent(new Event("change", { bubbles: true }));
    }

    insertMany(blocks, index, label) {
      const known = blocks.filter((one) => this.root.blockDef.childBlockDefsByName[one.type]);
      let first = null;
      this.together(label, () => known.forEach((one, offset) => {
        const child = this.root.insert({ type: one.type, value: one.value, id: one.id }, index + offset, {});
        first = first || child;
      }));
      if (first) {
        first.element.scrollIntoView({ block: "center" });
        first.toggleElement.focus({ preventScroll: true });
        compose.say(`已插入 ${known.length} 个组件`, "撤销", () => this.undo());
      }
      return known.length;
    }

    /* --- what is seen --------------------------------------------------------------------------------------- */

    drawBar() {
      const button = (icon, label, run, disabled) =>
        make("button", { type: "button", class: "button button-small button-secondary", disabled, title: label, onclick: run }, icon.length > 1 ? compose.icon(icon) : make("span", { "aria-hidden": "true" }, icon), make("span", { class: "portal-compose-words" }, label));
      this.undoButton = button("↶", "撤销", () => this.undo(), true);
      this.redoButton = button("↷", "重做", () => this.redo(), true);
      this.bar = make("div", { class: "portal-compose-bar", role: "toolbar", "aria-label": "组件工具" }, this.undoButton, this.redoButton);
      (compose.tools || []).forEach((tool) => tool(this, button));
      this.bar.append(button("help", "快捷键", showHelp));
      this.root.element.before(this.bar);
    }

    dress() {
      this.root.children.forEach((child) => this.dressChild(child));
      this.root.inserters.forEach((inserter) => this.dressInserter(inserter));
      if (this.drawSelection) this.drawSelection();
    }

    dressInserter(inserter) { if (compose.dressInserter) compose.dressInserter(this, inserter); }

    dressChild(child) {
      const controls = child.actionsContainerElement;
      if (!child.portalDressed) {
        child.portalDressed = true;
        (compose.blockTools || []).forEach((tool) => tool(this, child, controls));
      }
      const find = (name) => controls.querySelector(`:scope > [data-streamfield-action="${name}"]`);
      const remove = find("DELETE"), duplicate = find("DUPLICATE");
      if (remove) remove.hidden = !this.may(child, "delete");
      if (duplicate) duplicate.hidden = !this.may(child, "add");
      this.showLock(child);
    }

    showLock(child) {
      const content = child.element.querySelector(".w-panel__content");
      const fixed = !this.may(child, "change"), stays = !this.may(child, "delete");
      content.inert = fixed;
      let note = child.element.querySelector(":scope > section > .w-panel__header > .portal-lock");
      if (!fixed && !stays) { if (note) note.remove(); return; }
      if (!note) {
        note = make("span", { class: "portal-lock" });
        child.actionsContainerElement.before(note);
      }
      const words = fixed ? "已锁定，由管理员管理" : "不能删除，由管理员管理";
      note.title = words;
      note.replaceChildren(compose.icon("lock"), make("span", { class: "portal-lock-words" }, words));
    }

    /* --- keys ------------------------------------------------------------------------------------------------ */

    childAt(element) {
      const header = element.closest(".w-panel__header");
      return header && this.root.children.find((child) => child.element.querySelector(":scope > section > .w-panel__header") === header);
    }

    key(event) {
      if (event.isComposing || typing(event.target)) return;
      const child = this.childAt(event.target);
      if (!child) return;
      const command = event.ctrlKey || event.metaKey, name = event.key.toLowerCase();
      const index = this.root.children.indexOf(child);
      let run = null;
      if (event.altKey && !command && name === "arrowup") run = () => this.step(child, index - 1);
      else if (event.altKey && !command && name === "arrowdown") run = () => this.step(child, index + 1);
      else if (command && !event.shiftKey && name === "d") run = () => this.double(child, index);
      else if (!command && !event.altKey && name === "delete") run = () => this.root.deleteBlock(index, { animate: true });
      else if (command && !event.shiftKey && name === "c" && !String(window.getSelection())) run = () => compose.copy(this, child);
      else if (command && !event.shiftKey && name === "v") run = () => compose.paste(this, index + 1);
      if (!run) return;
      event.preventDefault();
      event.stopPropagation();
      run();
    }

    /* A click anywhere on a block's title bar makes it the one the keys are for: a heading takes no focus of its own. */
    point(event) {
      const child = !event.target.closest("a, button, input, label") && this.childAt(event.target);
      if (child) child.toggleElement.focus({ preventScroll: true });
    }

    /* The keys stay with blocks: in a field of the copy the next one would be its text's. */
    double(child, index) {
      if (!this.may(child, "add")) return;
      this.root.duplicateBlock(index, { animate: false });
      setTimeout(() => this.root.children[index + 1].toggleElement.focus({ preventScroll: true }), 0);
    }

    step(child, to) {
      this.root.moveBlock(this.root.children.indexOf(child), to);
      child.toggleElement.focus({ preventScroll: true });
      child.element.scrollIntoView({ block: "nearest" });
    }
  }

  document.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey, name = event.key.toLowerCase();
    if (!command || event.altKey || !["z", "y"].includes(name) || typing(event.target) || !compose.desks.length) return;
    const desk = compose.desks.find((one) => one.root.element.contains(event.target)) || compose.desks[0];
    event.preventDefault();
    if (name === "y" || event.shiftKey) desk.redo(); else desk.undo();
  });

  function showHelp() {
    const main = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";
    const rows = [
      [`${main} + C`, "复制选中的组件（先点一下组件的标题栏）"],
      [`${main} + V`, "粘贴到这个组件下面；可以粘贴到别的页面"],
      [`${main} + D`, "再做一个一样的"],
      ["Alt + ↑ / ↓", "上移、下移"],
      ["Delete", "删除（可以撤销）"],
      [`${main} + Z`, "撤销：添加、删除、移动、粘贴"],
      [`${main} + Shift + Z`, "重做"],
      [`${main} + S`, "保存草稿"],
    ];
    const list = make("dl", { class: "portal-keys" }, ...rows.flatMap(([keys, words]) => [make("dt", {}, make("kbd", {}, keys)), make("dd", {}, words)]));
    compose.dialog("快捷键", make("div", {}, list, make("p", {}, "在输入框里打字时，这些键和平时一样用。")));
  }

  /* --- beginning -------------------------------------------------------------------------------------------- */

  async function readFacts() {
    try {
      compose.facts = await compose.ask(addresses.facts);
    } catch {
      return; // the server holds staff to the rules anyway
    }
    compose.desks.forEach((desk) => {
      desk.root.blockDef.groupedChildBlockDefs.forEach((group) => {
        const allowed = group[1].filter((one) => { const rule = compose.facts.blocks[one.name]; return !rule || !rule.may || rule.may.includes("add"); });
        // The same list is behind 「/」 in texts.
        group[1].splice(0, group[1].length, ...allowed);
      });
      desk.dress();
    });
    document.dispatchEvent(new CustomEvent("portal:facts"));
  }

  function look() {
    document.querySelectorAll("[data-portal-stream]").forEach((element) => {
      if (!element.rootBlock || element.portalDesk) return;
      element.portalDesk = new Desk(element.rootBlock);
      compose.desks.push(element.portalDesk);
      if (compose.desks.length === 1) readFacts();
    });
  }
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", look);
})();
