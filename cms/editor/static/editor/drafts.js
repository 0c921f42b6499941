/* The window with the QR code: its forms are sent in place. */
(function () {
  "use strict";
  var dialog = null, inside = null;

  function ask(url, options) {
    fetch(url, Object.assign({ headers: { "X-Requested-With": "XMLHttpRequest" } }, options)).then(function (answer) {
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      return answer.text();
    }).then(function (html) {
      inside.innerHTML = html;
      var address = inside.querySelector("[data-draft-address]");
      if (address) address.addEventListener("focus", function () { address.select(); });
    }).catch(function () {
      inside.textContent = "没有连上服务器，请稍后再试。";
    });
  }
  function make() {
    dialog = document.createElement("dialog");
    inside = document.createElement("div");
    dialog.className = "portal-window";
    dialog.setAttribute("aria-label", "在手机上看草稿");
    var close = document.createElement("button");
    close.type = "button";
    close.className = "button button-secondary portal-window-close";
    close.textContent = "关闭";
    close.addEventListener("click", function () { dialog.close(); });
    dialog.append(close, inside);
    dialog.addEventListener("submit", function (e) {
      e.preventDefault();
      ask(e.target.action, { method: "POST", body: new FormData(e.target) });
    });
    document.body.append(dialog);
  }
  document.addEventListener("click", function (e) {
    var button = e.target.closest("[data-draft-open]");
    if (!button) return;
    if (!dialog) make();
    inside.textContent = "正在打开…";
    dialog.showModal();
    ask(button.dataset.draftOpen, {});
  });
})();
