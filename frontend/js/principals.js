// An input marked data-principals offers people and groups as one types: "many" keeps those chosen as chips with hidden
// inputs of the same name, "person" offers people only and writes the one chosen into the input. Without scripts it is a
// text field with suggestions.
import { word } from "./words.js";

const PAUSE = 120;
let count = 0;

class Principals {
  constructor(input) {
    this.input = input;
    this.many = input.dataset.principals === "many";
    this.also = JSON.parse(input.dataset.principalsAlso ?? "[]");
    this.items = [];
    this.active = -1;
    this.build(++count);
    input.addEventListener("input", () => this.ask());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
  }

  build(number) {
    const { input } = this;
    input.removeAttribute("list");
    this.list = Object.assign(document.createElement("ul"), { id: `principals-${number}`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", word("People and groups"));
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the input keeps the focus
      const option = event.target.closest("[role=option]");
      if (option) this.choose([...this.list.children].indexOf(option));
    });
    this.status = Object.assign(document.createElement("p"), { className: "unseen" });
    this.status.setAttribute("role", "status");
    this.chosen = Object.assign(document.createElement("div"), { className: "chosen", hidden: true });
    this.chosen.addEventListener("click", (event) => this.drop(event));
    const box = Object.assign(document.createElement("div"), { className: "principals" });
    input.replaceWith(box);
    box.append(this.chosen, input, this.list, this.status);
    const roles = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.find(), PAUSE);
  }

  async find() {
    const typed = this.input.value.trim();
    this.asked?.abort();
    if (!typed) return this.close();
    this.asked = new AbortController();
    try {
      const address = `${this.input.dataset.principalsFrom}?q=${encodeURIComponent(typed)}`;
      const answer = await fetch(address, { signal: this.asked.signal });
      const found = answer.ok ? (await answer.json()).items : [];
      const also = this.also.filter((each) => each.title.toLowerCase().includes(typed.toLowerCase()));
      this.show(this.many ? [...also, ...found] : found.filter((each) => each.kind === "user"));
    } catch (problem) {
      if (problem.name !== "AbortError") this.close(); // what is typed can still be sent
    }
  }

  show(items) {
    if (document.activeElement !== this.input) return;
    this.items = items;
    this.list.replaceChildren(...items.map((item, index) => this.option(item, index)));
    this.list.hidden = !items.length;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    this.status.textContent = items.length ? word("%(count)s found", { count: items.length }) : word("Nobody found");
    this.point(items.length ? 0 : -1);
  }

  option(item, index) {
    const option = Object.assign(document.createElement("li"), { id: `${this.list.id}-${index}` });
    option.setAttribute("role", "option");
    const title = Object.assign(document.createElement("span"), { textContent: item.title, dir: "auto" });
    const summary = Object.assign(document.createElement("span"), { textContent: item.summary ?? "", className: "faint" });
    option.append(title, summary);
    return option;
  }

  point(index) {
    this.active = index;
    for (const [number, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(number === index));
    }
    if (index < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Backspace" && !this.input.value && this.many) {
      this.chosen.lastElementChild?.remove();
      return this.tell();
    }
    if (this.list.hidden) return;
    if (step) this.point((this.active + step + this.items.length) % this.items.length);
    else if (event.key === "Enter" && this.active >= 0) this.choose(this.active);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(index) {
    const item = this.items[index];
    if (!this.many) this.input.value = `${item.title} (${item.principal.slice("user:".length)})`;
    else {
      this.input.value = "";
      this.keep(item);
    }
    this.status.textContent = word("%(name)s chosen", { name: item.title });
    this.close();
  }

  keep(item) {
    if ([...this.chosen.querySelectorAll("input")].some((each) => each.value === item.principal)) return;
    const chip = Object.assign(document.createElement("span"), { className: "chip" });
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: this.input.name, value: item.principal });
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", word("Take %(name)s out", { name: item.title }));
    chip.append(Object.assign(document.createElement("bdi"), { textContent: item.title }), remove, hidden);
    this.chosen.append(chip);
    this.tell();
  }

  drop(event) {
    const remove = event.target.closest("button");
    if (!remove) return;
    remove.closest(".chip").remove();
    this.tell();
    this.input.focus();
  }

  tell() {
    const any = this.chosen.childElementCount > 0;
    this.chosen.hidden = !any;
    this.input.required = !any;
  }

  close() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.point(-1);
  }
}

for (const input of document.querySelectorAll("input[data-principals]")) new Principals(input);
