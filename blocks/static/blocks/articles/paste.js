/* The field for pasted articles. What is pasted goes to the server, comes back clean and only then stands on the
   surface; pictures follow one after another. The hidden field always holds what the surface shows. */
(function () {
  "use strict";
  if (window.customElements.get("portal-paste")) return;
  var AT_ONCE = 3;

  function token() {
    var field = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (field) return field.value;
    var config = document.querySelector("#wagtail-config");
    return config ? JSON.parse(config.textContent).CSRF_TOKEN : "";
  }

  function post(url, fields) {
    var body = new FormData();
    Object.keys(fields).forEach(function (name) { body.append(name, fields[name]); });
    return fetch(url, { method: "POST", body: body, headers: { "X-CSRFToken": token() } }).then(function (answer) {
      return answer.json().then(function (told) { return { ok: answer.ok, told: told }; });
    });
  }

  window.customElements.define("portal-paste", class extends HTMLElement {
    connectedCallback() {
      if (this.surface) return;
      this.surface = this.querySelector(".portal-paste-surface");
      this.field = this.querySelector("textarea");
      this.status = this.querySelector(".portal-paste-status");
      this.problems = this.querySelector(".portal-paste-problems");
      this.retry = this.querySelector("[data-retry]");
      this.empty = this.querySelector("[data-empty]");
      this.followField();
      this.surface.addEventListener("paste", (event) => this.onPaste(event));
      this.surface.addEventListener("drop", (event) => event.preventDefault());
      this.surface.addEventListener("input", () => this.store());
      this.retry.addEventListener("click", () => this.bringPictures());
      this.empty.addEventListener("click", () => { this.surface.innerHTML = ""; this.tell([]); this.store(); this.surface.focus(); });
      this.show(this.field.value);
    }

    /* The editor sets the field's value by script (opening, undo, duplicating): the surface follows. */
    followField() {
      var own = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
      var element = this;
      Object.defineProperty(this.field, "value", {
        configurable: true,
        get: function () { return own.get.call(this); },
        set: function (value) { own.set.call(this, value); if (!element.storing) element.show(value || ""); },
      });
    }

    /* Only ever called with text that the server has cleaned. */
    fill(target, html) {
      var template = document.createElement("template");
      template.innerHTML = html;
      template.content.querySelectorAll("img[data-ph-image]").forEach((image) => {
        image.src = this.dataset.picture.replace("/0/", "/" + image.dataset.phImage + "/");
      });
      target.appendChild(template.content);
    }

    show(html) {
      this.surface.innerHTML = "";
      this.fill(this.surface, html.trim());
      this.tools();
    }

    store() {
      var copy = this.surface.cloneNode(true);
      copy.querySelectorAll("img").forEach(function (image) { image.removeAttribute("src"); });
      var html = copy.innerHTML;
      this.storing = true;
      this.field.value = html === "<br>" ? "" : html;
      this.storing = false;
      this.field.dispatchEvent(new Event("input", { bubbles: true }));
      this.field.dispatchEvent(new Event("change", { bubbles: true }));
      this.tools();
    }

    tools() {
      this.retry.hidden = !this.surface.querySelector("img[data-ph-source]");
      this.empty.hidden = !this.surface.firstChild;
    }

    say(words) {
      this.status.textContent = words;
      this.status.hidden = !words;
    }

    tell(sentences) {
      this.problems.textContent = "";
      sentences.forEach((sentence) => {
        var item = document.createElement("li");
        item.textContent = sentence;
        this.problems.appendChild(item);
      });
      this.problems.hidden = !sentences.length;
    }

    onPaste(event) {
      var board = event.clipboardData;
      var html = board.getData("text/html");
      var picture = Array.prototype.find.call(board.files || [], function (file) { return /^image\//.test(file.type); });
      event.preventDefault();
      if (!html && picture) { this.bringFile(picture); return; }
      if (!html) {
        html = board.getData("text/plain").split(/\n+/).map(function (line) {
          var p = document.createElement("p");
          p.textContent = line;
          return p.outerHTML;
        }).join("");
      }
      if (html) this.paste(html);
    }

    paste(html) {
      this.tell([]);
      this.say("正在整理…");
      this.surface.setAttribute("aria-busy", "true");
      return post(this.dataset.paste, { html: new Blob([html], { type: "text/html" }) }).then((answer) => {
        if (!answer.ok) { this.tell([answer.told.error || "没有整理成功，请再粘贴一次。"]); this.say(""); return null; }
        this.insert(answer.told.html);
        this.store();
        this.tell(answer.told.problems);
        return this.bringPictures(answer.told.problems);
      }).catch(() => {
        this.tell(["没有整理成功：网络断开，或者登录已过期。内容还在剪贴板里，请再粘贴一次。"]);
        this.say("");
      }).finally(() => this.surface.removeAttribute("aria-busy"));
    }

    insert(html) {
      var selection = window.getSelection();
      var range = selection.rangeCount ? selection.getRangeAt(0) : null;
      if (!range || !this.surface.contains(range.commonAncestorContainer)) { this.fill(this.surface, html); return; }
      range.deleteContents();
      /* Beside the outermost part the caret is in: layouts must not nest by accident. */
      var node = range.startContainer;
      while (node.parentNode && node !== this.surface && node.parentNode !== this.surface) node = node.parentNode;
      var box = document.createElement("div");
      this.fill(box, html);
      var before = node === this.surface ? null : node.nextSibling;
      while (box.firstChild) this.surface.insertBefore(box.firstChild, before);
      this.surface.querySelectorAll(":scope > br:first-child, :scope > p:empty, :scope > p > br:only-child").forEach(function (rest) { rest.remove(); });
    }

    bringFile(file) {
      this.say("正在上传图片…");
      post(this.dataset.fetch, { file: file }).then((answer) => {
        this.say("");
        if (!answer.ok) { this.tell([answer.told.problem]); return; }
        this.insert('<p><img alt="" data-ph-image="' + Number(answer.told.image) + '"></p>');
        this.store();
      }).catch(() => { this.say(""); this.tell(["图片没有上传成功，请再试一次。"]); });
    }

    bringPictures(already) {
      var waiting = Array.from(this.surface.querySelectorAll("img[data-ph-source]"));
      var sources = Array.from(new Set(waiting.map(function (image) { return image.dataset.phSource; })));
      var total = sources.length, done = 0, failed = {}, lost = 0;
      if (!total) { this.say(waiting.length ? "" : "已整理好。"); return Promise.resolve(); }
      this.say("正在搬图片 0 / " + total + "…");
      this.retry.hidden = true;
      var next = () => {
        var source = sources.shift();
        if (!source) return Promise.resolve();
        return post(this.dataset.fetch, { source: source }).catch(function () {
          return { ok: false, told: { problem: "网络断开。", where: "" } };
        }).then((answer) => {
          done += 1;
          this.say("正在搬图片 " + done + " / " + total + "…");
          if (answer.ok) {
            this.surface.querySelectorAll("img[data-ph-source]").forEach((image) => {
              if (image.dataset.phSource !== source) return;
              delete image.dataset.phSource;
              image.dataset.phImage = answer.told.image;
              image.src = this.dataset.picture.replace("/0/", "/" + Number(answer.told.image) + "/");
            });
          } else {
            lost += 1;
            var why = (answer.told.where ? answer.told.where + "：" : "") + answer.told.problem;
            failed[why] = (failed[why] || 0) + 1;
          }
          return next();
        });
      };
      return Promise.all(Array.from({ length: AT_ONCE }, next)).then(() => {
        this.store();
        this.say(lost ? "搬过来 " + (total - lost) + " 张图片，有 " + lost + " 张没有搬过来，位置留着。" : "已整理好，" + total + " 张图片都搬过来了。");
        this.tell((already || []).concat(Object.keys(failed).map(function (why) { return why + (failed[why] > 1 ? "（" + failed[why] + " 张）" : ""); })));
      });
    }
  });
})();
