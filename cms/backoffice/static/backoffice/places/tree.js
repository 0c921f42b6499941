/* Dragging places among their siblings; the buttons beside them do the same without this script. */
(function () {
  "use strict";
  var tree = document.querySelector("[data-place-tree]");
  if (!tree) return;
  var token = tree.querySelector("[name=csrfmiddlewaretoken]").value, status = tree.querySelector("[data-place-status]"), dragged = null;

  function clear() {
    tree.querySelectorAll(".is-before, .is-after").forEach(function (el) { el.classList.remove("is-before", "is-after"); });
  }
  function target(e) {
    var item = dragged && e.target.closest("[data-kind='" + dragged.dataset.kind + "'][data-campus='" + dragged.dataset.campus + "']");
    return item && item !== dragged ? item : null;
  }
  function isBefore(item, e) {
    var box = item.querySelector(".pl-row").getBoundingClientRect();
    return e.clientY < box.top + box.height / 2;
  }
  tree.addEventListener("dragstart", function (e) {
    var handle = e.target.closest(".pl-handle");
    if (!handle) return;
    dragged = handle.closest("[data-place]");
    dragged.classList.add("is-dragged");
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", dragged.dataset.place);
  });
  tree.addEventListener("dragover", function (e) {
    var item = target(e);
    clear();
    if (!item) return;
    e.preventDefault();
    item.classList.add(isBefore(item, e) ? "is-before" : "is-after");
  });
  tree.addEventListener("dragend", function () { if (dragged) dragged.classList.remove("is-dragged"); dragged = null; clear(); });
  tree.addEventListener("drop", function (e) {
    var item = target(e), moved = dragged;
    if (!item) return;
    e.preventDefault();
    var before = isBefore(item, e), body = new URLSearchParams();
    body.set(before ? "before" : "after", item.dataset.place);
    fetch("move/".replace(/^/, moved.dataset.place + "/"), {
      method: "POST", body: body, headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" }
    }).then(function (answer) { return answer.json().then(function (said) { return answer.ok ? null : said.error; }); })
      .catch(function () { return "没有连上服务器，请稍后再试"; })
      .then(function (problem) {
        if (problem) { status.textContent = problem; window.alert(problem); return; }
        if (before) item.before(moved); else item.after(moved);
        status.textContent = "已移动";
      });
  });
})();
