/* Two people on one page: Wagtail knows (small pictures at the top); this says it in a sentence, with a way on. */
(function () {
  "use strict";
  var shown = "", box = null;

  function tell(sentence, grave) {
    var key = sentence.join("");
    if (key === shown) return;
    shown = key;
    if (box) box.remove();
    box = null;
    var form = document.querySelector("[data-edit-form]");
    if (!key || !form) return;
    box = document.createElement("section");
    box.className = "portal-together" + (grave ? " is-grave" : "");
    box.setAttribute("role", grave ? "alert" : "status");
    sentence.forEach(function (text) {
      var line = document.createElement("p");
      line.textContent = text;
      box.append(line);
    });
    if (grave) {
      var link = document.createElement("a");
      link.href = location.pathname;
      link.target = "_blank";
      link.className = "button button-small button-secondary";
      link.textContent = "在新窗口看对方的版本";
      box.append(link);
    }
    form.prepend(box);
  }

  document.addEventListener("w-swap:json", function (e) {
    var data = e.detail && e.detail.data;
    if (!data || !data.other_sessions) return;
    var saved = data.other_sessions.find(function (one) { return one.revision_id; });
    var writing = data.other_sessions.filter(function (one) { return one.is_editing && !one.revision_id; });
    var mine = (data.html || "").includes("您在另一个窗口");
    if (saved) {
      tell([
        (mine ? "您在另一个窗口" : saved.user + " ") + "保存了这一页的新版本，这里显示的是旧的。",
        "您在这里的修改没有丢，但已停止自动保存。先看看对方改了什么；如果点「发布」或「保存」，会以您这里的内容为准，对方的版本留在「历史」里，随时可以找回。"
      ], true);
    } else if (writing.length) {
      var names = writing.map(function (one) { return one.user; }).join("、");
      tell([(mine ? "您在另一个窗口" : names + " ") + "也在改这一页。请先说好由谁来改，免得互相覆盖。"], false);
    } else tell([], false);
  });
})();
