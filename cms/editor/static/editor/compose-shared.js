/* Shared content: blocks of this page become a place for shared content, and the other way round. */
(function () {
  "use strict";
  const compose = window.portalCompose, make = compose.make, SHARED = "shared";

  const canHold = (desk) => Boolean(desk.root.blockDef.childBlockDefsByName[SHARED]);
  const titleOf = (child) => child.titleElement.text().trim();

  /* Which blocks are meant: the chosen ones where this is one of them, else this one; in the order of the page. */
  function meant(desk, child) {
    const chosen = compose.chosenOf(desk);
    return child.portalChosen && chosen.length ? chosen : [child];
  }

  function replace(desk, children, blocks, label) {
    const index = Math.min(...children.map((one) => desk.root.children.indexOf(one)));
    desk.together(label, () => {
      children.forEach((one) => {
        one.portalChosen = false;
        desk.root.deleteBlock(desk.root.children.indexOf(one), {});
      });
      desk.insertMany(blocks, index, label);
    });
  }

  function share(desk, child) {
    const children = meant(desk, child);
    const places = children.map((one) => desk.root.children.indexOf(one)).sort((one, other) => one - other);
    if (places.some((place, at) => at && place !== places[at - 1] + 1)) {
      compose.say("请选中相邻的组件，中间不要空着。");
      return;
    }
    const fixed = children.find((one) => !desk.may(one, "delete") || !desk.may(one, "change"));
    if (fixed) { compose.say(`「${fixed.blockDef.meta.label}」只能由管理员存为公用内容。`); return; }
    const id = `portal-share-${Date.now()}`;
    const input = make("input", { id, type: "text", maxlength: "40", required: true, autocomplete: "off", placeholder: "例如：咨询电话" });
    const suggestion = titleOf(children[0]);
    if (suggestion && suggestion !== children[0].blockDef.meta.label) input.value = suggestion.slice(0, 40);
    const problem = make("p", { class: "portal-share-problem", role: "alert" });
    const go = make("button", { type: "submit", class: "button", form: `${id}-form` }, "存为公用内容");
    const many = children.length > 1 ? `这 ${children.length} 个组件` : "这个组件";
    const form = make("form", { class: "portal-share", id: `${id}-form` },
      make("p", {}, `${many}会存进「公用内容」，这一页改为引用它。以后在「公用内容」里改一次，所有用到的页面一起更新。`),
      make("label", { for: id }, "起个名字（患者看不到）"), input, problem);
    const dialog = compose.dialog("存为公用内容", form, [go]);
    input.focus();
    input.select();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      problem.textContent = "";
      const data = compose.formOf(desk, children);
      data.append("name", input.value);
      try {
        const answer = await compose.ask(compose.addresses.share, data);
        dialog.close();
        replace(desk, children, answer.blocks, "存为公用内容");
        compose.say(`已存为公用内容「${answer.name}」。发布这一页后生效；在左边菜单「公用内容」里可以修改。`, "撤销", () => desk.undo());
      } catch (error) {
        problem.textContent = error.message;
        go.disabled = false;
        input.focus();
      }
    });
  }

  async function own(desk, child) {
    try {
      const answer = await compose.ask(compose.addresses.own, compose.formOf(desk, [child]));
      const put = () => {
        replace(desk, [child], answer.blocks, "改为本页自己的");
        compose.say("已改为本页自己的内容，以后改公用内容不会影响这一页。", "撤销", () => desk.undo());
      };
      if (!answer.sentences.length) { put(); return; }
      const list = make("ul", { class: "portal-problems" }, ...answer.sentences.map((one) => make("li", {}, one)));
      const go = make("button", { type: "button", class: "button" }, "继续");
      const dialog = compose.dialog("改为本页自己的内容前请看一下", list, answer.blocks.length ? [go] : null);
      go.addEventListener("click", () => { dialog.close(); put(); });
    } catch (error) {
      compose.say(error.message);
    }
  }

  /* Each block's header: one of the two, whichever makes sense there. */
  compose.blockTools.push((desk, child, controls) => {
    if (!canHold(desk)) return;
    const isPlace = child.type === SHARED;
    const label = isPlace ? "改为本页自己的" : "存为公用内容";
    const button = make("button", {
      type: "button", class: "button button--icon text-replace white", title: label, "aria-label": label, "data-shared-tool": isPlace ? "own" : "share",
      onclick: (event) => { event.stopPropagation(); if (isPlace) own(desk, child); else share(desk, child); },
    }, compose.icon(isPlace ? "cut" : "snippet"));
    child.portalSharing = button;
    button.hidden = !isPlace && !compose.facts.mayShare;
    controls.prepend(button);
    if (child.portalChoose) controls.prepend(child.portalChoose);
  });
  document.addEventListener("portal:facts", () => compose.desks.forEach((desk) => desk.root.children.forEach((child) => {
    if (child.portalSharing && child.type !== SHARED) child.portalSharing.hidden = !compose.facts.mayShare;
  })));
})();
