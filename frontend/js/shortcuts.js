// Keys named in data-shortcut ("e", "g h", "/") click or focus their element; ? shows them all.
const PAUSE = 1000;
let pending = "";
let pendingSince = 0;

const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]";

// A dialog that has just closed keeps the focus in its field until the next frame; nobody types there any more.
const isTyping = (target) => target.closest?.(FIELDS)?.checkVisibility();

// With Caps Lock on, the letter of Ctrl S is a capital one.
const isLetter = (event, letter) => !event.shiftKey && event.key.toLowerCase() === letter;

function find(keys) {
  return [...document.querySelectorAll("[data-shortcut]")].find((element) => element.dataset.shortcut === keys);
}

function act(element) {
  const menu = element.closest("details.menu:not([open])");
  if (element.matches("input")) {
    const drawer = element.closest("[popover]");
    if (drawer && !element.checkVisibility()) drawer.showPopover();
    element.focus();
    element.select();
  } else if (menu && element.matches("summary")) {
    menu.open = true;
    menu.querySelector(".menu-item")?.focus();
  } else {
    element.click();
  }
}

// What the page itself offers is put into its group: what leads elsewhere from the sidebar, the rest as "here".
function help() {
  const dialog = document.getElementById("shortcuts");
  if (!dialog || dialog.open) return;
  for (const old of dialog.querySelectorAll("[data-found]")) old.remove();
  const known = new Map();
  for (const element of document.querySelectorAll("[data-shortcut]")) {
    const label = element.dataset.shortcutLabel ?? element.querySelector("span")?.textContent ?? element.textContent;
    const group = element.closest(".sidebar, dialog, .bar-search") || element.dataset.shortcut === "/" ? "everywhere" : "here";
    if (!known.has(element.dataset.shortcut)) known.set(element.dataset.shortcut, [label.trim(), group]);
  }
  for (const [keys, [label, group]] of known) {
    const term = document.createElement("dt");
    const key = document.createElement("kbd");
    const what = document.createElement("dd");
    key.textContent = keys;
    term.append(key);
    what.textContent = label;
    term.dataset.found = what.dataset.found = "";
    dialog.querySelector(`[data-shortcut-group=${group}] dl`)?.append(term, what);
  }
  for (const section of dialog.querySelectorAll("[data-shortcut-group]")) section.hidden = !section.querySelector("dt");
  dialog.showModal();
  dialog.scrollTop = 0; // its button, which has the focus, stands at the end
}

function saves(event) {
  const form = event.target.closest?.("form") ?? document.querySelector("form[data-unsaved]");
  const save = isLetter(event, "s") && form?.matches("[data-unsaved]");
  const post = event.key === "Enter" && form?.method === "post";
  if (!save && !post) return false;
  form.requestSubmit();
  return true;
}

// The button itself says what is undone; while typing, the keys undo what was typed.
function undo() {
  const button = document.querySelector(".toasts button[data-undo]");
  button?.click();
  return Boolean(button);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey) {
    const search = isLetter(event, "k") && find("/");
    if (search) act(search);
    const undone = !search && isLetter(event, "z") && !isTyping(event.target) && undo();
    if (search || undone || saves(event)) event.preventDefault();
    return;
  }
  if (event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") return help();
  const now = Date.now();
  const keys = pending && now - pendingSince < PAUSE ? `${pending} ${event.key}` : event.key;
  const element = find(keys) ?? find(event.key);
  pending = element ? "" : event.key;
  pendingSince = now;
  if (!element) return;
  event.preventDefault();
  act(element);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-shows-shortcuts]")) help();
});
