/* Fields that appear when they matter (blocks/conditions.py): hides and shows, never changes what was typed. */
(function () {
  "use strict";
  var IDENTIFIER = "portal-conditions";

  /* The block a field belongs to: the field around it. */
  function owner(element) { return element.parentElement && element.parentElement.closest("[data-contentpath]"); }

  function ownField(block, name) {
    var home = block.closest("[data-contentpath]");
    return Array.prototype.find.call(block.querySelectorAll('[data-contentpath="' + name + '"]'), function (field) { return owner(field) === home; });
  }

  function enclosingField(block, name) {
    for (var around = block.parentElement; around; around = around.parentElement) {
      var found = Array.prototype.find.call(around.querySelectorAll('[data-contentpath="' + name + '"]'), function (field) {
        var home = owner(field);
        return !block.contains(field) && home && home.contains(block);
      });
      if (found) return found;
    }
    return null;
  }

  /* In forms without blocks the label stands beside the field, in a wrapper of the two. */
  function whole(field) {
    var wrapper = field.parentElement;
    var isAlone = wrapper.classList.contains("w-field__wrapper") && wrapper.querySelectorAll(":scope > [data-contentpath]").length === 1;
    return isAlone ? wrapper : field;
  }

  function valueOf(field) {
    var radio = field.querySelector("input[type=radio]");
    if (radio) { radio = field.querySelector("input[type=radio]:checked"); return radio ? radio.value : ""; }
    var box = field.querySelector("input[type=checkbox]");
    if (box) return box.checked ? "True" : "";
    var input = field.querySelector("select, textarea, input");
    return input ? input.value : "";
  }

  function register() {
    class Conditions extends window.StimulusModule.Controller {
      static values = { rules: Object };
      connect() {
        this.update = this.update.bind(this);
        this.element.addEventListener("change", this.update);
        this.around = Object.values(this.rulesValue).filter(function (rule) { return rule.enclosing; })
          .map(function (rule) { return enclosingField(this.element, rule.field); }, this).filter(Boolean);
        this.around.forEach(function (field) { field.addEventListener("change", this.update); }, this);
        this.update();
      }
      disconnect() {
        this.element.removeEventListener("change", this.update);
        (this.around || []).forEach(function (field) { field.removeEventListener("change", this.update); }, this);
      }
      shown(name, seen) {
        var rule = this.rulesValue[name];
        if (!rule || seen.indexOf(name) >= 0) return true;
        var field = rule.enclosing ? enclosingField(this.element, rule.field) : ownField(this.element, rule.field);
        if (!field) return true;
        if (!rule.enclosing && !this.shown(rule.field, seen.concat(name))) return false;
        var value = valueOf(field);
        return rule.values.length ? rule.values.indexOf(value) >= 0 : Boolean(value);
      }
      update() {
        Object.keys(this.rulesValue).forEach(function (name) {
          var field = ownField(this.element, name);
          if (field) whole(field).hidden = !this.shown(name, []);
        }, this);
      }
    }
    window.wagtail.app.register(IDENTIFIER, Conditions);
  }

  if (window.wagtail && window.wagtail.app && window.StimulusModule) register();
  else document.addEventListener("DOMContentLoaded", register);
})();
