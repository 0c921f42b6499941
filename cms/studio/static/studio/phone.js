/* A phone beside the settings' forms: draws the tab bar, or the official account's menu, from what stands in the form. */
(function () {
  "use strict";
  var SVG = "http://www.w3.org/2000/svg";
  function make(tag, text, name) {
    var el = document.createElement(tag);
    if (text) el.textContent = text;
    if (name) el.className = name;
    return el;
  }
  function width(text) {
    return Array.from(text).reduce(function (sum, letter) { return sum + (letter.codePointAt(0) > 0x2e7f ? 2 : 1); }, 0);
  }
  /* The form's fields by prefix: StreamField names them tabs-0-value-label; deleted items stay in the form, marked. */
  function items(prefix) {
    var count = document.querySelector('[name="' + prefix + '-count"]'), found = [];
    for (var n = 0; count && n < Number(count.value); n++) {
      var gone = document.querySelector('[name="' + prefix + "-" + n + '-deleted"]');
      var order = document.querySelector('[name="' + prefix + "-" + n + '-order"]');
      if (gone && !gone.value) found.push({ at: prefix + "-" + n + "-value", order: Number(order ? order.value : n) });
    }
    return found.sort(function (a, b) { return a.order - b.order; }).map(function (item) { return item.at; });
  }
  function value(name) {
    var field = document.querySelector('[name="' + name + '"]');
    return field ? field.value.trim() : "";
  }
  function fill(list, nodes) { list.replaceChildren.apply(list, nodes); }
  function leads(at) { return value(at + "-role") || value(at + "-page") || value(at + "-url"); }

  function tabs(panel) {
    var without = panel.dataset.withoutPage.split(" "), medical = panel.dataset.medicalIcons.split(" "), warnings = [];
    var found = items("tabs"), shown = found.map(function (at) {
      var item = make("li"), svg = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
      var icon = value(at + "-icon") || "grid", label = value(at + "-label") || "…", role = value(at + "-link-role");
      svg.setAttribute("viewBox", "0 0 24 24");
      svg.setAttribute("fill", "none");
      svg.setAttribute("stroke", "currentColor");
      svg.setAttribute("aria-hidden", "true");
      use.setAttribute("href", (medical.indexOf(icon) >= 0 ? panel.dataset.medical : panel.dataset.actions) + "#" + icon);
      svg.append(use);
      item.append(svg, label);
      if (role ? without.indexOf(role) >= 0 : !leads(at + "-link")) {
        item.className = "is-lost";
        warnings.push(role ? "「" + label + "」要去的功能还没有已发布的页面，患者看不到这个标签。" : "「" + label + "」没有链接到任何地方。");
      }
      return item;
    });
    if (found.length === 1) warnings.push("只有 1 个标签：请再加一个，或全部删除。");
    if (found.length > 5) warnings.push("最多 5 个标签。");
    fill(panel.querySelector("[data-tabs-bar]"), shown);
    fill(panel.querySelector("[data-tabs-warnings]"), warnings.map(function (text) { return make("li", text); }));
  }

  function menu(panel) {
    var warnings = [];
    function name(at, most) {
      var text = value(at + "-name") || "…", el = make("span", text);
      if (width(text) > most) {
        el.className = "is-cut";
        warnings.push("「" + text + "」太长：最多 " + most / 2 + " 个汉字。");
      }
      return el;
    }
    var buttons = items("buttons").map(function (at) {
      var item = make("li"), below = items(at + "-sub_buttons");
      if (below.length) {
        var sub = make("ul", "", "studio-phone-sub");
        below.forEach(function (place) { var one = make("li"); one.append(name(place, 16)); sub.append(one); });
        item.append(sub, "≡ ");
      }
      item.append(name(at, 8));
      return item;
    });
    if (buttons.length > 3) warnings.push("一级菜单最多 3 个。");
    fill(panel.querySelector("[data-menu-bar]"), buttons);
    fill(panel.querySelector("[data-menu-warnings]"), warnings.map(function (text) { return make("li", text); }));
  }

  var last = "";
  function draw(force) {
    var form = document.querySelector("[data-tabs-phone], [data-menu-phone]");
    form = form && form.closest("form");
    if (!form) return;
    var now = Array.from(new FormData(form).entries()).map(function (pair) { return pair[0] + "=" + pair[1]; }).join("&");
    if (now === last && !force) return;
    last = now;
    document.querySelectorAll("[data-tabs-phone]").forEach(tabs);
    document.querySelectorAll("[data-menu-phone]").forEach(menu);
  }
  var timer = 0;
  function soon() { clearTimeout(timer); timer = setTimeout(draw, 120); }
  document.addEventListener("DOMContentLoaded", function () {
    draw(true);
    document.addEventListener("input", soon);
    document.addEventListener("change", soon);
    document.addEventListener("click", soon);
    /* The form's blocks are drawn by script after the page: look again whenever fields come or go. */
    var panel = document.querySelector("[data-tabs-phone], [data-menu-phone]");
    var form = panel && panel.closest("form");
    if (form) new MutationObserver(soon).observe(form, { childList: true, subtree: true });
  });
})();
