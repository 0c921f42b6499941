/* Zooming and moving a floor plan: buttons, two fingers, one finger once it is larger than its frame, wheel with Ctrl.
   Without this script the whole plan is shown, and every room is a link. */
(function () {
  "use strict";
  var doc = document, MOST = 6, STEP = 1.6, SLACK = 8;

  function Plan(frame) {
    this.view = frame.querySelector("[data-plan-view]");
    this.stage = frame.querySelector("[data-plan-stage]");
    this.scale = 1; this.x = 0; this.y = 0;
    this.fingers = new Map();
    this.moved = false;
    this.listen(frame);
  }
  Plan.prototype.box = function () { return this.view.getBoundingClientRect(); };
  Plan.prototype.show = function () {
    var box = this.box();
    this.scale = Math.min(MOST, Math.max(1, this.scale));
    this.x = Math.min(0, Math.max(box.width * (1 - this.scale), this.x));
    this.y = Math.min(0, Math.max(this.stage.offsetHeight * (1 - this.scale), this.y));
    this.stage.style.transform = this.scale === 1 ? "" : "translate(" + this.x + "px," + this.y + "px) scale(" + this.scale + ")";
    this.view.classList.toggle("is-zoomed", this.scale > 1);
  };
  /* Keep the point (px, py) of the frame where it is. */
  Plan.prototype.zoom = function (factor, px, py) {
    var before = this.scale;
    this.scale = Math.min(MOST, Math.max(1, this.scale * factor));
    var real = this.scale / before;
    this.x = px - (px - this.x) * real;
    this.y = py - (py - this.y) * real;
    this.show();
  };
  Plan.prototype.press = function (what) {
    if (what === "reset") { this.scale = 1; this.show(); return; }
    var box = this.box(), here = this.stage.querySelector(".fm-room.is-here"), px = box.width / 2, py = box.height / 2;
    if (here && what === "in" && this.scale === 1) {
      var target = here.getBoundingClientRect();
      px = target.left + target.width / 2 - box.left;
      py = target.top + target.height / 2 - box.top;
    }
    this.zoom(what === "in" ? STEP : 1 / STEP, px, py);
  };
  Plan.prototype.listen = function (frame) {
    var self = this, view = this.view, zoom = frame.querySelector("[data-plan-zoom]");
    zoom.hidden = false;
    zoom.addEventListener("click", function (e) {
      var button = e.target.closest("[data-zoom]");
      if (button) self.press(button.dataset.zoom);
    });
    view.addEventListener("pointerdown", function (e) {
      if (!self.fingers.size) self.moved = false;
      self.fingers.set(e.pointerId, { x: e.clientX, y: e.clientY, fromX: e.clientX, fromY: e.clientY });
    });
    view.addEventListener("pointermove", function (e) {
      var finger = self.fingers.get(e.pointerId);
      if (!finger) return;
      var others = Array.from(self.fingers.values()).filter(function (f) { return f !== finger; });
      var box = self.box();
      if (others.length) {
        var other = others[0], far = Math.hypot(e.clientX - other.x, e.clientY - other.y), was = Math.hypot(finger.x - other.x, finger.y - other.y);
        if (was > 0) self.zoom(far / was, (e.clientX + other.x) / 2 - box.left, (e.clientY + other.y) / 2 - box.top);
        self.moved = true;
      } else if (Math.hypot(e.clientX - finger.fromX, e.clientY - finger.fromY) > SLACK || self.moved) {
        self.moved = true;
        if (self.scale > 1) {
          if (!view.hasPointerCapture(e.pointerId)) view.setPointerCapture(e.pointerId);
          self.x += e.clientX - finger.x;
          self.y += e.clientY - finger.y;
          self.show();
        }
      }
      finger.x = e.clientX; finger.y = e.clientY;
    });
    ["pointerup", "pointercancel", "pointerleave"].forEach(function (name) {
      view.addEventListener(name, function (e) { self.fingers.delete(e.pointerId); });
    });
    view.addEventListener("click", function (e) {
      if (self.moved) { e.preventDefault(); e.stopPropagation(); self.moved = false; }
    }, true);
    view.addEventListener("dragstart", function (e) { e.preventDefault(); });
    view.addEventListener("wheel", function (e) {
      if (!e.ctrlKey) return;
      e.preventDefault();
      var box = self.box();
      self.zoom(e.deltaY < 0 ? 1.2 : 1 / 1.2, e.clientX - box.left, e.clientY - box.top);
    }, { passive: false });
  };

  function start() {
    doc.querySelectorAll("[data-plan]:not([data-plan-ready])").forEach(function (frame) {
      frame.setAttribute("data-plan-ready", "");
      new Plan(frame);
    });
  }
  /* A room found by a press of the finger stays in sight, and is told. */
  doc.addEventListener("htmx:after:swap", function () {
    start();
    var here = doc.querySelector("[data-floor] .fm-row.is-here .fm-name"), live = doc.getElementById("ph-live");
    if (here && live) live.textContent = here.firstChild.textContent + " 已在图上标出";
  });
  start();
})();
