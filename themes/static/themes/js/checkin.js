/* Check-in on a phone: WeChat's scanner where there is one, and where the phone is if the point asks for it. */
(function () {
  "use strict";
  if (window.phCheckIn) return;
  window.phCheckIn = true;
  var inWeChat = /MicroMessenger/i.test(navigator.userAgent);
  var PATIENCE = 8000;
  var ready;

  /* The JS-SDK, configured once; null where it cannot be had. */
  function sdk() {
    if (!inWeChat) return Promise.resolve(null);
    ready = ready || new Promise(function (done) {
      var script = document.createElement("script");
      script.src = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js";
      script.onerror = function () { done(null); };
      script.onload = function () {
        fetch("/-/wechat/share-config/?url=" + encodeURIComponent(location.href.split("#")[0]), { credentials: "omit" })
          .then(function (answer) { return answer.ok ? answer.json() : null; })
          .then(function (config) {
            if (!config || !window.wx) return done(null);
            config.debug = false;
            config.jsApiList = ["scanQRCode", "getLocation"];
            window.wx.config(config);
            window.wx.ready(function () { done(window.wx); });
            window.wx.error(function () { done(null); });
          })
          .catch(function () { done(null); });
      };
      document.head.appendChild(script);
    });
    return ready;
  }

  function here() {
    return sdk().then(function (wx) {
      return new Promise(function (done) {
        var timer = setTimeout(function () { done(null); }, PATIENCE);
        function found(place) { clearTimeout(timer); done(place); }
        if (wx) {
          wx.getLocation({ type: "gcj02", success: found, fail: function () { found(null); }, cancel: function () { found(null); } });
        } else if (navigator.geolocation) {
          navigator.geolocation.getCurrentPosition(
            function (position) { found(position.coords); },
            function () { found(null); },
            { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 60000 }
          );
        } else { found(null); }
      });
    });
  }

  /* The form waits for the place, then goes its usual way; without one the server says what to do. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches || !form.matches("form[data-locate]") || form.dataset.located) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    here().then(function (place) {
      if (place) {
        form.elements.latitude.value = place.latitude;
        form.elements.longitude.value = place.longitude;
      }
      form.dataset.located = "1";
      form.requestSubmit();
    });
  }, true);

  function offerScan() {
    var button = document.querySelector("[data-scan][hidden]");
    if (!button) return;
    sdk().then(function (wx) {
      if (!wx) return;
      button.hidden = false;
      button.addEventListener("click", function () {
        wx.scanQRCode({
          needResult: 1,
          scanType: ["qrCode"],
          success: function (found) {
            var at = /\/-\/checkin\/[^\/?#]+\//.exec(found.resultStr || "");
            if (at) location.href = at[0];
          }
        });
      });
    });
  }
  offerScan();
  document.addEventListener("htmx:after:swap", offerScan);
})();
