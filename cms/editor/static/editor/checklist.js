/* The checklist before publishing: asked anew a moment after the last change; a badge with what must be put right. */
(function () {
  "use strict";
  var WAIT = 800, timer = null, asking = false, again = false;

  function place() { return document.querySelector("[data-checklist]"); }
  function address() {
    var panel = document.querySelector('[data-controller~="w-preview"]');
    return panel && panel.getAttribute("data-w-preview-url-value").replace(/preview\/(\d+\/)?$/, "checklist/$1");
  }
  function badge(list) {
    var counter = document.querySelector('[data-side-panel-toggle="checks"] [data-side-panel-toggle-counter]');
    if (!counter) return;
    var must = +list.dataset.must, all = must + +list.dataset.should;
    counter.textContent = all;
    counter.hidden = !all;
    counter.classList.toggle("portal-must", must > 0);
  }
  function ask() {
    var box = place(), form = document.querySelector("[data-edit-form]"), url = address();
    if (!box || !form || !url) return;
    if (asking) { again = true; return; }
    asking = true;
    again = false;
    fetch(url, { method: "POST", body: new FormData(form), headers: { "X-Requested-With": "XMLHttpRequest" } }).then(function (answer) {
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      return answer.text();
    }).then(function (html) {
      if (html === box.portalHtml) return;
      box.portalHtml = html;
      box.innerHTML = html;
      badge(box.firstElementChild);
    }).catch(function () {
      if (!box.portalHtml) box.textContent = "暂时检查不了，请稍后再试。";
    }).finally(function () {
      asking = false;
      if (again) soon();
    });
  }
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }
  /* The first time: when Wagtail begins to watch the form. */
  ["w-unsaved:watch-edits", "w-unsaved:add", "w-autosave:success"].forEach(function (name) { document.addEventListener(name, soon); });
})();
