// One row of buttons; one stop of the Tab key, arrow keys within.
import { word } from "../words.js";
import { blocks, lists, marks, newTable, rule, styles, tableCommands } from "./commands.js";
import { button, element, keysText } from "./elements.js";
import { menuButton } from "./menu.js";

const ARIA_KEYS = { Mod: "Control" };

/** The toolbar of an editor; `more` are further buttons' commands (link, image, file). */
export function toolbar(editor, label, { link, image, file }) {
  const bar = element("div", { class: "editor-toolbar", role: "toolbar", "aria-label": word("Format %(field)s", { field: label }) });
  const toggles = [];
  const add = (command) => {
    const made = commandButton(command);
    if (command.isActive) toggles.push([made, command]);
    bar.append(made);
  };
  const line = () => bar.append(element("span", { class: "editor-line", "aria-hidden": "true" }));
  bar.append(menuButton(word("Style"), () => styles(editor), { iconName: "heading" }));
  marks(editor).forEach(add);
  add(link);
  line();
  lists(editor).forEach(add);
  line();
  [...blocks(editor), rule(editor), newTable(editor)].forEach(add);
  const tables = menuButton(word("Rows and columns"), () => tableCommands(editor), { iconName: "columns" });
  bar.append(tables);
  [image, file].forEach(add);
  line();
  add({ label: word("Undo"), icon: "undo", keys: "Mod-z", run: () => editor.chain().focus().undo().run() });
  add({ label: word("Redo"), icon: "redo", keys: "Mod-Shift-z", run: () => editor.chain().focus().redo().run() });
  editor.on("transaction", () => refresh(editor, toggles, tables));
  refresh(editor, toggles, tables);
  return roving(bar);
}

function commandButton({ label, icon, keys, run, isActive }) {
  const made = button(label, run, { iconName: icon, hideLabel: true, kind: "quiet" });
  if (keys) {
    made.title = `${label} (${keysText(keys)})`;
    made.setAttribute("aria-keyshortcuts", keys.split("-").map((key) => ARIA_KEYS[key] ?? key).join("+"));
  }
  if (isActive) made.setAttribute("aria-pressed", "false");
  // The caret stays where it is when a button is pressed.
  made.addEventListener("pointerdown", (event) => event.preventDefault());
  return made;
}

function refresh(editor, toggles, tables) {
  for (const [made, command] of toggles) made.setAttribute("aria-pressed", String(Boolean(command.isActive())));
  tables.hidden = !editor.isActive("table");
}

function roving(bar) {
  const all = () => [...bar.querySelectorAll("button:not([hidden])")];
  const stop = (chosen) => {
    for (const each of bar.querySelectorAll("button")) each.tabIndex = each === chosen ? 0 : -1;
  };
  stop(all()[0]);
  bar.addEventListener("focusin", (event) => event.target.matches("button") && stop(event.target));
  bar.addEventListener("keydown", (event) => {
    const buttons = all();
    const at = buttons.indexOf(document.activeElement);
    const forward = getComputedStyle(bar).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const to = { [forward]: at + 1, [backward]: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons.at(to % buttons.length).focus();
  });
  return bar;
}
