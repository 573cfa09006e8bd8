// The org chart as a tree: arrow keys, Home, End and first letters move, branches load when they are opened.
// Without scripts it is a nested list whose links open the chart at a person.
import { pageAt } from "./pages.js";
import { word } from "./words.js";

const tree = document.querySelector("ul.chart");
const isRightToLeft = document.documentElement.dir === "rtl";
let typed = "";
let typedAt = 0;
const loading = new WeakMap();

const personOf = (item) => item.querySelector(":scope > .chart-node > .chart-person, :scope > a[data-rest]");
const toggleOf = (item) => item.querySelector(":scope > .chart-node > .chart-toggle");
const listOf = (item) => item.querySelector(":scope > ul");
const isOpen = (item) => personOf(item).getAttribute("aria-expanded") === "true";
const shown = () => [...tree.querySelectorAll("[role=treeitem]")].filter((person) => person.checkVisibility());

function dress(list, level) {
  list.setAttribute("role", list === tree ? "tree" : "group");
  const items = [...list.children];
  items.forEach((item, place) => {
    const person = personOf(item);
    item.setAttribute("role", "none");
    person.setAttribute("role", "treeitem");
    person.tabIndex = -1;
    person.ariaLevel = level;
    person.ariaSetSize = items.length;
    person.ariaPosInSet = place + 1;
    dressBranch(item, person, level);
  });
}

function dressBranch(item, person, level) {
  const toggle = toggleOf(item);
  const inner = listOf(item);
  item.firstElementChild.setAttribute("role", "presentation");
  if (person === item.firstElementChild) person.setAttribute("role", "treeitem");
  if (!toggle) return;
  toggle.tabIndex = -1;
  toggle.setAttribute("aria-hidden", "true");
  person.ariaExpanded = String(Boolean(inner && !inner.hidden));
  if (!inner) return;
  inner.id ||= `${item.id}-reports`;
  person.setAttribute("aria-owns", inner.id);
  dress(inner, level + 1);
}

const rows = async (url) => [...(await pageAt(url)).querySelectorAll("body > ul > li")];

/** Loads the branch below a person once, however often it is opened meanwhile. */
function loaded(item) {
  if (!loading.has(item)) loading.set(item, load(item));
  return loading.get(item);
}

async function load(item) {
  const list = document.createElement("ul");
  list.append(...(await rows(toggleOf(item).dataset.branch)));
  item.append(list);
  dressBranch(item, personOf(item), Number(personOf(item).ariaLevel));
  const name = personOf(item).querySelector("strong").textContent;
  document.getElementById("chart-status").textContent = word("%(n)s people below %(name)s", { n: list.children.length, name });
}

async function setOpen(item, open) {
  const toggle = toggleOf(item);
  if (!toggle) return;
  try {
    if (open && !listOf(item)) await loaded(item);
  } catch {
    location.assign(toggle.href);
    return;
  }
  listOf(item).hidden = !open;
  personOf(item).ariaExpanded = String(open);
  toggle.dataset.open = String(open);
}

async function loadRest(item) {
  const link = personOf(item);
  const list = item.parentElement;
  const level = Number(link.ariaLevel);
  try {
    const more = await rows(link.dataset.rest);
    item.replaceWith(...more);
    dress(list, level);
    focus(personOf(more[0]));
  } catch {
    location.assign(link.href);
  }
}

function focus(person) {
  if (!person) return;
  for (const other of tree.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  person.tabIndex = 0;
  person.focus();
}

function find(letter, from) {
  if (Date.now() - typedAt > 700) typed = "";
  typedAt = Date.now();
  typed += letter.toLocaleLowerCase();
  const all = shown();
  const start = all.indexOf(from) + (typed.length === 1 ? 1 : 0);
  const order = [...all.slice(start), ...all.slice(0, start)];
  focus(order.find((person) => person.querySelector("strong")?.textContent.toLocaleLowerCase().startsWith(typed)));
}

const parentOf = (item) => item.parentElement.closest("li");

const KEYS = {
  ArrowDown: (item, all, place) => focus(all[place + 1]),
  ArrowUp: (item, all, place) => focus(all[place - 1]),
  Home: (item, all) => focus(all[0]),
  End: (item, all) => focus(all.at(-1)),
  [isRightToLeft ? "ArrowLeft" : "ArrowRight"]: (item) =>
    toggleOf(item) && !isOpen(item) ? setOpen(item, true) : listOf(item) && focus(personOf(listOf(item).firstElementChild)),
  [isRightToLeft ? "ArrowRight" : "ArrowLeft"]: (item) =>
    toggleOf(item) && isOpen(item) ? setOpen(item, false) : parentOf(item) && focus(personOf(parentOf(item))),
};

function press(event) {
  const person = event.target.closest("[role=treeitem]");
  if (!person || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = shown();
  if (KEYS[event.key]) KEYS[event.key](person.closest("li"), all, all.indexOf(person));
  else if (event.key.length === 1 && event.key.trim()) find(event.key, person);
  else return;
  event.preventDefault();
  event.stopPropagation(); // letters are no shortcuts here
}

function click(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const toggle = event.target.closest(".chart-toggle");
  const rest = event.target.closest("a[data-rest]");
  if (!toggle && !rest) return;
  event.preventDefault();
  const item = event.target.closest("li");
  if (rest) loadRest(item);
  else setOpen(item, toggle.dataset.open !== "true");
}

if (tree) {
  dress(tree, 1);
  const wanted = tree.querySelector("[aria-current]") ?? tree.querySelector("[role=treeitem]");
  if (wanted) wanted.tabIndex = 0;
  tree.querySelector("[aria-current]")?.scrollIntoView({ block: "center", inline: "center" });
  tree.addEventListener("keydown", press);
  tree.addEventListener("click", click);
  tree.addEventListener("focusin", (event) => {
    const person = event.target.closest("[role=treeitem]");
    if (!person) return;
    for (const other of tree.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    person.tabIndex = 0;
  });
}
