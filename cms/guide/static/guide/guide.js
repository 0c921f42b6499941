/* The guide beside what somebody is working on: the button opens a drawer, links inside it stay inside it.
   Without this script, and with Ctrl held, the guide opens in a window of its own. */
(function () {
  "use strict";
  const button = document.querySelector("[data-guide-open]");
  const print = document.querySelector("[data-guide-print]");
  if (print) print.addEventListener("click", () => window.print());
  if (!button) return;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children);
    return element;
  };
  let drawer = null, content = null, whole = null, now = "";

  function build() {
    const home = button.dataset.guideHome, search = make("input", { type: "search", name: "q", maxlength: "60", placeholder: "搜索指南", "aria-label": "搜索指南" });
    const find = make("form", { role: "search" }, search);
    const contents = make("a", { href: home, "data-guide": "" }, "目录");
    whole = make("a", { target: "_blank", rel: "noopener" }, "在新窗口打开");
    const close = make("button", { type: "button", "aria-label": "关闭使用指南" }, "×");
    const bar = make("div", { class: "portal-guide-bar" }, contents, find, whole, close);
    content = make("div", { class: "portal-guide-inside", tabindex: "-1" });
    drawer = make("aside", { class: "portal-guide-drawer", "aria-label": "使用指南" }, bar, content);
    document.body.append(drawer);
    close.addEventListener("click", shut);
    find.addEventListener("submit", (event) => {
      event.preventDefault();
      show(`${home}search/?q=${encodeURIComponent(search.value)}`);
    });
    drawer.addEventListener("keydown", (event) => { if (event.key === "Escape") shut(); });
    drawer.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-guide], a[href^='#']");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(new URL(link.getAttribute("href"), new URL(now, window.location)).href);
    });
  }

  function shut() {
    drawer.hidden = true;
    button.hidden = false;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }

  function reach(hash) {
    const target = hash && content.querySelector(`#${CSS.escape(decodeURIComponent(hash.slice(1)))}`);
    if (target) target.scrollIntoView(); else content.scrollTop = 0;
  }

  async function show(address) {
    const url = new URL(address, window.location), before = now && new URL(now, window.location);
    now = url.href;
    whole.href = now;
    if (before && content.childElementCount && before.pathname === url.pathname && before.search === url.search) { reach(url.hash); return; }
    const asked = new URL(url);
    asked.searchParams.set("drawer", "1");
    content.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(asked, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error();
      const html = await answer.text();
      if (now !== url.href) return;
      content.innerHTML = html;
      // The link that was followed is gone: the keyboard goes on at the new page.
      content.focus({ preventScroll: true });
      reach(url.hash);
    } catch {
      now = "";
      content.replaceChildren(make("p", { role: "alert" }, "指南没有打开，请检查网络后再试；登录过期时请先重新登录。"));
    }
    content.removeAttribute("aria-busy");
  }

  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || window.innerWidth < 700) return;
    event.preventDefault();
    if (!drawer) build();
    drawer.hidden = false;
    button.hidden = true;
    button.setAttribute("aria-expanded", "true");
    if (!now) show(button.getAttribute("href"));
    content.focus();
  });
})();
