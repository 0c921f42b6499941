/* Drawing rooms on a floor's plan. State is a list of rooms; every change is a new list, so that undoing is going back. */
(function () {
  "use strict";
  var root = document.querySelector("[data-plan-editor]");
  if (!root) return;
  var NS = "http://www.w3.org/2000/svg";
  var data = JSON.parse(document.getElementById("plan-data").textContent);
  var paper = root.querySelector("[data-paper]"), shapes = root.querySelector("[data-shapes]"), draft = root.querySelector("[data-draft]");
  var list = root.querySelector("[data-rooms]"), status = root.querySelector("[data-status]");
  var rooms = data.rooms.map(prepared), saved = JSON.stringify(rooms), past = [], future = [];
  var tool = "select", chosen = null, open = [], wrong = {}, drag = null, counter = 0;

  function prepared(room) { return Object.assign({ key: room.ref || "new" + (counter += 1) }, room); }
  function copy(value) { return JSON.parse(JSON.stringify(value)); }
  function find(key) { return rooms.find(function (room) { return room.key === key; }); }
  function say(text, bad) { status.textContent = text; status.classList.toggle("is-bad", !!bad); }
  function el(tag, attributes, text) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function drawn(tag, attributes) {
    var made = document.createElementNS(NS, tag);
    Object.keys(attributes).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    return made;
  }
  function label(room) { return [room.number, room.name].filter(Boolean).join(" ") || "未命名"; }
  function dirty() { return JSON.stringify(rooms) !== saved; }
  window.addEventListener("beforeunload", function (e) { if (dirty()) e.preventDefault(); });

  /* Before a change the list is kept; typing in one field is one step. */
  var lastStep = "";
  function step(name) {
    if (name && name === lastStep) return;
    lastStep = name || "";
    past.push(JSON.stringify(rooms));
    if (past.length > 100) past.shift();
    future = [];
  }
  function travel(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(rooms));
    rooms = JSON.parse(from.pop());
    lastStep = "";
    if (chosen && !find(chosen)) chosen = null;
    show();
  }

  /* --- geometry --- */
  function at(e) {
    var point = new DOMPoint(e.clientX, e.clientY).matrixTransform(paper.getScreenCTM().inverse());
    return [within(point.x, data.width), within(point.y, data.height)];
  }
  function within(value, most) { return Math.round(Math.min(most, Math.max(0, value)) * 10) / 10; }
  function corners(shape) {
    if (shape.kind !== "rect") return shape.points;
    var a = shape.points[0], b = shape.points[1];
    return [a, [b[0], a[1]], b, [a[0], b[1]]];
  }
  function centre(shape) {
    var xs = shape.points.map(function (p) { return p[0]; }), ys = shape.points.map(function (p) { return p[1]; });
    return [(Math.min.apply(0, xs) + Math.max.apply(0, xs)) / 2, (Math.min.apply(0, ys) + Math.max.apply(0, ys)) / 2];
  }
  function moved(points, dx, dy) {
    var xs = points.map(function (p) { return p[0]; }), ys = points.map(function (p) { return p[1]; });
    dx = Math.max(-Math.min.apply(0, xs), Math.min(data.width - Math.max.apply(0, xs), dx));
    dy = Math.max(-Math.min.apply(0, ys), Math.min(data.height - Math.max.apply(0, ys), dy));
    return points.map(function (p) { return [within(p[0] + dx, data.width), within(p[1] + dy, data.height)]; });
  }
  function outline(shape, css) {
    if (shape.kind === "point") return drawn("circle", { cx: shape.points[0][0], cy: shape.points[0][1], r: data.width / 70, class: css });
    return drawn("polygon", { points: corners(shape).join(" "), class: css });
  }

  /* --- what is seen --- */
  function show() { showShapes(); showList(); showBar(); }
  function showBar() {
    root.querySelector("[data-deed=undo]").disabled = !past.length;
    root.querySelector("[data-deed=redo]").disabled = !future.length;
    root.querySelectorAll("[data-tool]").forEach(function (b) { if (b !== paper) b.setAttribute("aria-pressed", b.dataset.tool === tool); });
    paper.setAttribute("data-tool", tool);
    root.querySelector("[data-deed=save]").disabled = !data.mayChange;
  }
  function showShapes() {
    shapes.replaceChildren();
    rooms.forEach(function (room) {
      if (!room.shape) return;
      var shape = outline(room.shape, "pe-shape" + (room.key === chosen ? " is-chosen" : ""));
      shape.dataset.key = room.key;
      var middle = centre(room.shape), text = drawn("text", { x: middle[0], y: middle[1], class: "pe-label", "font-size": data.width / 55 });
      text.textContent = label(room);
      shapes.append(shape, text);
    });
    var room = chosen && find(chosen);
    if (room && room.shape && room.shape.kind !== "point") {
      room.shape.points.forEach(function (p, index) {
        var corner = drawn("circle", { cx: p[0], cy: p[1], r: data.width / 130, class: "pe-corner" });
        corner.dataset.corner = index;
        shapes.append(corner);
      });
    }
  }
  function showList() {
    var focus = document.activeElement && list.contains(document.activeElement) ? document.activeElement.dataset.field : null;
    list.replaceChildren();
    rooms.forEach(function (room, index) {
      var item = el("li", { class: "pe-room" + (room.key === chosen ? " is-chosen" : "") });
      var head = el("button", { class: "pe-room__head", type: "button", "aria-expanded": room.key === chosen, "data-field": room.key + ".head" }, label(room));
      head.append(el("small", {}, room.shape ? "已画" : "未画"));
      head.addEventListener("click", function () { choose(room.key === chosen ? null : room.key); });
      item.append(head);
      var problems = Object.keys(wrong).filter(function (name) { return name.indexOf(index + ".") === 0; });
      if (problems.length) item.classList.add("is-wrong");
      if (room.key === chosen) item.append(fields(room, problems));
      list.append(item);
      if (room.key === chosen) item.scrollIntoView({ block: "nearest" });
    });
    if (!rooms.length) list.append(el("li", { class: "pe-room" }, "还没有房间：选「画矩形」在图上拖出一个。"));
    if (focus) { var again = list.querySelector('[data-field="' + focus + '"]'); if (again) again.focus(); }
  }
  function field(room, name, words, input, wide) {
    var box = el("label", wide ? { class: "is-wide" } : {}, words);
    input.dataset.field = room.key + "." + name;
    input.disabled = !data.mayChange;
    box.append(input);
    return box;
  }
  function textField(room, name, words, most, wide) {
    var input = el("input", { type: "text", maxlength: most });
    input.value = room[name] || "";
    input.addEventListener("input", function () {
      step(room.key + name);
      find(room.key)[name] = input.value;
      showShapes(); showBar();
      var head = list.querySelector('[data-field="' + room.key + '.head"]');
      if (head) head.firstChild.textContent = label(find(room.key));
    });
    return field(room, name, words, input, wide);
  }
  function fields(room, problems) {
    var box = el("div", { class: "pe-fields" });
    problems.forEach(function (name) { box.append(el("p", { class: "pe-wrong" }, wrong[name])); });
    box.append(textField(room, "name", "名称", 60), textField(room, "number", "房间号或分区", 20));
    var use = el("select");
    data.uses.forEach(function (one) { use.append(new Option(one.label, one.code, false, one.code === room.use)); });
    use.addEventListener("change", function () { step(); find(room.key).use = use.value; show(); });
    box.append(field(room, "use", "用途", use));
    box.append(textField(room, "hours", "开放时间", 100));
    var many = el("select", { multiple: "", size: 6 });
    data.departments.forEach(function (one) { many.append(new Option(one.name, one.code, false, room.departments.indexOf(one.code) >= 0)); });
    many.addEventListener("change", function () {
      step();
      var now = find(room.key);
      now.departments = Array.from(many.selectedOptions).map(function (o) { return o.value; });
      now.main = now.main.filter(function (code) { return now.departments.indexOf(code) >= 0; });
      if (!now.name && now.departments.length) now.name = many.selectedOptions[0].text;
      show();
    });
    box.append(field(room, "departments", "科室（按住 Ctrl 可多选）", many, true));
    if (room.departments.length) {
      var main = el("input", { type: "checkbox" });
      main.checked = room.departments.every(function (code) { return room.main.indexOf(code) >= 0; });
      main.addEventListener("change", function () { step(); var now = find(room.key); now.main = main.checked ? now.departments.slice() : []; show(); });
      box.append(field(room, "main", "是主要位置（「怎么走」指到这里）", main, true));
    }
    box.append(textField(room, "way", "怎么走", 300, true));
    var shape = el("input", { type: "text", placeholder: "矩形 x1,y1 x2,y2；多边形 x,y x,y x,y …；点 x,y" });
    shape.value = room.shape ? room.shape.points.join(" ") : "";
    shape.addEventListener("change", function () {
      var read = typed(shape.value, room.shape && room.shape.kind);
      if (read === undefined) { say("坐标写成 x,y，用空格分开，例如：40,40 200,160", true); return; }
      step(); find(room.key).shape = read; say(""); show();
    });
    box.append(field(room, "shape", "坐标（图宽 " + data.width + "，高 " + data.height + "；不用鼠标时填这里）", shape, true));
    if (data.mayChange) box.append(deeds(room));
    return box;
  }
  function typed(text, kind) {
    if (!text.trim()) return null;
    var points = text.trim().split(/\s+/).map(function (pair) { return pair.split(/[,，]/).map(Number); });
    if (points.some(function (p) { return p.length !== 2 || !p.every(Number.isFinite); })) return undefined;
    points = points.map(function (p) { return [within(p[0], data.width), within(p[1], data.height)]; });
    if (points.length === 1) return { kind: "point", points: points };
    if (points.length === 2) return { kind: "rect", points: points };
    return { kind: "polygon", points: points };
  }
  function deeds(room) {
    var box = el("div", { class: "pe-deeds" });
    if (room.shape) {
      var off = el("button", { type: "button", class: "button button-small button-secondary no" }, "从图上去掉");
      off.addEventListener("click", function () { step(); find(room.key).shape = null; say("已从图上去掉，房间还在"); show(); });
      box.append(off);
    }
    if (!room.ref) {
      var drop = el("button", { type: "button", class: "button button-small button-secondary no" }, "不要这个房间");
      drop.addEventListener("click", function () { step(); rooms = rooms.filter(function (r) { return r.key !== room.key; }); chosen = null; show(); });
      box.append(drop);
    }
    return box;
  }
  function choose(key) { chosen = key; lastStep = ""; show(); }

  /* --- drawing --- */
  function put(shape) {
    step();
    var room = chosen && find(chosen);
    if (!room || room.shape) {
      room = prepared({ ref: "", name: "", number: "", use: "clinic", way: "", hours: "", departments: [], main: [], shape: null });
      rooms.push(room);
    }
    room.shape = shape;
    tool = "select";
    chosen = room.key;
    show();
    say("画好了：请写名称、选科室，然后保存");
    var input = list.querySelector('[data-field="' + room.key + '.name"]');
    if (input) input.focus();
  }
  function sketch(shape) { draft.replaceChildren(); if (shape) draft.append(outline(shape, "pe-draft")); }
  function finish() {
    var points = open;
    open = [];
    sketch(null);
    points = points.filter(function (p, i) { return !i || p[0] !== points[i - 1][0] || p[1] !== points[i - 1][1]; });
    if (points.length < 3) { say("多边形至少要三个角", true); return; }
    put({ kind: "polygon", points: points.slice(0, 60) });
  }
  paper.addEventListener("pointerdown", function (e) {
    if (!data.mayChange || e.button) return;
    var p = at(e);
    if (tool === "point") { put({ kind: "point", points: [p] }); return; }
    if (tool === "polygon") { open.push(p); sketch({ kind: "polygon", points: open }); return; }
    paper.setPointerCapture(e.pointerId);
    if (tool === "rect") { drag = { what: "rect", from: p }; return; }
    var corner = e.target.dataset && e.target.dataset.corner;
    if (corner !== undefined) { drag = { what: "corner", key: chosen, index: +corner, before: JSON.stringify(rooms) }; return; }
    var key = e.target.dataset && e.target.dataset.key;
    if (!key) { choose(null); return; }
    if (key !== chosen) choose(key);
    drag = { what: "move", key: key, from: p, points: copy(find(key).shape.points), before: JSON.stringify(rooms) };
  });
  paper.addEventListener("pointermove", function (e) {
    var p = at(e);
    if (tool === "polygon" && open.length) sketch({ kind: "polygon", points: open.concat([p]) });
    if (!drag) return;
    if (drag.what === "rect") { sketch({ kind: "rect", points: [drag.from, p] }); return; }
    var shape = find(drag.key).shape;
    if (drag.what === "move") shape.points = moved(drag.points, p[0] - drag.from[0], p[1] - drag.from[1]);
    else shape.points[drag.index] = p;
    drag.done = true;
    showShapes();
  });
  function release(e) {
    if (!drag) return;
    var was = drag;
    drag = null;
    if (was.what === "rect") {
      sketch(null);
      var p = at(e);
      if (Math.abs(p[0] - was.from[0]) < 4 || Math.abs(p[1] - was.from[1]) < 4) { say("太小了：按住鼠标拖出一个矩形", true); return; }
      put({ kind: "rect", points: [[Math.min(p[0], was.from[0]), Math.min(p[1], was.from[1])], [Math.max(p[0], was.from[0]), Math.max(p[1], was.from[1])]] });
    } else if (was.done) { past.push(was.before); future = []; lastStep = ""; show(); }
  }
  paper.addEventListener("pointerup", release);
  paper.addEventListener("pointercancel", function () { drag = null; sketch(null); });
  paper.addEventListener("dblclick", function () { if (tool === "polygon" && open.length) finish(); });
  document.addEventListener("keydown", function (e) {
    var inField = e.target.matches && e.target.matches("input, select, textarea");
    if (e.key === "Escape") { open = []; drag = null; sketch(null); tool = "select"; showBar(); return; }
    if (e.key === "Enter" && tool === "polygon" && open.length && !inField) { e.preventDefault(); finish(); return; }
    if (inField) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z") { e.preventDefault(); if (e.shiftKey) travel(future, past); else travel(past, future); return; }
    var room = chosen && find(chosen), arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!room || !room.shape || !data.mayChange) return;
    if (arrows[e.key]) {
      e.preventDefault();
      step(room.key + "arrows");
      var by = data.width / (e.shiftKey ? 50 : 200);
      room.shape.points = moved(room.shape.points, arrows[e.key][0] * by, arrows[e.key][1] * by);
      showShapes(); showBar();
    } else if (e.key === "Delete") { step(); room.shape = null; show(); }
  });

  /* --- deeds --- */
  root.addEventListener("click", function (e) {
    var button = e.target.closest("button");
    if (!button) return;
    if (button.dataset.tool) { tool = button.dataset.tool; open = []; sketch(null); showBar(); }
    if (button.dataset.deed === "undo") travel(past, future);
    if (button.dataset.deed === "redo") travel(future, past);
    if (button.dataset.deed === "add") {
      step();
      var room = prepared({ ref: "", name: "", number: "", use: "clinic", way: "", hours: "", departments: [], main: [], shape: null });
      rooms.push(room);
      choose(room.key);
      list.querySelector('[data-field="' + room.key + '.name"]').focus();
    }
    if (button.dataset.deed === "save") save(button);
  });
  function save(button) {
    button.disabled = true;
    say("正在保存…");
    var sent = rooms.map(function (room) { var one = copy(room); delete one.key; return one; });
    fetch(data.saveUrl, {
      method: "POST",
      body: JSON.stringify({ version: data.version, rooms: sent }),
      headers: { "Content-Type": "application/json", "X-CSRFToken": root.querySelector("[name=csrfmiddlewaretoken]").value, "X-Requested-With": "XMLHttpRequest" }
    }).then(function (answer) {
      return answer.json().then(function (said) { return { ok: answer.ok, said: said }; });
    }).catch(function () { return { ok: false, said: { error: "没有保存：连不上服务器，或登录已过期。您画的内容还在，请稍后再按保存。" } }; })
      .then(function (result) {
        button.disabled = false;
        wrong = result.said.fields || {};
        if (result.ok) {
          var place = rooms.findIndex(function (room) { return room.key === chosen; });
          data.version = result.said.version;
          rooms = result.said.rooms.map(prepared);
          saved = JSON.stringify(rooms);
          past = []; future = []; lastStep = "";
          chosen = place >= 0 && rooms[place] ? rooms[place].key : null;
          say("已保存，患者现在就能看到");
        } else {
          say(result.said.error, true);
          var first = Object.keys(wrong)[0];
          if (first) chosen = rooms[parseInt(first, 10)].key;
        }
        show();
      });
  }
  show();
})();
