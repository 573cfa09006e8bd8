// The dialogs for a link and for an image.
import { word } from "../words.js";
import { element, field, icon } from "./elements.js";
import { find, permalink } from "./finding.js";

const PAUSE = 150;
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:|\/|#|\.\.?\/|www\.)/i;
const MAIL = /^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/;
let dialogs = 0;

/** Shows a dialog with fields; resolves with the name of the button pressed, null when it was left. */
function ask(title, children, buttons) {
  dialogs += 1;
  const id = `editor-dialog-${dialogs}`;
  const form = element("form", { method: "dialog", class: "stack" }, ...children);
  form.append(element("div", { class: "dialog-buttons" }, ...buttons));
  const dialog = element("dialog", { "aria-labelledby": id, closedby: "any" }, element("h2", { id }, title), form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(dialog.returnValue || null);
    });
  });
}

const save = (label) => element("button", { class: "button primary", value: "save" }, label);

// No submitting buttons: the Enter key saves.
const choice = (label, value) =>
  element("button", { type: "button", class: "button", click: (event) => event.target.closest("dialog").close(value) }, label);

/** Asks where the selected words, or new ones, shall lead. */
export async function askForLink(editor, places) {
  if (editor.isActive("link")) editor.commands.extendMarkRange("link");
  const { from, to } = editor.state.selection;
  const attrs = editor.getAttributes("link");
  const text = field(word("Words"), { value: editor.state.doc.textBetween(from, to, " ") });
  const target = searchField(places, attrs.href ?? "", text.input);
  const buttons = [choice(word("Cancel"), ""), save(word("Save link"))];
  if (attrs.href) buttons.unshift(choice(word("Remove link"), "remove"));
  const done = ask(attrs.href ? word("Change the link") : word("Put in a link"), [target, text], buttons);
  target.input.focus();
  const answer = await done;
  if (answer === "remove") editor.chain().focus().unsetLink().run();
  else if (answer === "save" && target.input.value.trim()) saveLink(editor, { from, to }, text.input.value, addressOf(target.input.value));
  else editor.commands.focus();
}

function addressOf(typed) {
  const value = typed.trim();
  if (MAIL.test(value)) return `mailto:${value}`;
  return value.startsWith("www.") ? `https://${value}` : value;
}

function saveLink(editor, range, words, href) {
  const text = words.trim() || href;
  const link = { href, form: "bare" };
  if (text === editor.state.doc.textBetween(range.from, range.to, " ")) {
    editor.chain().focus().setTextSelection(range).setMark("link", link).setTextSelection(range.to).unsetMark("link").run();
  } else {
    const node = { type: "text", text, marks: [{ type: "link", attrs: link }] };
    editor.chain().focus().insertContentAt(range, node).unsetMark("link").run();
  }
}

/** A field for an address that also searches places; a chosen place gives its title where there are no words yet. */
function searchField(places, value, words) {
  const list = element("div", { class: "editor-found", role: "listbox", id: "editor-found", "aria-label": word("Places"), hidden: true });
  const attributes = { value, role: "combobox", "aria-expanded": "false", "aria-controls": "editor-found", "aria-autocomplete": "list", required: true };
  const made = field(word("Address, or part of a title"), attributes);
  const state = { items: [], at: -1, timer: 0 };
  made.append(list);
  const choose = (item) => {
    made.input.value = permalink(item.id);
    if (!words.value) words.value = item.title;
    show([]);
    words.focus();
  };
  const show = (items) => {
    Object.assign(state, { items, at: -1 });
    list.hidden = !items.length;
    made.input.setAttribute("aria-expanded", String(items.length > 0));
    made.input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...items.map((item, index) => foundOption(item, index, () => choose(item))));
  };
  made.input.addEventListener("input", () => {
    clearTimeout(state.timer);
    const typed = made.input.value.trim();
    if (typed.length < 2 || ADDRESS.test(typed)) return show([]);
    state.timer = setTimeout(async () => {
      const items = await find(places.find, typed);
      if (made.input.value.trim() === typed) show(items);
    }, PAUSE);
    return undefined;
  });
  made.input.addEventListener("keydown", (event) => moveIn(event, state, made.input, list, choose));
  return made;
}

function foundOption(item, index, choose) {
  const words = element("span", { class: "editor-option" }, item.title, element("small", { class: "faint" }, item.path));
  const attributes = { class: "menu-item", role: "option", id: `editor-found-${index}`, "aria-selected": "false", click: choose };
  return element("div", attributes, item.icon ? icon(item.icon) : null, words);
}

function moveIn(event, state, input, list, choose) {
  if (list.hidden) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) state.at = (state.at + step + state.items.length) % state.items.length;
  else if (event.key === "Enter" && state.at >= 0) choose(state.items[state.at]);
  else return;
  event.preventDefault();
  [...list.children].forEach((option, index) => {
    option.setAttribute("aria-selected", String(index === state.at));
    if (index === state.at) input.setAttribute("aria-activedescendant", option.id);
  });
}

/** Asks for the description and caption of the selected image. */
export async function askForImage(editor) {
  const attrs = editor.getAttributes("image");
  const alt = field(word("Description"), { value: attrs.alt ?? "" }, word("Says what is to be seen, to those who cannot see it."));
  const title = field(word("Caption"), { value: attrs.title ?? "" }, word("Stands below the image."));
  const buttons = [choice(word("Cancel"), ""), save(word("Save image"))];
  buttons.unshift(choice(word("Remove image"), "remove"));
  const done = ask(word("Image"), [alt, title], buttons);
  alt.input.focus();
  const answer = await done;
  if (answer === "remove") editor.chain().focus().deleteSelection().run();
  else if (answer === "save") {
    const given = { alt: alt.input.value.trim(), title: title.input.value.trim() || null };
    editor.chain().focus().updateAttributes("image", given).run();
  } else editor.commands.focus();
}

