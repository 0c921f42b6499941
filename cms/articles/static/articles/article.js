/* An article on a patient's phone: tells the portal that it is being read, and gives WeChat the share card. */
(function () {
  "use strict";
  var article = document.querySelector("[data-article]");
  if (!article) return;
  var data = article.dataset;

  function visit() {
    try {
      var known = sessionStorage.getItem("ph_visit");
      if (!known) sessionStorage.setItem("ph_visit", (known = Math.random().toString(36).slice(2)));
      return known;
    } catch (e) { return ""; } /* storage is off: the address and the browser tell readers apart */
  }

  function read() {
    if (!data.read || document.visibilityState === "hidden") return;
    document.removeEventListener("visibilitychange", read);
    fetch(data.read + "?visit=" + visit(), { method: "POST", credentials: "omit", keepalive: true })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (told) {
        var place = article.querySelector("[data-reads]");
        if (told && place) place.textContent = told.reads;
      })
      .catch(function () { /* counting must never disturb reading */ });
  }
  document.addEventListener("visibilitychange", read);
  setTimeout(read, 1000);

  /* The share card inside WeChat: the JS-SDK is loaded there and nowhere else. */
  if (!/MicroMessenger/i.test(navigator.userAgent)) return;
  var hint = article.querySelector("[data-wechat-hint]");
  if (hint) hint.hidden = false;
  var address = location.href.split("#")[0];
  var sdk = document.createElement("script");
  sdk.src = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js";
  sdk.onload = function () {
    fetch(data.shareConfig + "?url=" + encodeURIComponent(address), { credentials: "omit" })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (config) {
        if (!config || !window.wx) return;
        config.debug = false;
        config.jsApiList = ["updateAppMessageShareData", "updateTimelineShareData"];
        window.wx.config(config);
        window.wx.ready(function () {
          var card = { title: data.shareTitle, desc: data.shareText, link: address, imgUrl: data.shareImage };
          window.wx.updateAppMessageShareData(card);
          window.wx.updateTimelineShareData(card);
        });
      })
      .catch(function () { /* WeChat then shares title and address by itself */ });
  };
  document.head.appendChild(sdk);
})();
