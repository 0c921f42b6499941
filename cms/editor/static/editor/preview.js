/* The preview beside the form: a click in it opens the form of what was clicked, the block being edited is outlined in
   it, and staff choose who looks and when. Wagtail's own controller draws the frame. */
(function () {
  "use strict";
  var KEPT = "portal:preview", jump = window.portalJump;
  var current = null, awaited = false, frame = null;

  /* --- who looks, and when: remembered by this browser ------------------------------------------------------------ */
  function kept() {
    try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch (error) { return {}; }
  }
  function keep(values) {
    try { localStorage.setItem(KEPT, JSON.stringify(values)); } catch (error) { /* a private window forgets */ }
  }
  function panel() { return document.querySelector('[data-controller~="w-preview"]'); }
  function controls() { return document.querySelector("[data-preview-controls]"); }
  function each(root, selector, work) { Array.prototype.forEach.call(root.querySelectorAll(selector), work); }

  function dress() {
    var box = controls(), values = kept();
    if (!box || box.dataset.dressed) return;
    box.dataset.dressed = "1";
    each(box, "[data-preview-option]", function (field) {
      var value = values[field.dataset.previewOption] || "";
      if (field.type === "checkbox") field.checked = value !== "0";
      else field.value = value;
      if (field.value !== value && field.tagName === "SELECT") field.value = "";
    });
    var mode = box.querySelector("[data-preview-keep]");
    mode.value = values.mode || "";
    if (mode.selectedIndex < 0) mode.selectedIndex = 0;
    address();
  }
  function address() {
    var box = controls(), query = new URLSearchParams(), values = {}, words = [];
    each(box, "[data-preview-option]", function (field) {
      var name = field.dataset.previewOption;
      var value = field.type === "checkbox" ? (field.checked ? "" : field.value) : field.value;
      if (!value) return;
      values[name] = value;
      query.set(name, value);
      if (name === "at") words.push(value.replace("T", " "));
      else if (field.tagName === "SELECT" && name !== "visitor") words.push(field.selectedOptions[0].text);
    });
    values.mode = box.querySelector("[data-preview-keep]").value;
    keep(values);
    box.querySelector("[data-preview-summary]").textContent = words.length ? "：" + words.join("，") : "";
    var base = panel().getAttribute("data-w-preview-url-value"), text = query.toString();
    panel().setAttribute("data-w-preview-render-url-value", text ? base + "?" + text : base);
  }
  function again() {
    address();
    /* A change of the look is how Wagtail's controller is told to draw the page again. */
    controls().querySelector("[data-preview-keep]").dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("change", function (e) {
    if (e.target.closest("[data-preview-option]")) again();
    else if (e.target.closest("[data-preview-keep]")) address();
  });
  document.addEventListener("click", function (e) {
    if (!e.target.closest("[data-preview-reset]")) return;
    each(controls(), "[data-preview-option]", function (field) {
      if (field.type === "checkbox") field.checked = true;
      else field.value = "";
    });
    again();
  });
  /* Before each drawing: the panel is written anew when a new page has been saved for the first time. */
  document.addEventListener("w-preview:update", dress, true);

  /* --- from the form to the preview ------------------------------------------------------------------------------- */
  function body() { return document.querySelector('[data-edit-form] [data-contentpath="body"]'); }

  /* The block of the page that an element of the form belongs to. */
  function blockOf(el) {
    var found = null, root = body();
    if (!root || !root.contains(el)) return null;
    for (var child = el.closest("[data-streamfield-child]"); child && root.contains(child); child = child.parentElement.closest("[data-streamfield-child]")) found = child;
    return found;
  }
  function drawn(id) {
    var doc = frame && frame.contentDocument;
    /* Shared content stands in the place of the block that names it: its ids begin with that block's. */
    return doc && (doc.getElementById("block-" + id) || doc.querySelector('[id^="block-' + id + '__"]'));
  }
  function outline(scroll) {
    var doc = frame && frame.contentDocument, section = current && drawn(current);
    if (!doc) return;
    each(doc, ".is-edited", function (el) { if (el !== section) el.classList.remove("is-edited"); });
    if (!section) return;
    section.classList.add("is-edited");
    if (!scroll) return;
    var view = frame.contentWindow, box = section.getBoundingClientRect();
    if (box.top >= 40 && box.bottom <= view.innerHeight) return;
    if (box.top < view.innerHeight * 0.5 && box.bottom > view.innerHeight * 0.5) return;
    view.scrollTo({ top: box.top + view.scrollY - 60, behavior: "smooth" });
  }
  document.addEventListener("focusin", function (e) {
    var block = blockOf(e.target);
    if (!block) return;
    var id = block.dataset.contentpath;
    if (id === current) return;
    current = id;
    awaited = !drawn(id);
    outline(true);
  });

  /* --- from the preview to the form ------------------------------------------------------------------------------- */
  function plain(text) { return (text || "").replace(/\s+/g, " ").trim(); }

  /* Which of equal neighbours an element is, from the inside out: the third of five slides, the first of two columns. */
  function places(target, section) {
    var found = [];
    for (var el = target; el && el !== section; el = el.parentElement) {
      var alike = Array.prototype.filter.call(el.parentElement.children, function (other) { return other.tagName === el.tagName; });
      found.push({ index: alike.indexOf(el), count: alike.length });
    }
    return found;
  }
  function itemAt(block, spots) {
    var lists = Array.prototype.map.call(block.querySelectorAll("[data-streamfield-list-container]"), function (list) {
      return Array.prototype.filter.call(list.children, function (item) { return item.matches("[data-streamfield-child]"); });
    });
    for (var n = 0; n < spots.length; n++) {
      for (var i = 0; i < lists.length; i++) {
        if (lists[i].length === spots[n].count && (spots[n].count > 1 || lists.length === 1)) return lists[i][spots[n].index];
      }
    }
    return null;
  }
  function says(field, text) {
    if (field.isContentEditable) return text.length > 1 && plain(field.textContent).includes(text);
    return field.type !== "checkbox" && plain(field.tagName === "SELECT" ? "" : field.value) === text;
  }
  /* The field whose words were clicked; where several say the same, the one in the item at the same place. */
  function fieldOf(block, target, section) {
    var marked = target.closest("[data-item]"), item = null, spots = places(target, section);
    if (marked && section.contains(marked)) {
      var lists = block.querySelectorAll("[data-streamfield-list-container]");
      if (lists.length) item = Array.prototype.filter.call(lists[0].children, function (el) { return el.matches("[data-streamfield-child]"); })[+marked.dataset.item];
    }
    item = item || itemAt(block, spots);
    /* Fields that do not matter for what staff chose are not there for them (compose-conditions.js). */
    var fields = Array.prototype.filter.call(block.querySelectorAll(jump.fields), function (field) { return !field.closest("[data-contentpath][hidden]"); });
    for (var el = target; el && el !== section; el = el.parentElement) {
      var text = plain(el.tagName === "IMG" ? el.alt : el.textContent);
      if (!text || text.length > 400) continue;
      var equal = fields.filter(function (field) { return says(field, text); });
      if (!equal.length) continue;
      return { field: (item && equal.find(function (field) { return item.contains(field); })) || equal[0] };
    }
    return { item: item };
  }
  function open(target, section) {
    var id = section.id.replace(/^block-/, "").replace(/__.*$/, ""), block = jump.find("body." + id);
    if (!block) return;
    current = id;
    var found = target === section ? {} : fieldOf(block, target, section);
    jump.go(found.item || block, found.field);
    outline(false);
  }
  function clicked(e) {
    var target = e.target, section = target.closest("section.ph-block[id]");
    var works = target.closest("summary, [role=tab], button[type=button], label, input, select, textarea");
    if (!works || target.closest("a, [data-hx-get], [data-hx-post]")) {
      e.preventDefault();
      e.stopPropagation();
    }
    if (section && e.button === 0) open(target, section);
    else if (target.closest(".ph-titlebar, .ph-hero, header")) jump.go("title");
  }
  function still(e) {
    e.preventDefault();
    e.stopPropagation();
  }
  function attach() {
    frame = document.getElementById("w-preview-iframe");
    var doc = frame && frame.contentDocument;
    if (!doc || !doc.body || doc.documentElement.classList.contains("ph-editing")) return;
    doc.documentElement.classList.add("ph-editing");
    doc.addEventListener("click", clicked, true);
    doc.addEventListener("auxclick", still, true);
    doc.addEventListener("submit", still, true);
    outline(awaited);
    if (current && drawn(current)) awaited = false;
  }
  if (jump) document.addEventListener("w-preview:loaded", attach, true);

  /* --- drawing anew: only the blocks that changed, in the page that is there, so that nothing jumps or blinks ------- */
  var last = null, asked = 0;

  function shape(doc) {
    var copy = doc.documentElement.cloneNode(true), blocks = copy.querySelector(".ph-blocks");
    copy.classList.remove("ph-editing");
    if (blocks) blocks.replaceChildren();
    return copy.outerHTML;
  }
  function patch(fresh) {
    var doc = frame.contentDocument, target = doc.querySelector(".ph-blocks"), source = fresh.querySelector(".ph-blocks");
    var before = {}, at = target.firstElementChild, node, old;
    if (last) each(last, ".ph-blocks > section[id]", function (el) { before[el.id] = el.outerHTML; });
    Array.prototype.slice.call(source.children).forEach(function (el) {
      old = el.id && doc.getElementById(el.id);
      node = old && before[el.id] === el.outerHTML ? old : doc.importNode(el, true);
      if (node === at) { at = at.nextElementSibling; return; }
      if (old && old !== node) {
        if (old === at) at = at.nextElementSibling;
        old.replaceWith(node);
        if (node.nextElementSibling === at) return;
      }
      target.insertBefore(node, at);
    });
    while (at) { node = at.nextElementSibling; at.remove(); at = node; }
    doc.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: {} }));
  }
  /* Wagtail's own way: a second frame that takes the place of the first once it is there, scrolled as that was. */
  function reload(url) {
    var next = frame.cloneNode();
    next.removeAttribute("id");
    next.classList.add("w-preview__proxy");
    next.src = url.toString();
    frame.after(next);
  }
  function differs(fresh) {
    if (last) return shape(fresh) !== shape(last);
    var now = frame.contentDocument.documentElement, then = fresh.documentElement;
    return now.dataset.mode !== then.dataset.mode || now.hasAttribute("data-care") !== then.hasAttribute("data-care") || plain(frame.contentDocument.title) !== plain(fresh.title);
  }
  function redraw(url) {
    var number = ++asked;
    url.searchParams.set("in_preview_panel", "true");
    fetch(url).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    }).then(function (html) {
      if (number !== asked) return;
      var fresh = new DOMParser().parseFromString(html, "text/html");
      if (!fresh.querySelector(".ph-blocks") || differs(fresh)) reload(url);
      else {
        patch(fresh);
        outline(awaited);
        if (current && drawn(current)) awaited = false;
      }
      last = fresh;
    }).catch(function () { reload(url); });
  }
  document.addEventListener("w-preview:load", function (e) {
    frame = document.getElementById("w-preview-iframe");
    if (!frame || !frame.src || !frame.contentDocument || !frame.contentDocument.querySelector(".ph-blocks")) return;
    var url = new URL(panel().getAttribute("data-w-preview-render-url-value"), location.href), mode = controls();
    if (!mode) return;
    url.searchParams.set("mode", mode.querySelector("[data-preview-keep]").value);
    e.preventDefault();
    redraw(url);
  }, true);
  /* Wagtail looks for changes now and then; a key pressed is one. */
  document.addEventListener("input", function (e) {
    if (e.target.closest("[data-edit-form]") && panel()) panel().setAttribute("data-w-preview-stale-value", "true");
  });
})();
