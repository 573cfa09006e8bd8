// The command palette: a dialog with a combobox over places and people, fetched as one types, and over what can be done
// here, which are the links and buttons that the page shows anyway. The button with data-opens-palette opens it.
import { fold, marked } from "./matching.js";
import { word } from "./words.js";

const PAUSE = 70;
// What this place offers comes first, then where else one can go, then one's own.
const ACTIONS = [
  ".actions a.button, .actions button.button, .actions .menu-item",
  ".sidebar a.nav-link:not(.tree *), [data-palette-actions] a",
  ".sidebar-foot .menu-item, .sidebar-foot [data-theme-choice]",
];
const MOST_ACTIONS = 6;

const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
const status = dialog?.querySelector("[role=status]");
let actions = [];
let found = [];
let asked = null;
let timer = 0;
let opensFirst = false;

function own(text) {
  return text.replace(/\s+/g, " ").trim();
}

// "New: Page", "Theme: Dark": an entry of a menu or group says which one, where that has a name to be seen.
function nameOf(element) {
  const label = own([...element.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join(""));
  const name = label || element.getAttribute("aria-label") || "";
  const menu = element.closest(".actions details.menu")?.querySelector("summary:not(.icon-only)");
  const group = menu ? own(menu.textContent) : element.closest("[role=group]")?.getAttribute("aria-label");
  return group ? `${group}: ${name}` : name;
}

function collected() {
  const seen = new Map();
  for (const element of ACTIONS.flatMap((each) => [...document.querySelectorAll(each)])) {
    const name = nameOf(element);
    if (!name || seen.has(name) || element.disabled) continue;
    const action = { name, element, icon: element.querySelector("svg.icon")?.cloneNode(true), keys: element.dataset.shortcut };
    seen.set(name, { ...action, href: element.href });
  }
  return [...seen.values()];
}

function matching(words) {
  const fits = (name) => words.every((each) => fold(name).text.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(each)));
  return actions.filter(({ name }) => fits(name)).slice(0, MOST_ACTIONS);
}

function picture({ photo, icon }) {
  if (photo) {
    const image = new Image();
    image.src = photo;
    image.alt = "";
    image.className = "avatar small";
    return image;
  }
  if (icon instanceof Node) return icon;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${dialog.dataset.icons}#${icon ?? "item"}`);
  svg.append(use);
  return svg;
}

function part(name, className, ...content) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...content);
  return element;
}

function option(entry, number, words) {
  const title = part("span", "palette-title", ...marked(entry.title, words));
  title.dir = "auto";
  const line = part("span", "palette-line", title);
  if (entry.summary) line.append(part("span", "palette-summary", entry.summary));
  const row = part("div", "palette-option", picture(entry), line);
  if (entry.keys) row.append(part("kbd", "", entry.keys));
  row.id = `palette-option-${number}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.entry = entry;
  return row;
}

function group(title, rows, number) {
  if (!rows.length) return [];
  const heading = part("div", "palette-heading", title);
  heading.id = `palette-group-${number}`;
  heading.setAttribute("role", "presentation");
  const box = part("div", "palette-group", heading, ...rows);
  box.setAttribute("role", "group");
  box.setAttribute("aria-labelledby", heading.id);
  return [box];
}

function draw() {
  const typed = input.value.trim();
  const words = fold(typed).text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const people = found.filter((each) => each.kind === "employee");
  const places = found.filter((each) => each.kind !== "employee");
  const doable = matching(words).map((each) => ({ ...each, title: each.name }));
  const search = { title: word("Search everything for “%(words)s”", { words: typed }), icon: "search" };
  search.href = `${dialog.dataset.search}?q=${encodeURIComponent(typed)}`;
  const isNamed = found.some((each) => marked(each.title, words).length > 1);
  let number = 0;
  const rows = (entries) => entries.map((each) => option(each, number++, words));
  const groups = [
    [typed ? word("Places") : word("Recent places"), places],
    [word("People"), people],
  ];
  // An action called so is meant sooner than a text in which the word stands.
  groups.splice(isNamed || !typed ? 2 : 0, 0, [word("Actions"), doable]);
  list.replaceChildren(
    ...groups.flatMap(([title, entries], place) => group(title, rows(entries), place)),
    ...(typed ? group(word("Search"), [option(search, number++, [])], 3) : []),
  );
  choose(list.querySelector("[role=option]"));
  status.textContent = word("%(count)s suggestions", { count: number });
}

function choose(row) {
  list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  row?.setAttribute("aria-selected", "true");
  if (row) input.setAttribute("aria-activedescendant", row.id);
  else input.removeAttribute("aria-activedescendant");
  row?.scrollIntoView({ block: "nearest" });
}

async function ask() {
  asked?.abort();
  const question = new AbortController();
  asked = question;
  try {
    const address = `${dialog.dataset.find}?limit=10&q=${encodeURIComponent(input.value)}`;
    const answer = await fetch(address, { signal: question.signal });
    found = answer.ok ? (await answer.json()).items.map((each) => ({ ...each, href: each.url })) : [];
  } catch (error) {
    if (error.name === "AbortError") return;
    found = [];
  }
  asked = null;
  draw();
  if (opensFirst) open(list.querySelector("[aria-selected=true]"));
}

function open(row, elsewhere = false) {
  const entry = row?.entry;
  if (!entry) return;
  dialog.close();
  if (entry.href && elsewhere) window.open(entry.href, "_blank", "noopener");
  else if (entry.element) entry.element.click();
  else location.assign(entry.href);
}

function show() {
  if (dialog.open) return;
  document.querySelector("[popover]:popover-open")?.hidePopover();
  actions = collected();
  opensFirst = false;
  input.value = "";
  found = [];
  draw();
  dialog.showModal();
  input.focus();
  ask();
}

function move(event) {
  const rows = [...list.querySelectorAll("[role=option]")];
  const now = rows.findIndex((row) => row.ariaSelected === "true");
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || !rows.length) return;
  event.preventDefault();
  choose(rows.at(to % rows.length));
}

if (dialog) {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-opens-palette]")) show();
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    opensFirst = false;
    asked?.abort();
    asked = new AbortController();
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key !== "Enter") return move(event);
    event.preventDefault();
    event.stopPropagation();
    // What is shown is of what was typed before: the answer that is on its way is meant.
    if (asked) opensFirst = true;
    else open(list.querySelector("[aria-selected=true]"), event.ctrlKey || event.metaKey);
  });
  list.addEventListener("click", (event) => {
    open(event.target.closest("[role=option]"), event.ctrlKey || event.metaKey);
  });
  list.addEventListener("mousemove", (event) => {
    const row = event.target.closest("[role=option]");
    if (row && row.ariaSelected !== "true") choose(row);
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
}
