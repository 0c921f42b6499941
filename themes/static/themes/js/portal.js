/* What patient pages do in the browser: islands, countdowns, carousels, guards, payment. No framework, strict CSP.
   Loaded before htmx, so that its listeners stand when htmx fetches the first island. */
(function () {
  "use strict";
  var doc = document, root = doc.documentElement;
  var contentScript = doc.currentScript && doc.currentScript.dataset.content;
  var calm = matchMedia("(prefers-reduced-motion: reduce)");
  var all = function (selector, from) { return Array.prototype.slice.call((from || doc).querySelectorAll(selector)); };

  function on(event, selector, handler) {
    doc.addEventListener(event, function (e) {
      var hit = e.target.closest && e.target.closest(selector);
      if (hit) handler(hit, e);
    });
  }
  function make(tag, css, text) {
    var el = doc.createElement(tag);
    el.className = css;
    if (text) el.textContent = text;
    return el;
  }
  function say(text) { var live = doc.getElementById("ph-live"); if (live) live.textContent = text; }
  var toastTimer;
  function toast(text) {
    var box = doc.getElementById("ph-toast");
    if (!box) return;
    box.textContent = text;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(function () { box.textContent = ""; }, 4000);
  }

  /* Care and dark mode */
  function isDark() {
    var mode = root.getAttribute("data-mode");
    return mode ? mode === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function showLook() {
    all("[data-look]").forEach(function (el) {
      var pressed = el.dataset.look === "care" ? root.hasAttribute("data-care") : isDark();
      el.setAttribute("role", "button");
      el.setAttribute("aria-pressed", pressed);
    });
  }
  on("click", "[data-look]", function (el, e) {
    e.preventDefault();
    if (el.dataset.look === "care") root.toggleAttribute("data-care");
    else root.setAttribute("data-mode", isDark() ? "light" : "dark");
    var words = [root.hasAttribute("data-care") ? "care" : "", root.getAttribute("data-mode") || ""].filter(Boolean).join(".");
    doc.cookie = "ph_look=" + words + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
    try { localStorage.setItem("ph_look", words); } catch (err) { /* the cookie has it */ }
    showLook();
    say(el.dataset.look === "care" ? (root.hasAttribute("data-care") ? "已打开关怀版" : "已关闭关怀版") : (isDark() ? "已切换为深色" : "已切换为浅色"));
  });
  on("keydown", "[data-look][role=button]", function (el, e) { if (e.key === " ") { e.preventDefault(); el.click(); } });

  /* Islands: page parameters go along; a failure becomes a card with a way on */
  function islandOf(ctx) {
    var el = ctx && ctx.sourceElement;
    if (!el || !el.closest || ctx.request.method !== "GET") return null;
    return ctx.target && ctx.target.matches("[data-island]") ? ctx.target : el.matches("[data-island]") ? el : null;
  }
  doc.addEventListener("htmx:config:request", function (e) {
    var request = e.detail.ctx.request;
    if (request.method !== "GET" || request.action.indexOf("/-/island/") < 0) return;
    var own = new URL(request.action, location.href).searchParams;
    new URLSearchParams(location.search).forEach(function (value, key) {
      if (key !== "whole" && !own.has(key) && !request.body.has(key)) request.body.append(key, value);
    });
  });
  doc.addEventListener("htmx:before:request", function (e) {
    var island = islandOf(e.detail.ctx);
    if (island) island.setAttribute("aria-busy", "true");
  });
  function fail(island, offline) {
    var before = island.querySelector("[data-island-error] [data-retry]");
    if (before) {
      before.removeAttribute("aria-busy");
      island.setAttribute("aria-busy", "false");
      say("还是没有打开，请稍后再试");
      return;
    }
    var card = make("div", "ph-card ph-empty is-error");
    card.setAttribute("data-island-error", "");
    card.setAttribute("role", "alert");
    card.append(
      make("p", "ph-empty-title", offline ? "网络好像断开了" : "这部分内容暂时没有打开"),
      make("p", "", offline ? "请检查手机网络后再试。" : "请稍后再试；如果一直打不开，可以拨打医院服务电话。")
    );
    var again = make("button", "ph-btn is-soft", "重新加载");
    again.type = "button";
    again.setAttribute("data-retry", "");
    card.append(again);
    island.replaceChildren(card);
    island.setAttribute("aria-busy", "false");
  }
  function refuse(form, text) {
    var note = form.querySelector("[data-refused]") || make("div", "ph-notice is-danger");
    var words = make("div", "ph-notice-text", text), again = make("button", "ph-btn is-soft", "刷新页面");
    note.setAttribute("data-refused", "");
    note.setAttribute("role", "alert");
    again.type = "button";
    again.addEventListener("click", function () { location.reload(); });
    note.replaceChildren(words, again);
    form.append(note);
  }
  function reload(el) {
    var island = el.closest("[data-island]");
    if (island && window.htmx) { window.htmx.trigger(island, "ph:reload"); return true; }
    return false;
  }
  on("click", "[data-retry]", function (el, e) {
    if (!el.closest("[data-island]") && el.href) return;
    e.preventDefault();
    el.setAttribute("aria-busy", "true");
    if (!reload(el)) location.reload();
  });
  doc.addEventListener("htmx:before:response", function (e) {
    var ctx = e.detail.ctx, raw = ctx.response.raw, island = islandOf(ctx);
    if (raw.headers.get("HX-Redirect") || raw.headers.get("HX-Refresh")) return;
    if (island && raw.status >= 400) { e.preventDefault(); fail(island); }
    /* 422 is the form again. Anything else about 400 is a whole page (the step went offline, the page lay open too
       long): it must not appear inside this one, and what was typed stays. */
    else if (ctx.request.form && raw.status >= 400 && raw.status < 500 && raw.status !== 422) {
      e.preventDefault();
      refuse(ctx.request.form, raw.status === 403 ? "页面已过期，请刷新后重新提交。" : "这一步刚刚有变动，没有提交成功，请刷新后再试。");
    }
    /* A form that ends in a redirect to a page goes to that page. */
    else if (raw.redirected && raw.url.indexOf("/-/island/") < 0) { e.preventDefault(); location.assign(raw.url); }
  });
  doc.addEventListener("htmx:response:error", function (e) {
    if (e.detail.ctx.response.status >= 500) toast("系统繁忙，请稍后再试");
  });
  doc.addEventListener("htmx:error", function (e) {
    var ctx = e.detail.ctx, island = islandOf(ctx);
    if (island) fail(island, navigator.onLine === false || e.detail.error instanceof TypeError);
    else if (ctx) toast("网络好像断开了，请检查后再试");
  });
  /* A form that comes back goes to its first mistake: it may stand far above the button that was touched */
  function showMistake(ctx) {
    var box = ctx.target && ctx.target.id ? doc.getElementById(ctx.target.id) : ctx.target;
    var first = box && box.querySelector('[aria-invalid="true"], [role="alert"]');
    if (!first) return;
    if (first.getAttribute("role") === "alert") first.tabIndex = -1;
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  }
  /* What most visitors do not see keeps a place only where something stood there last time, so that nothing jumps */
  function expect(source) {
    if (!source || !source.matches || !source.matches(".is-maybe")) return;
    try {
      if (doc.getElementById(source.id)) localStorage.setItem("ph_expect", "1");
      else localStorage.removeItem("ph_expect");
    } catch (err) { /* storage is off: no place is kept */ }
  }
  doc.addEventListener("htmx:after:swap", function (e) {
    var ctx = e.detail.ctx;
    start();
    if (ctx) expect(ctx.sourceElement);
    if (ctx && ctx.response && ctx.response.status === 422) showMistake(ctx);
  });

  /* Countdown: spoken politely at five minutes, one minute and the end */
  var fired = {};
  function tick() {
    all("[data-countdown]").forEach(function (el) {
      var left = Math.ceil((Date.parse(el.dataset.countdown) - Date.now()) / 1000);
      if (isNaN(left)) return;
      var shown = Math.max(0, left), hours = Math.floor(shown / 3600);
      var two = function (n) { return (n < 10 ? "0" : "") + n; };
      el.textContent = (hours ? hours + ":" : "") + two(Math.floor(shown / 60) % 60) + ":" + two(shown % 60);
      all("[data-countdown-words]", el.parentNode).forEach(function (words) {
        words.textContent = words.dataset.countdownWords || (words.nextElementSibling === el ? "请在" : "");
      });
      if (left === 300 || left === 60) say("还剩 " + left / 60 + " 分钟");
      if (left <= 0 && !(fired[el.dataset.countdown] > Date.now() - 15000)) {
        fired[el.dataset.countdown] = Date.now();
        say("时间已到");
        el.dispatchEvent(new CustomEvent("ph:countdown-end", { bubbles: true }));
        if (!reload(el) && el.hasAttribute("data-countdown-reload")) location.reload();
      }
    });
  }
  setInterval(tick, 1000);

  /* Carousel: a scrolling row first; dots and a slow change only here, and the change can be stopped */
  function carousel(box) {
    var track = box.querySelector("[data-track]"), slides = track ? all("[data-slide]", track) : [];
    if (slides.length < 2) return;
    var at = 0, paused = false, foot = make("div", "ph-banner-foot"), dots = make("div", "ph-banner-dots");
    var go = function (n) { track.scrollTo({ left: track.clientWidth * n, behavior: calm.matches ? "auto" : "smooth" }); };
    var mark = function () {
      at = Math.round(track.scrollLeft / (track.clientWidth || 1));
      all("button", dots).forEach(function (dot, n) { dot.setAttribute("aria-current", n === at); });
    };
    slides.forEach(function (slide, n) {
      var dot = make("button", "");
      dot.type = "button";
      dot.setAttribute("aria-label", "第 " + (n + 1) + " 张，共 " + slides.length + " 张");
      dot.addEventListener("click", function () { paused = true; go(n); });
      dots.append(dot);
    });
    foot.append(dots);
    box.append(foot);
    track.addEventListener("scroll", function () { requestAnimationFrame(mark); }, { passive: true });
    mark();
    var button = box.querySelector("[data-carousel-pause]");
    if (calm.matches || !button) return;
    button.hidden = false;
    foot.append(button);
    button.addEventListener("click", function () {
      paused = !paused;
      button.setAttribute("aria-pressed", paused);
      button.setAttribute("aria-label", paused ? "继续轮播" : "暂停轮播");
    });
    var held = false;
    ["pointerenter", "focusin", "touchstart"].forEach(function (name) { box.addEventListener(name, function () { held = true; }, { passive: true }); });
    ["pointerleave", "focusout", "touchend"].forEach(function (name) { box.addEventListener(name, function () { held = false; }, { passive: true }); });
    var timer = setInterval(function () {
      if (!box.isConnected) clearInterval(timer);
      else if (!paused && !held && !doc.hidden) go((at + 1) % slides.length);
    }, 5000);
  }

  /* One submit a form */
  function release(form) {
    delete form.dataset.sent;
    all("[data-was]", form).forEach(function (button) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
      button.textContent = "";
      button.append.apply(button, button.phKept || []);
      button.removeAttribute("data-was");
    });
  }
  doc.addEventListener("submit", function (e) {
    var form = e.target;
    if ((form.getAttribute("method") || "").toLowerCase() !== "post" && !form.hasAttribute("data-hx-post")) return;
    if (form.dataset.sent) { e.preventDefault(); e.stopImmediatePropagation(); return; }
    form.dataset.sent = "1";
    var button = e.submitter || form.querySelector("[type=submit], button:not([type])");
    setTimeout(function () {
      if (!button || button.tagName !== "BUTTON") return;
      button.phKept = Array.prototype.slice.call(button.childNodes);
      button.setAttribute("data-was", "");
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
      button.textContent = button.dataset.busy || "正在提交…";
    });
  }, true);
  doc.addEventListener("htmx:finally:request", function (e) {
    var form = e.detail.ctx.request.form;
    if (form && form.dataset.sent) setTimeout(release, 0, form);
  });
  window.addEventListener("pageshow", function (e) { if (e.persisted) all("form[data-sent]").forEach(release); });

  /* WeChat Pay inside WeChat; elsewhere the link leads to the cashier */
  function pay(link) {
    link.setAttribute("aria-busy", "true");
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", JSON.parse(link.dataset.wechatpay), function (answer) {
      link.removeAttribute("aria-busy");
      if (answer.err_msg === "get_brand_wcpay_request:ok") location.assign(link.dataset.done || location.href);
      else toast(answer.err_msg === "get_brand_wcpay_request:cancel" ? "您取消了支付，号源仍为您保留到时间结束" : "支付没有完成，请再试一次");
    });
  }
  on("click", "[data-wechatpay]", function (link, e) {
    if (link.getAttribute("aria-busy") === "true") { e.preventDefault(); return; }
    var inside = window.WeixinJSBridge || /MicroMessenger/i.test(navigator.userAgent);
    if (!inside || !link.dataset.wechatpay) return;
    e.preventDefault();
    if (window.WeixinJSBridge) pay(link);
    else doc.addEventListener("WeixinJSBridgeReady", function () { pay(link); }, { once: true });
  });

  /* Copy, sheets, search while typing Chinese, category list */
  on("click", "[data-copy]", function (el) {
    var done = function () { toast("已复制"); };
    if (navigator.clipboard) navigator.clipboard.writeText(el.dataset.copy).then(done, function () { toast("请长按文字复制"); });
    else toast("请长按文字复制");
  });
  on("click", "[data-sheet]", function (el, e) {
    var sheet = doc.getElementById(el.dataset.sheet);
    if (sheet && sheet.showModal) { e.preventDefault(); sheet.showModal(); }
  });
  on("click", "dialog [data-close]", function (el) { el.closest("dialog").close(); });
  doc.addEventListener("click", function (e) { if (e.target.matches("dialog.ph-sheet")) e.target.close(); });
  doc.addEventListener("input", function (e) {
    if (e.isComposing && e.target.matches("[data-search]")) e.stopImmediatePropagation();
  }, true);
  doc.addEventListener("compositionend", function (e) {
    if (e.target.matches("[data-search]")) e.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
  function picker(box) {
    var list = box.querySelector("[data-picker-list]"), links = all("[data-picker-cats] a", box);
    if (!list || !links.length) return;
    var spy = function () {
      var now = links[0];
      links.forEach(function (link) {
        var group = doc.getElementById(decodeURIComponent(link.hash.slice(1)));
        if (group && group.offsetTop <= list.scrollTop + 24) now = link;
      });
      if (list.scrollTop + list.clientHeight >= list.scrollHeight - 2 && list.scrollTop > 0) now = links[links.length - 1];
      links.forEach(function (link) { if (link === now) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current"); });
    };
    box.addEventListener("click", function (e) {
      var link = e.target.closest("[data-picker-cats] a"), group = link && doc.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (!group) return;
      e.preventDefault();
      list.scrollTop = group.offsetTop;
    });
    list.addEventListener("scroll", function () { requestAnimationFrame(spy); }, { passive: true });
    spy();
  }

  // The back arrow leads to where the patient came from, with all they had chosen; its address is for direct visits.
  doc.addEventListener("click", function (e) {
    var back = e.target.closest("[data-back]");
    if (!back || e.ctrlKey || e.metaKey || e.shiftKey || history.length < 2) return;
    if (doc.referrer.indexOf(location.origin + "/") !== 0) return;
    e.preventDefault();
    history.back();
  });

  /* Tabs, galleries and videos bring their own script, only where a page has them */
  function fetchContent() {
    if (!contentScript || !doc.querySelector("[data-tabbox], [data-gallery], [data-video], [data-deadline], [data-app], [data-wait]")) return;
    var script = make("script", "");
    script.src = contentScript;
    script.onerror = function () { root.removeAttribute("data-js"); };
    doc.head.append(script);
    contentScript = "";
  }

  function once(selector, work) {
    all(selector + ":not([data-ready])").forEach(function (el) { el.setAttribute("data-ready", ""); work(el); });
  }
  function start() {
    showLook();
    once("[data-carousel]", carousel);
    once("[data-picker]", picker);
    once("[data-strip]", function (strip) {
      var now = strip.querySelector("[aria-current]");
      if (now) strip.scrollLeft = now.offsetLeft - (strip.clientWidth - now.offsetWidth) / 2;
    });
    all("[data-island][aria-busy=true]").forEach(function (el) {
      if (!el.querySelector("[data-skeleton]")) el.setAttribute("aria-busy", "false");
    });
    tick();
    fetchContent();
  }
  start();
})();
