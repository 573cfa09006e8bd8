// Files that are pasted, dropped or chosen: a card in the text shows how far each got, then the image or link takes its place.
import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { UploadRefused, upload } from "../uploads.js";
import { word } from "../words.js";
import { button, element, icon, say } from "./elements.js";
import { permalink } from "./finding.js";

const key = new PluginKey("files");
const SHOWN = /^image\/(?:png|jpeg|gif|webp|avif)$/;

export const files = (uploads) =>
  Extension.create({
    name: "files",
    priority: 900,
    addProseMirrorPlugins() {
      uploads.editor = this.editor;
      return [
        new Plugin({
          key,
          state: {
            init: () => DecorationSet.empty,
            apply: (transaction, set) => changedSet(transaction, set.map(transaction.mapping, transaction.doc)),
          },
          props: {
            decorations: (state) => key.getState(state),
            handlePaste: (view, event) => uploads.take(event.clipboardData, view.state.selection.from, event),
            handleDrop: (view, event) =>
              uploads.take(event.dataTransfer, view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos, event),
          },
        }),
      ];
    },
  });

function changedSet(transaction, set) {
  const { add, remove } = transaction.getMeta(key) ?? {};
  if (add) return set.add(transaction.doc, [Decoration.widget(add.at, add.card, { id: add.id, ignoreSelection: true })]);
  return remove ? set.remove(set.find(null, null, (each) => each.id === remove)) : set;
}

export class Uploads {
  constructor(places) {
    Object.assign(this, { places, editor: null, count: 0 });
  }

  /** Takes the files of a paste or drop, if these are what it is about; says whether it did. */
  take(data, at, event) {
    const given = [...(data?.files ?? [])];
    const isText = [...(data?.types ?? [])].some((type) => type === "text/html" || type === "text/plain");
    if (!given.length || (event.type === "paste" && isText) || !this.places.place) return false;
    event.preventDefault();
    given.forEach((file) => this.add(file, at ?? this.editor.state.selection.from));
    return true;
  }

  /** Lets people choose files; `accept` as of an input. */
  choose(accept = "") {
    const input = element("input", { type: "file", multiple: true, accept });
    input.addEventListener("change", () => [...input.files].forEach((file) => this.add(file, this.editor.state.selection.from)));
    input.click();
  }

  add(file, at) {
    this.count += 1;
    const id = `upload-${this.count}`;
    const bar = element("progress", { max: "1", value: "0", "aria-label": word("Uploading %(name)s", { name: file.name }) });
    const label = element("span", { class: "truncate" }, word("Uploading %(name)s", { name: file.name }));
    const card = element("span", { class: "editor-upload", contenteditable: "false" }, icon("upload"), label, bar);
    const sending = new AbortController();
    card.append(button(word("Cancel"), () => sending.abort(), { iconName: "close", hideLabel: true, kind: "quiet small" }));
    this.dispatch({ add: { at, id, card } });
    const onProgress = (sent, size) => { bar.value = size ? sent / size : 1; };
    upload(file, { place: this.places.place, onProgress, signal: sending.signal }).then(
      (made) => this.insert(id, made),
      (problem) => (sending.signal.aborted ? this.dispatch({ remove: id }) : this.fail(id, card, whyNot(file, problem))),
    );
  }

  dispatch(meta) {
    if (!this.editor.isDestroyed) this.editor.view.dispatch(this.editor.state.tr.setMeta(key, meta).setMeta("addToHistory", false));
  }

  insert(id, item) {
    if (this.editor.isDestroyed) return;
    const [place] = key.getState(this.editor.state).find(null, null, (each) => each.id === id);
    this.dispatch({ remove: id });
    if (!place) return;
    this.editor.chain().insertContentAt(place.from, nodesFor(item), { updateSelection: false }).run();
    say(word("Uploaded %(name)s", { name: item.title }));
  }

  fail(id, card, message) {
    const dismiss = button(word("Dismiss"), () => this.dispatch({ remove: id }), { iconName: "close", hideLabel: true, kind: "quiet small" });
    card.classList.add("bad");
    card.replaceChildren(icon("bad"), element("span", {}, message), dismiss);
    say(message);
  }
}

/** What people are told of a file that was not taken. */
function whyNot(file, problem) {
  if (problem instanceof UploadRefused) return problem.message;
  return word("“%(name)s” could not be uploaded. Try again, or with a smaller file.", { name: file.name });
}

/** What stands for a file in the text: images as such, anything else as a link. */
function nodesFor(item) {
  const href = permalink(item.id);
  if (SHOWN.test(item.media_type)) return [{ type: "image", attrs: { src: href, alt: item.title.replace(/\.\w+$/, "") } }];
  return [{ type: "text", text: item.title, marks: [{ type: "link", attrs: { href } }] }, { type: "text", text: " " }];
}
