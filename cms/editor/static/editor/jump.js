/* From anywhere to the place in the form where something is changed: opens what is folded, changes the tab, scrolls,
   puts the cursor there. Addresses are Wagtail's content paths: body.<block id>.slides.<item id>.title */
(function () {
  "use strict";
  var calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  var FIELDS = "input:not([type=hidden]):not([disabled]), select:not([disabled]), textarea:not([disabled]), [contenteditable=true]";

  function form() { return document.querySelector("[data-edit-form]"); }

  /* The step below `at` that has this name; steps further down may carry the same name. */
  function step(at, name) {
    return Array.prototype.find.call(at.querySelectorAll('[data-contentpath="' + CSS.escape(name) + '"]'), function (el) {
      var above = el.parentElement.closest("[data-contentpath]");
      return above === at || !above || !at.contains(above);
    });
  }

  /* The deepest element of a content path that is in the form. */
  function find(path) {
    var at = form();
    path.split(".").every(function (name) {
      var next = name && step(at, name);
      if (next) at = next;
      return next;
    });
    return at === form() ? null : at;
  }

  function visible(el) { return el.getClientRects().length > 0; }

  function show(el) {
    var panel = el.closest('[role="tabpanel"]');
    if (panel && panel.hidden) {
      var tab = document.querySelector('[role="tab"][href="#' + CSS.escape(panel.id) + '"]');
      if (tab) tab.click();
    }
    /* Wagtail opens folded panels and settings for the browser's own page search; this is how it is told. */
    el.dispatchEvent(new Event("beforematch", { bubbles: true }));
  }

  function fieldIn(el) {
    if (el.matches(FIELDS)) return el;
    var content = el.querySelector(":scope > section > .w-panel__content") || el;
    var fields = content.querySelectorAll(FIELDS + ", .chooser button:not([disabled]), button.chooser__choose-button");
    return Array.prototype.find.call(fields, visible) || null;
  }

  /* Go to an element or a content path; `field` is what gets the cursor where it is known better. */
  function go(target, field) {
    var el = typeof target === "string" ? find(target) : target;
    if (!el) return false;
    var child = el.querySelector(":scope > section > .w-panel__content");
    show(field || child || el);
    var focused = field || fieldIn(el);
    var place = field ? field.closest("[data-contentpath]") || field : el;
    if (focused) focused.focus({ preventScroll: true });
    place.classList.add("portal-place");
    place.scrollIntoView({ block: place.offsetHeight > innerHeight * 0.6 ? "start" : "center", behavior: calm.matches ? "auto" : "smooth" });
    place.classList.remove("portal-arrived");
    void place.offsetWidth;
    place.classList.add("portal-arrived");
    return true;
  }

  document.addEventListener("click", function (e) {
    var link = e.target.closest("[data-jump]");
    if (!link) return;
    e.preventDefault();
    go(link.dataset.jump);
  });
  window.addEventListener("load", function () {
    var found = /^#:w:contentpath=(.+)$/.exec(location.hash);
    if (found && form()) setTimeout(function () { go(decodeURIComponent(found[1])); }, 0);
  });

  window.portalJump = { go: go, find: find, form: form, fields: FIELDS };
})();
