/* Where staff choose an icon they see it: a button with the picture beside the list, and a window with all of them. */
(function () {
  "use strict";
  var script = document.currentScript, SVG = "http://www.w3.org/2000/svg", medical = null;

  function picture(name) {
    var svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("fill", "none");
    svg.setAttribute("stroke", "currentColor");
    use.setAttribute("href", (medical && medical.has(name) ? script.dataset.medical : script.dataset.actions) + "#" + name);
    svg.append(use);
    return svg;
  }

  function open(select, show) {
    var dialog = document.createElement("dialog"), head = document.createElement("div");
    var search = document.createElement("input"), close = document.createElement("button"), grid = document.createElement("div");
    dialog.className = "portal-icon-dialog";
    head.className = "portal-icon-head";
    search.type = "search";
    search.placeholder = "搜索图标，例如：挂号、报告、骨科";
    search.setAttribute("aria-label", "搜索图标");
    close.type = "button";
    close.className = "button button-secondary";
    close.textContent = "关闭";
    close.addEventListener("click", function () { dialog.close(); });
    grid.className = "portal-icon-grid";
    Array.prototype.forEach.call(select.options, function (option) {
      if (!option.value) return;
      var choice = document.createElement("button");
      choice.type = "button";
      choice.className = "portal-icon-choice";
      choice.dataset.words = option.text + " " + option.value;
      choice.setAttribute("aria-pressed", option.selected);
      choice.append(picture(option.value), option.text);
      choice.addEventListener("click", function () {
        select.value = option.value;
        select.dispatchEvent(new Event("change", { bubbles: true }));
        show();
        dialog.close();
      });
      grid.append(choice);
    });
    search.addEventListener("input", function () {
      var words = search.value.trim().toLowerCase();
      Array.prototype.forEach.call(grid.children, function (choice) { choice.hidden = !choice.dataset.words.toLowerCase().includes(words); });
    });
    search.addEventListener("keydown", function (e) { if (e.key === "Enter") e.preventDefault(); });
    head.append(search, close);
    dialog.append(head, grid);
    dialog.addEventListener("close", function () { dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
  }

  function dress(select) {
    if (select.dataset.dressed) return;
    select.dataset.dressed = "1";
    medical = medical || new Set((select.dataset.medicalIcons || "").split(" "));
    var row = document.createElement("div"), button = document.createElement("button");
    row.className = "portal-icon-field";
    button.type = "button";
    button.className = "portal-icon-button";
    button.setAttribute("aria-label", "选择图标");
    var show = function () { button.replaceChildren(picture(select.value || "grid")); };
    select.before(row);
    row.append(button, select);
    button.addEventListener("click", function () { open(select, show); });
    select.addEventListener("change", show);
    show();
  }

  function dressAll() { document.querySelectorAll("select[data-icon-picker]").forEach(dress); }
  new MutationObserver(dressAll).observe(document.documentElement, { childList: true, subtree: true });
  dressAll();
})();
