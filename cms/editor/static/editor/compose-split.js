/* Splitting a text with "/" → 拆分组件: Wagtail offers it only where the text itself is the block; ours stands beside a
   title and its settings, so the block behind the cursor gets the same settings and no title. */
(function () {
  "use strict";
  const compose = window.portalCompose;
  const TEXTS = { rich_text: "text" };

  function split(desk, child, name, before, after) {
    const widget = child.block.childBlocks[name].widget, whole = widget.getState();
    desk.together(`拆分「${child.blockDef.meta.label}」`, () => {
      widget.setState(before);
      desk.record({ label: "拆分", undo: () => widget.setState(whole), redo: () => widget.setState(before) });
      const value = { ...child.getState().value, title: "", [name]: after };
      desk.root.insert({ type: child.type, value }, child.index + 1, { focus: true });
    });
  }

  compose.blockTools.push((desk, child) => {
    const name = TEXTS[child.type], field = name && child.block.childBlocks[name];
    if (!field || !field.widget.capabilities || !desk.may(child, "add") || !desk.may(child, "change")) return;
    field.widget.capabilities.set("split", {});
    field.widget.setCapabilityOptions("split", { enabled: true, fn: (before, after) => split(desk, child, name, before, after) });
  });
})();
