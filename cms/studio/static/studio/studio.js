/* The theme studio: real pages in a phone wear the values that are not saved yet; what cannot be read is named at once.
   The style sheet comes from the server, so that colours are derived in one place only. */
(function () {
  "use strict";
  var studio = document.querySelector("[data-studio]"), form = studio && studio.querySelector("form");
  if (!form) return;
  var frame = studio.querySelector("[data-frame]"), chooser = studio.querySelector("[data-page]");
  var problems = studio.querySelector("[data-problems]"), remedy = studio.querySelector("[data-remedy]");
  var css = "", mode = "light", timer = 0, asked = 0;

  function dress() {
    if (!frame) return;
    var win = frame.contentWindow, doc = frame.contentDocument;
    if (!doc || !doc.documentElement || !win.CSSStyleSheet) return;
    var root = doc.documentElement;
    root.removeAttribute("data-campus");
    root.setAttribute("data-mode", mode === "dark" ? "dark" : "light");
    root.toggleAttribute("data-care", mode === "care");
    if (!css) return;
    /* What the site wears now must not shine through. */
    doc.querySelectorAll('link[href*="/-/theme/"]').forEach(function (link) { link.disabled = true; });
    var sheet = new win.CSSStyleSheet();
    sheet.replaceSync(css);
    doc.adoptedStyleSheets = [sheet];
  }

  function swatch(input) {
    var shown = /^#[0-9a-f]{6}$/i.test(input.value) ? input.value : input.placeholder;
    if (input.phPicker && /^#[0-9a-f]{6}$/i.test(shown)) input.phPicker.value = shown.toLowerCase();
  }
  studio.querySelectorAll("[data-colour]").forEach(function (input) {
    var picker = document.createElement("input");
    picker.type = "color";
    picker.setAttribute("aria-label", (input.labels[0] ? input.labels[0].textContent : "") + "：选色");
    picker.addEventListener("input", function () {
      input.value = picker.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    input.phPicker = picker;
    input.after(picker);
    swatch(input);
  });

  function show(failures) {
    var list = problems.querySelector("[data-problems-list]");
    problems.classList.toggle("is-fine", !failures.length);
    problems.querySelector("[data-problems-title]").textContent = failures.length ? "这些地方看不清" : "所有文字都看得清";
    list.replaceChildren.apply(list, failures.map(function (failure) {
      var item = document.createElement("li");
      item.textContent = failure.sentence + (failure.must ? "" : "（建议）");
      return item;
    }));
    remedy.hidden = !failures.length;
  }
  function mark(errors) {
    form.querySelectorAll("[aria-invalid]").forEach(function (field) { field.removeAttribute("aria-invalid"); });
    Object.keys(errors).forEach(function (name) {
      var field = form.elements[name];
      if (field && field.setAttribute) field.setAttribute("aria-invalid", "true");
    });
  }
  function ask(mend) {
    var body = new FormData(form), number = ++asked;
    if (mend) body.append("remedy", "1");
    fetch(studio.dataset.previewUrl, { method: "POST", body: body, headers: { "X-Requested-With": "XMLHttpRequest" } })
      .then(function (answer) { return answer.json(); })
      .then(function (answer) {
        if (number !== asked) return;
        mark(answer.errors || {});
        if (answer.errors) {
          problems.classList.remove("is-fine");
          problems.querySelector("[data-problems-title]").textContent = "有的值不对";
          show_errors(answer.errors);
          return;
        }
        css = answer.css;
        Object.keys(answer.rows).forEach(function (name) {
          var field = form.elements[name], row = answer.rows[name];
          if (!field || !field.hasAttribute("data-colour")) return;
          field.placeholder = row.derived;
          if (mend) field.value = row.value;
          swatch(field);
        });
        show(answer.failures);
        dress();
      })
      .catch(function () { /* the desk is offline for a moment: the next change asks again */ });
  }
  function show_errors(errors) {
    var list = problems.querySelector("[data-problems-list]");
    list.replaceChildren.apply(list, Object.keys(errors).map(function (name) {
      var item = document.createElement("li");
      item.textContent = errors[name];
      return item;
    }));
    remedy.hidden = true;
  }

  form.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(ask, 200); });
  remedy.addEventListener("click", function () { ask(true); });
  studio.querySelectorAll("[data-mode]").forEach(function (button) {
    button.addEventListener("click", function () {
      mode = button.dataset.mode;
      studio.querySelectorAll("[data-mode]").forEach(function (other) { other.setAttribute("aria-pressed", other === button); });
      dress();
    });
  });
  if (chooser && frame) chooser.addEventListener("change", function () { frame.src = chooser.value; });
  if (frame) frame.addEventListener("load", dress);
  ask();
})();
