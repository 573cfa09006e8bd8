// A list beside the caret that follows what is typed after a sign: "/" at the start of a line, "@", "[[".
import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { word } from "../words.js";
import { element, icon, say } from "./elements.js";
import { place } from "./floating.js";

const PAUSE = 120;
const key = new PluginKey("suggesting");
let lists = 0;

/** `triggers` are {sign, pattern, label, items(query), empty(query), isWaiting()}. A pattern matches the text before the caret; its first
    group is the query that follows the sign. `items` gives a list of {group, label, description, icon, run(range)}, or a function that fetches one. */
export const suggesting = (triggers, parent) =>
  Extension.create({
    name: "suggesting",
    priority: 1000,
    addProseMirrorPlugins: () => {
      let list = null;
      return [
        new Plugin({
          key,
          view: (view) => (list = new Suggestions(view, triggers, parent)),
          props: { handleKeyDown: (_view, event) => list.keydown(event) },
        }),
      ];
    },
  });

class Suggestions {
  constructor(view, triggers, parent) {
    lists += 1;
    Object.assign(this, { view, triggers, parent, id: `editor-list-${lists}`, items: [], at: 0, found: null });
    this.panel = element("div", { class: "menu-panel editor-panel editor-suggestions", role: "listbox", id: this.id, tabindex: "0", hidden: true });
    this.panel.addEventListener("pointerdown", (event) => event.preventDefault());
    parent.append(this.panel);
    this.hide = () => this.close();
    this.again = () => this.found && (this.held || !this.panel.hidden) && this.ask(this.found);
    view.dom.addEventListener("blur", this.hide);
    view.dom.addEventListener("blocks-known", this.again);
  }

  update(view, before) {
    if (before && view.state.doc.eq(before.doc) && view.state.selection.eq(before.selection)) return;
    const found = view.hasFocus() ? this.find(view.state) : null;
    this.held &&= this.held.query === found?.query && found;
    if (!found) return this.close();
    if (this.dismissed === found.from) return undefined;
    const isSame = this.found?.query === found.query && this.found.from === found.from;
    this.found = found;
    return isSame ? this.put() : this.ask(found);
  }

  find(state) {
    const { $from, empty } = state.selection;
    if (!empty || !$from.parent.isTextblock || $from.parent.type.spec.code) return null;
    if ($from.marks().some((mark) => mark.type.name === "code")) return null;
    const text = $from.parent.textBetween(0, $from.parentOffset, null, "\ufffc");
    for (const trigger of this.triggers) {
      const match = trigger.pattern.exec(text);
      if (match) return { trigger, query: match[1], from: $from.pos - match[1].length - trigger.sign.length, to: $from.pos };
    }
    this.dismissed = null;
    return null;
  }

  async ask(found) {
    clearTimeout(this.timer);
    const answer = found.trigger.items(found.query);
    if (Array.isArray(answer)) return this.show(answer);
    const asked = found;
    await new Promise((done) => { this.timer = setTimeout(done, this.panel.hidden ? 0 : PAUSE); });
    const items = this.found === asked ? await answer() : null;
    return items && this.found === asked ? this.show(items) : undefined;
  }

  show(items) {
    this.items = items;
    this.at = 0;
    const { trigger, query } = this.found;
    if (this.held) return this.letGo();
    if (!items.length && !trigger.empty?.(query)) return this.close(true);
    this.panel.replaceChildren(...(items.length ? this.grouped() : [element("p", { class: "menu-note" }, trigger.empty(query))]));
    this.panel.setAttribute("aria-label", trigger.label);
    this.panel.role = items.length ? "listbox" : "note";
    this.panel.hidden = false;
    this.view.dom.setAttribute("aria-controls", this.id);
    say(word("%(count)s suggestions", { count: items.length }));
    this.put();
    return this.mark();
  }

  grouped() {
    const groups = new Map();
    this.items.forEach((item, index) => {
      const name = item.group ?? "";
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(this.option(item, index));
    });
    return [...groups].map(([name, options]) =>
      name
        ? element("div", { role: "group", "aria-label": name }, element("p", { class: "editor-group", "aria-hidden": "true" }, name), ...options)
        : element("div", { role: "presentation" }, ...options));
  }

  option(item, index) {
    const attributes = { class: "menu-item", role: "option", id: `${this.id}-${index}`, click: () => this.choose(index) };
    const words = element("span", { class: "editor-option" }, item.label);
    if (item.description) words.append(element("small", { class: "faint" }, item.description));
    return element("div", attributes, item.icon ? icon(item.icon) : null, words);
  }

  put() {
    if (!this.panel.hidden) place(this.panel, this.view.coordsAtPos(this.found.from));
  }

  mark() {
    this.items.forEach((_item, index) => {
      const option = this.panel.querySelector(`#${this.id}-${index}`);
      option.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) option.scrollIntoView({ block: "nearest" });
    });
    if (this.items.length) this.view.dom.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
    else this.view.dom.removeAttribute("aria-activedescendant");
  }

  /** Keeps Enter for something that is not known yet: the list is on its way, and what was typed may be in it. */
  holds(event) {
    const isOpen = this.found && this.dismissed !== this.found.from && !(this.items.length && !this.panel.hidden);
    if (event.key !== "Enter" || event.isComposing || !isOpen || !this.found.trigger.isWaiting?.()) return false;
    this.held = this.found;
    return true;
  }

  letGo() {
    this.held = null;
    if (this.items.length) return this.choose(0);
    this.close();
    return this.view.dom.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  }

  keydown(event) {
    if (this.holds(event)) return true;
    if (this.panel.hidden || event.isComposing) return false;
    if (event.key === "Escape") {
      this.dismissed = this.found.from;
      this.close(true);
      event.stopPropagation();
      return true;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!this.items.length || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (step) this.at = (this.at + step + this.items.length) % this.items.length;
    else if (event.key === "Enter" || event.key === "Tab") this.choose(this.at);
    else return false;
    if (step) this.mark();
    return true;
  }

  choose(index) {
    const { from, to } = this.found;
    const item = this.items[index];
    this.close();
    item.run({ from, to });
  }

  close(keepFound = false) {
    clearTimeout(this.timer);
    if (!keepFound) this.found = null;
    if (this.panel.hidden) return;
    this.panel.hidden = true;
    this.view.dom.removeAttribute("aria-controls");
    this.view.dom.removeAttribute("aria-activedescendant");
  }

  destroy() {
    this.close();
    this.view.dom.removeEventListener("blur", this.hide);
    this.view.dom.removeEventListener("blocks-known", this.again);
    this.panel.remove();
  }
}
