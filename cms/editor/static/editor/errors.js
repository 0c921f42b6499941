/* After a refused save or publication: every mistake in one list, each a step from its field; the first one is open. */
(function () {
  "use strict";
  var jump = window.portalJump;

  function plain(el) { return el ? el.textContent.replace(/\s+/g, " ").replace(/\*$/, "").trim() : ""; }

  /* 轮播图 › 图片 › 替代文字 */
  function place(el, form) {
    var names = [], label = el.closest("[data-contentpath]");
    if (label) {
      var own = label.querySelector(":scope > label, :scope > .w-field__label") ||
        (label.matches("[data-field-wrapper] > *") ? label.parentElement.querySelector(":scope > label") : null);
      var panel = label.closest(".w-panel");
      if (own) names.unshift(plain(own).replace(/\*$/, ""));
      else if (panel && !label.querySelector("[data-panel]") && !label.closest("[data-streamfield-child]")) names.unshift(plain(panel.querySelector("[data-panel-heading-text]")));
    }
    for (var at = el.closest("[data-streamfield-child]"); at && form.contains(at); at = at.parentElement.closest("[data-streamfield-child]")) {
      var number = Array.prototype.filter.call(at.parentElement.children, function (one) { return one.matches("[data-streamfield-child]"); }).indexOf(at) + 1;
      names.unshift(plain(at.querySelector(".c-sf-block__type")) + " " + number);
    }
    return names.filter(Boolean).join(" › ");
  }

  function collect(form) {
    var found = [];
    form.querySelectorAll(".error-message, [data-contentpath] .help-block.help-critical").forEach(function (el) {
      var text = plain(el), where = el.closest("[data-contentpath]");
      if (text) found.push({ el: where || el, text: text, place: place(el, form) });
    });
    return found;
  }

  window.addEventListener("load", function () {
    var form = jump && jump.form();
    if (!form || !document.querySelector(".messages .error, .messages [class*=error]")) return;
    var found = collect(form);
    if (!found.length) return;
    var box = document.createElement("section"), head = document.createElement("p"), list = document.createElement("ol");
    var close = document.createElement("button");
    box.className = "portal-errors";
    box.setAttribute("role", "alert");
    head.textContent = "还不能发布：有 " + found.length + " 处要改。您填的内容都还在。";
    close.type = "button";
    close.className = "button button-small button-secondary";
    close.textContent = "收起";
    close.addEventListener("click", function () { box.remove(); });
    found.forEach(function (one) {
      var row = document.createElement("li"), go = document.createElement("button");
      go.type = "button";
      go.textContent = (one.place ? one.place + "：" : "") + one.text;
      go.addEventListener("click", function () { jump.go(one.el); });
      row.append(go);
      list.append(row);
    });
    box.append(head, list, close);
    form.prepend(box);
    setTimeout(function () { jump.go(found[0].el); }, 0);
  });
})();
