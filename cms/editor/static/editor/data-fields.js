/* Choosing a field of a data source from its sample (blocks/data/fields.py): a list under the input, by mouse or keys. */
(function () {
  "use strict";
  var address = document.currentScript.dataset.fields, known = {}, list = null, owner = null;

  function sourceOf(input) {
    for (var around = input.parentElement; around; around = around.parentElement) {
      var select = around.querySelector("select[data-source-choice]");
      if (select) return select;
    }
    return null;
  }

  function fetchFields(select) {
    var url = address + "?source=" + encodeURIComponent(select.value) + "&inside=" + select.dataset.sourceChoice;
    if (!known[url]) {
      known[url] = fetch(url, { headers: { accept: "application/json" } }).then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      });
      known[url].catch(function () { delete known[url]; });
    }
    return known[url];
  }

  function close() {
    if (list) list.remove();
    if (owner) owner.setAttribute("aria-expanded", "false");
    list = owner = null;
  }

  function choose(input, path) {
    close();
    input.value = path;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function show(input, answer) {
    close();
    owner = input;
    list = document.createElement("div");
    list.className = "portal-fields";
    list.id = "portal-fields";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "样例中的字段");
    var typed = input.value.trim(), exact = answer.fields.some(function (field) { return field.path === typed; });
    answer.fields.filter(function (field) {
      return exact || !typed || field.path.indexOf(typed) >= 0 || field.example.indexOf(typed) >= 0;
    }).forEach(function (field) {
      var option = document.createElement("button"), path = document.createElement("code"), example = document.createElement("span");
      option.type = "button";
      option.tabIndex = -1;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", field.path === typed);
      path.textContent = field.path;
      example.textContent = field.example || "（空）";
      option.append(path, example);
      option.addEventListener("mousedown", function (event) { event.preventDefault(); choose(input, field.path); });
      option.addEventListener("click", function () { choose(input, field.path); });
      list.append(option);
    });
    if (!list.children.length) {
      var note = document.createElement("p");
      note.textContent = answer.sentence || "样例里没有这个字段";
      list.append(note);
    }
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", list.id);
    input.insertAdjacentElement("afterend", list);
  }

  function offer(input) {
    var select = sourceOf(input);
    if (!select || !select.value) return show(input, { fields: [], sentence: "先在上面选择数据源" });
    fetchFields(select).then(function (answer) {
      if (document.activeElement === input) show(input, answer);
    }, function () {
      if (document.activeElement === input) show(input, { fields: [], sentence: "暂时取不到样例，请稍后再点一次" });
    });
  }

  function isField(target) { return target.matches && target.matches("input[data-source-field]"); }

  document.addEventListener("focusin", function (event) {
    if (!isField(event.target)) return;
    event.target.setAttribute("role", "combobox");
    offer(event.target);
  });
  document.addEventListener("input", function (event) { if (isField(event.target) && owner) offer(event.target); });
  /* Closed with Escape, or a source chosen since: the field has the cursor already. */
  document.addEventListener("click", function (event) { if (isField(event.target)) offer(event.target); });
  document.addEventListener("focusout", function (event) {
    if (owner && event.target === owner && !(list && list.contains(event.relatedTarget))) close();
  });
  document.addEventListener("keydown", function (event) {
    if (!owner || !list) return;
    var options = Array.prototype.slice.call(list.querySelectorAll("button"));
    var at = options.findIndex(function (option) { return option.classList.contains("is-current"); });
    if (event.key === "Escape") { close(); event.preventDefault(); }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options.length) return;
      if (at >= 0) options[at].classList.remove("is-current");
      at = (at + (event.key === "ArrowDown" ? 1 : options.length - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % options.length;
      options[at].classList.add("is-current");
      options[at].id = "portal-fields-current";
      owner.setAttribute("aria-activedescendant", "portal-fields-current");
      options.forEach(function (option, index) { if (index !== at) option.removeAttribute("id"); });
      options[at].scrollIntoView({ block: "nearest" });
      event.preventDefault();
    }
    if (event.key === "Enter" && at >= 0) { choose(owner, options[at].querySelector("code").textContent); event.preventDefault(); }
  });
})();
