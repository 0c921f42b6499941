/* What content blocks do in the browser; portal.js fetches it where a page has tabs, a gallery or a video. */
(function () {
  "use strict";
  var doc = document;
  var all = function (selector, from) { return Array.prototype.slice.call((from || doc).querySelectorAll(selector)); };
  var calm = matchMedia("(prefers-reduced-motion: reduce)");

  /* Tabs: arrows, Home and End move; without this script the sections stand below each other */
  function tabbox(box) {
    var bar = box.querySelector("[data-tabbox-bar]"), tabs = all("[data-tab]", bar);
    var panelOf = function (tab) { return doc.getElementById(tab.dataset.tab); };
    var choose = function (chosen) {
      tabs.forEach(function (tab) {
        var on = tab === chosen;
        tab.setAttribute("aria-selected", on);
        tab.classList.toggle("is-open", on);
        tab.tabIndex = on ? 0 : -1;
        panelOf(tab).classList.toggle("is-open", on);
      });
    };
    bar.setAttribute("role", "tablist");
    tabs.forEach(function (tab) {
      var panel = panelOf(tab);
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      panel.tabIndex = 0;
      tab.addEventListener("click", function () { choose(tab); });
    });
    bar.addEventListener("keydown", function (e) {
      var at = tabs.indexOf(doc.activeElement), last = tabs.length - 1;
      var to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[e.key];
      if (at < 0 || to === undefined) return;
      e.preventDefault();
      choose(tabs[to]);
      tabs[to].focus();
    });
    choose(tabs[0]);
  }

  /* Gallery: the large pictures in a dialog; swipe, arrows, Esc */
  function button(label, text) {
    var el = doc.createElement("button");
    el.type = "button";
    el.setAttribute("aria-label", label);
    el.textContent = text;
    return el;
  }
  function gallery(box) {
    var links = all("a[data-caption]", box);
    var open = function (start, opener) {
      var dialog = doc.createElement("dialog"), track = doc.createElement("div"), count = doc.createElement("p");
      var before = button("上一张", "‹"), after = button("下一张", "›"), close = button("关闭", "×"), at = start;
      dialog.className = "ph-viewer";
      dialog.setAttribute("aria-label", "查看大图");
      track.className = "ph-viewer-track";
      track.tabIndex = 0;
      track.setAttribute("role", "group");
      track.setAttribute("aria-label", "图片");
      count.className = "ph-viewer-count";
      count.setAttribute("role", "status");
      close.setAttribute("data-close", "");
      before.dataset.step = -1;
      after.dataset.step = 1;
      links.forEach(function (link) {
        var figure = doc.createElement("figure"), image = doc.createElement("img"), words = doc.createElement("figcaption");
        image.alt = link.querySelector("img").alt;
        image.dataset.src = link.href;
        words.textContent = link.dataset.caption;
        figure.append(image, words);
        track.append(figure);
      });
      var show = function () {
        [at, at + 1, at - 1].forEach(function (n) {
          var image = links[n] && track.children[n].firstChild;
          if (image && !image.src) image.src = image.dataset.src;
        });
        count.textContent = (at + 1) + " / " + links.length;
        before.disabled = at === 0;
        after.disabled = at === links.length - 1;
      };
      var go = function (n, jump) {
        if (n < 0 || n >= links.length) return;
        at = n;
        show();
        track.scrollTo({ left: track.clientWidth * n, behavior: jump || calm.matches ? "auto" : "smooth" });
      };
      dialog.append(track, count, before, after, close);
      dialog.addEventListener("click", function (e) {
        var step = e.target.dataset && e.target.dataset.step;
        if (step) go(at + Number(step));
        else if (e.target.closest("figure") && e.target.tagName !== "IMG") dialog.close();
      });
      dialog.addEventListener("keydown", function (e) {
        if (e.key === "ArrowRight") { e.preventDefault(); go(at + 1); }
        if (e.key === "ArrowLeft") { e.preventDefault(); go(at - 1); }
      });
      var settled;
      track.addEventListener("scroll", function () {
        clearTimeout(settled);
        settled = setTimeout(function () { at = Math.round(track.scrollLeft / (track.clientWidth || 1)); show(); }, 120);
      }, { passive: true });
      dialog.addEventListener("close", function () { dialog.remove(); opener.focus(); });
      doc.body.append(dialog);
      dialog.showModal();
      go(start, true);
      close.focus();
    };
    links.forEach(function (link, n) {
      link.addEventListener("click", function (e) {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return;
        e.preventDefault();
        open(n, link);
      });
    });
  }

  /* A film of Tencent Video: its frame comes after the touch, nothing of another host before */
  function video(box) {
    box.addEventListener("click", function (e) {
      if (!e.target.closest(".ph-video-play") || e.ctrlKey || e.metaKey) return;
      e.preventDefault();
      var frame = doc.createElement("iframe");
      frame.src = box.dataset.video;
      frame.title = box.dataset.title;
      frame.allow = "autoplay; fullscreen";
      frame.allowFullscreen = true;
      box.replaceChildren(frame);
      frame.focus();
    });
  }

  /* Days, hours and minutes left */
  function deadline(box) {
    var end = Date.parse(box.dataset.deadline), words = box.querySelector("[data-deadline-left]"), timer;
    var show = function () {
      var left = Math.ceil((end - Date.now()) / 60000);
      if (left <= 0) { box.classList.add("is-over"); clearInterval(timer); return; }
      var parts = [[Math.floor(left / 1440), "天"], [Math.floor(left / 60) % 24, "小时"], [left % 60, "分"]];
      while (parts.length > 1 && !parts[0][0]) parts.shift();
      words.replaceChildren("还有 ");
      parts.forEach(function (part) {
        var number = doc.createElement("b");
        number.textContent = part[0];
        words.append(number, part[1] + " ");
      });
    };
    timer = setInterval(show, 20000);
    show();
  }

  /* The map's own program where there is one (WeChat lets none be opened), else its page */
  function app(link) {
    link.addEventListener("click", function (e) {
      var phone = /Android|iPhone|iPad/i.test(navigator.userAgent) && !/MicroMessenger/i.test(navigator.userAgent);
      if (!phone || e.ctrlKey || e.metaKey) return;
      e.preventDefault();
      location.href = link.dataset.app;
      setTimeout(function () { if (!doc.hidden) location.href = link.href; }, 1500);
    });
  }

  /* A button that can be pressed again in so many seconds; without this script the server says how long */
  function wait(button) {
    var ends = Date.now() + 1000 * button.dataset.wait, words = button.textContent;
    button.disabled = true;
    var timer = setInterval(function () {
      var left = Math.ceil((ends - Date.now()) / 1000);
      if (left <= 0 || !button.isConnected) {
        clearInterval(timer);
        button.disabled = false;
        button.textContent = words;
      } else button.textContent = words + "（" + left + "秒）";
    }, 250);
  }

  function start() {
    [["[data-tabbox]", tabbox], ["[data-gallery]", gallery], ["[data-video]", video], ["[data-deadline]", deadline], ["[data-app]", app], ["[data-wait]", wait]].forEach(function (pair) {
      all(pair[0] + ":not([data-ready])").forEach(function (el) { el.setAttribute("data-ready", ""); pair[1](el); });
    });
  }
  start();
  doc.addEventListener("htmx:after:swap", start);
})();
