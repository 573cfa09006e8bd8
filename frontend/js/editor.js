// Fields of Markdown: an editor that shows the text as it will look, or the Markdown with its preview, as people choose.
import { button, element, useIcons } from "./editor/elements.js";
import { placesOf } from "./editor/places.js";
import { Preview } from "./editor/preview.js";
import { Visual } from "./editor/visual.js";
import { word } from "./words.js";

const REMEMBERED = "editor";
const MODES = { visual: () => word("Visual"), markdown: () => word("Markdown") };

const remembered = () => {
  try {
    return localStorage.getItem(REMEMBERED) === "markdown" ? "markdown" : "visual";
  } catch {
    return "visual";
  }
};

let blocks = null;

/** The site's blocks, asked for once. */
async function knownBlocks(address) {
  blocks ??= fetch(address, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : []), () => []);
  return blocks;
}

class Field {
  constructor(box) {
    this.box = box;
    this.textarea = box.querySelector("textarea");
    this.label = document.querySelector(`label[for="${this.textarea.id}"]`);
    this.places = placesOf(box);
    this.known = [];
    this.head = element("div", { class: "editor-head" });
    this.box.prepend(this.head);
    this.switches = Object.entries(MODES).map(([mode, name]) =>
      button(name(), () => this.choose(mode), { kind: "quiet small", attributes: { "data-mode": mode } }));
    this.head.append(element("div", { class: "editor-switch", role: "group", "aria-label": word("Way of writing") }, ...this.switches));
    this.isRequired = this.textarea.required;
    this.label.addEventListener("click", () => this.visual?.focus());
    for (const link of document.querySelectorAll(`a[href="#${this.textarea.id}"]`)) {
      link.addEventListener("click", () => this.visual?.focus());
    }
  }

  /** At once, so that nothing is typed into a field that is about to go. */
  start() {
    const isTyping = document.activeElement === this.textarea;
    this.show(remembered());
    if (isTyping) this.visual?.focus();
  }

  choose(mode) {
    if (mode === this.box.dataset.mode) return;
    try {
      localStorage.setItem(REMEMBERED, mode);
    } catch {
      // A browser that keeps nothing asks again next time.
    }
    this.show(mode);
    if (mode === "visual") this.visual.focus();
    else this.textarea.focus();
  }

  show(mode) {
    this.visual?.destroy();
    this.preview?.destroy();
    this.tabs?.remove();
    Object.assign(this, { visual: null, preview: null, tabs: null });
    this.box.dataset.mode = mode;
    this.textarea.hidden = mode === "visual";
    this.textarea.required = this.isRequired && mode === "markdown"; // a browser cannot point at what is hidden
    for (const each of this.switches) each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
    if (mode === "visual") {
      this.visual = new Visual(this.box, this.textarea, this.label, this.places, () => this.known);
      this.learnBlocks(this.visual);
      this.head.prepend(this.visual.bar);
    } else if (this.places.preview) {
      this.preview = new Preview(this.box, this.textarea, this.places.preview);
      this.head.prepend(this.previewTabs());
    }
  }

  async learnBlocks(visual) {
    this.known = await knownBlocks(this.places.blocks);
    if (this.visual === visual) visual.blocksAreKnown();
  }

  /** On a phone the preview takes the place of the text. */
  previewTabs() {
    const show = (shown) => {
      this.box.dataset.shown = shown;
      both.forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.shows === shown)));
    };
    const both = [["text", word("Write")], ["preview", word("Preview")]].map(([name, text]) =>
      button(text, () => show(name), { kind: "quiet small", attributes: { "data-shows": name } }));
    show("text");
    this.tabs = element("div", { class: "editor-tabs", role: "group", "aria-label": word("What is shown") }, ...both);
    return this.tabs;
  }
}

for (const box of document.querySelectorAll("[data-editor]")) {
  useIcons(box.dataset.icons);
  new Field(box).start();
}
