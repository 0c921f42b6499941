/* Copy and paste of blocks within a page, across pages and across sites. The clipboard lies in this browser
   (localStorage), so it outlives the page; the server checks it again before anything is inserted. */
(function () {
  "use strict";
  const compose = window.portalCompose, make = compose.make, KEY = "portal-clipboard";

  function clip() {
    try {
      const found = JSON.parse(window.localStorage.getItem(KEY) || "null");
      return found && Array.isArray(found.blocks) && found.blocks.length ? found : null;
    } catch {
      return null;
    }
  }
  compose.clip = clip;
  compose.clipLabel = (found) => `粘贴 ${found.blocks.length} 个组件${found.page ? `（来自「${found.page}」）` : ""}`;

  const chosenOf = (desk) => desk.root.children.filter((child) => child.portalChosen);

  /* What the form holds of some blocks, and which they are. */
  compose.formOf = function (desk, children) {
    const form = desk.root.element.closest("form"), data = new FormData();
    const prefixes = children.map((one) => `${one.prefix}-value`);
    for (const [name, value] of new FormData(form)) {
      if (prefixes.some((prefix) => name === prefix || name.startsWith(`${prefix}-`))) data.append(name, value);
    }
    data.append("chosen", JSON.stringify(children.map((one) => ({ type: one.type, prefix: `${one.prefix}-value` }))));
    return data;
  };
  compose.chosenOf = chosenOf;

  function drawAll() { compose.desks.forEach((desk) => desk.drawSelection && desk.drawSelection()); }

  compose.copy = async function (desk, child) {
    const chosen = chosenOf(desk);
    const children = chosen.length && (!child || child.portalChosen) ? chosen : child ? [child] : [];
    if (!children.length) { compose.say("请先点组件标题栏右边的方框，选中要复制的组件。"); return; }
    const data = compose.formOf(desk, children);
    try {
      const { blocks, page } = await compose.ask(compose.addresses.copy, data);
      window.localStorage.setItem(KEY, JSON.stringify({ blocks, page }));
      chosen.forEach((one) => { one.portalChosen = false; });
      drawAll();
      compose.say(`已复制 ${blocks.length} 个组件，可以粘贴到这一页或别的页面。`);
    } catch (problem) {
      compose.say(problem.name === "QuotaExceededError" ? "内容太多，剪贴板放不下，请分几次复制。" : problem.message);
    }
  };

  /* Shows what had to be changed and asks, then inserts; says what happened. */
  compose.arrive = function (desk, index, answer, label) {
    const missing = answer.blocks.filter((one) => !desk.root.blockDef.childBlockDefsByName[one.type]);
    const sentences = [...answer.sentences, ...missing.map((one) => `「${one.label}」不能放在这里。`)];
    const blocks = answer.blocks.filter((one) => !missing.includes(one));
    const insert = () => desk.insertMany(blocks, index, label);
    if (!sentences.length) { insert(); return; }
    const list = make("ul", { class: "portal-problems" }, ...sentences.map((one) => make("li", {}, one)));
    const go = make("button", { type: "button", class: "button" }, "插入");
    const title = blocks.length ? `插入 ${blocks.length} 个组件前请看一下` : "没有可以插入的组件";
    const dialog = compose.dialog(title, list, blocks.length ? [go] : null);
    go.addEventListener("click", () => { dialog.close(); insert(); });
    go.focus();
  };

  compose.paste = async function (desk, index) {
    const found = clip();
    if (!found) { compose.say("剪贴板里没有组件，请先复制。"); return; }
    try {
      compose.arrive(desk, index, await compose.ask(compose.addresses.paste, found.blocks), `粘贴 ${found.blocks.length} 个组件`);
    } catch (problem) {
      compose.say(problem.message);
    }
  };

  /* The bar above the blocks. */
  compose.tools = [(desk, button) => {
    const copy = button("copy", "复制所选", () => compose.copy(desk));
    const paste = button("download", "粘贴", () => compose.paste(desk, desk.root.children.length));
    desk.bar.append(copy, paste);
    desk.drawSelection = () => {
      const number = chosenOf(desk).length, found = clip();
      copy.hidden = !number;
      copy.querySelector(".portal-compose-words").textContent = `复制所选 ${number} 个`;
      paste.disabled = !found;
      paste.title = found ? `${compose.clipLabel(found)}到页面最后` : "剪贴板里没有组件";
      desk.root.children.forEach((child) => {
        if (child.portalChoose) child.portalChoose.setAttribute("aria-pressed", String(Boolean(child.portalChosen)));
        child.element.classList.toggle("portal-is-chosen", Boolean(child.portalChosen));
      });
    };
  }];

  /* Each block's header. */
  compose.blockTools = [(desk, child, controls) => {
    const tool = (icon, label, run) => make("button", { type: "button", class: "button button--icon text-replace white", title: label, "aria-label": label, onclick: (event) => { event.stopPropagation(); run(); } }, compose.icon(icon));
    child.portalChoose = tool("check", "选中这个组件", () => { child.portalChosen = !child.portalChosen; desk.drawSelection(); });
    child.portalChoose.setAttribute("aria-pressed", "false");
    child.portalChoose.classList.add("portal-choose");
    controls.prepend(child.portalChoose, tool("clipboard-list", "复制到剪贴板", () => compose.copy(desk, child)));
  }];

  window.addEventListener("storage", (event) => { if (event.key === KEY) drawAll(); });
})();
