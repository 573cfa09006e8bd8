// The editor over a textarea, which stays the form's field and is kept in step.
import { Editor } from "@tiptap/core";
import { Placeholder } from "@tiptap/extensions";
import { Selection } from "@tiptap/pm/state";
import { word } from "../words.js";
import { views } from "./cards.js";
import { element } from "./elements.js";
import { Uploads, files } from "./files.js";
import { askForImage, askForLink } from "./linking.js";
import { pasting } from "./pasting.js";
import { extensions } from "./schema.js";
import { triggers } from "./slash.js";
import { Source } from "./source.js";
import { suggesting } from "./suggesting.js";
import { toolbar } from "./toolbar.js";

let editors = 0;

/** Pixels at the edges of the window where the bar, the toolbar and the form's buttons may cover the text. */
const COVERED = { top: 128, bottom: 104, left: 8, right: 8 };

export class Visual {
  /** Shows the textarea's text in an editor; `places` are addresses, `known` gives the site's blocks. */
  constructor(box, textarea, label, places, known) {
    Object.assign(this, { box, textarea, label, places, known });
    this.uploads = new Uploads(places);
    this.paper = element("div", { class: "editor-paper" });
    this.help = element("p", { class: "unseen", id: `editor-help-${(editors += 1)}` }, HELP());
    box.append(this.paper, this.help);
    this.commands = this.ownCommands();
    this.editor = this.makeEditor();
    this.load();
    this.bar = toolbar(this.editor, label.textContent.trim(), this.commands);
    this.onInput = () => this.textarea.value !== this.written && this.load();
    textarea.addEventListener("input", this.onInput);
  }

  ownCommands() {
    return {
      link: { label: word("Link"), icon: "link", keys: "Mod-k", isActive: () => this.editor?.isActive("link"), run: () => askForLink(this.editor, this.places) },
      image: { label: word("Image"), icon: "image-add", isActive: () => this.editor?.isActive("image"), run: () => this.image() },
      file: { label: word("File"), icon: "attach", run: () => this.uploads.choose() },
    };
  }

  image() {
    if (this.editor.isActive("image")) askForImage(this.editor);
    else this.uploads.choose("image/*");
  }

  makeEditor() {
    const own = triggers(() => this.editor, this.places, this.commands, this.known, () => !this.areKnown);
    return new Editor({
      element: this.paper,
      injectCSS: false,
      extensions: [
        suggesting(own, this.box),
        files(this.uploads),
        pasting,
        ...extensions(views(this.known, this.places, () => askForImage(this.editor))),
        Placeholder.configure({ placeholder: word("Write, or press / to put something in") }),
      ],
      editorProps: {
        attributes: this.attributes(),
        handleDOMEvents: { keydown: (_view, event) => this.leaves(event) },
        handleKeyDown: (_view, event) => this.keydown(event),
        scrollMargin: COVERED,
        scrollThreshold: COVERED,
      },
      onUpdate: () => this.save(),
    });
  }

  attributes() {
    const described = [this.textarea.getAttribute("aria-describedby"), this.help.id].filter(Boolean).join(" ");
    this.label.id ||= `${this.textarea.id}-label`;
    return {
      class: "prose", role: "textbox", dir: "auto", "aria-multiline": "true", "aria-labelledby": this.label.id, "aria-describedby": described,
      ...(this.textarea.getAttribute("aria-invalid") && { "aria-invalid": "true" }),
    };
  }

  /** Reads the textarea anew. */
  load() {
    this.written = this.textarea.value;
    this.source = new Source(this.written, this.editor.schema);
    const { state, view } = this.editor;
    const all = state.tr.replaceWith(0, state.doc.content.size, this.source.doc.content);
    view.dispatch(all.setMeta("addToHistory", false).setMeta("preventUpdate", true));
  }

  save() {
    const text = this.source.write(this.editor.state.doc);
    if (text === this.written) return;
    this.written = text;
    this.textarea.value = text;
    this.textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** After Escape the Tab key leaves, whatever it means where the caret stands. */
  leaves(event) {
    const leaves = event.key === "Tab" && this.mayLeave;
    if (!["Shift", "Tab"].includes(event.key)) this.mayLeave = event.key === "Escape";
    if (leaves) this.mayLeave = false;
    return leaves;
  }

  /** Ctrl K for a link; to the beginning and the end, where browsers stop at the next card. */
  keydown(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return false;
    const run = { k: () => this.commands.link.run(), home: () => this.go("atStart"), end: () => this.go("atEnd") };
    const chosen = run[event.key.toLowerCase()];
    chosen?.();
    return Boolean(chosen);
  }

  go(where) {
    const { state, view } = this.editor;
    view.dispatch(state.tr.setSelection(Selection[where](state.doc)).scrollIntoView());
  }

  /** Names the cards of the site's blocks, and offers them in a list that is open. */
  blocksAreKnown() {
    this.areKnown = true;
    this.editor.view.dom.dispatchEvent(new CustomEvent("blocks-known"));
  }

  focus() {
    this.editor.commands.focus();
  }

  destroy() {
    this.textarea.removeEventListener("input", this.onInput);
    this.editor.destroy();
    for (const each of [this.bar, this.paper, this.help]) each.remove();
  }
}

const HELP = () => word("Press / at the start of a line to put something in, @ for people, [[ for places. Escape, then Tab leaves the text.");
