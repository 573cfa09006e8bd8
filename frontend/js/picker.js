// A field marked data-picks-place="KINDS" suggests places as one types, and shows the tree to choose from. What it shows
// stays until something is chosen: a button below that moved while it is pressed would not be pressed.
import { word } from "./words.js";

const WAIT = 120;
let timer = 0;
let latest = 0;

const options = (input) => [...panelOf(input).querySelectorAll("[role=option]")];
const panelOf = (input) => document.getElementById(`${input.id}-places`);

function furnish(input) {
  if (panelOf(input)) return;
  const panel = document.createElement("div");
  panel.id = `${input.id}-places`;
  panel.className = "place-panel";
  panel.hidden = true;
  input.removeAttribute("list");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", panel.id);
  input.setAttribute("aria-autocomplete", "list");
  input.after(panel);
}

function close(input) {
  clearTimeout(timer);
  latest += 1; // what is still to be answered opens it no more
  const panel = panelOf(input);
  if (!panel) return;
  panel.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(input, path) {
  input.value = path;
  close(input);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function open(input, content) {
  const panel = panelOf(input);
  panel.replaceChildren(...content);
  panel.hidden = !content.length;
  input.setAttribute("aria-expanded", String(!panel.hidden));
}

function option(input, item, number) {
  const line = document.createElement("div");
  line.setAttribute("role", "option");
  line.id = `${input.id}-place-${number}`;
  line.dataset.path = item.path;
  const title = document.createElement("span");
  const where = document.createElement("span");
  title.textContent = item.title;
  title.dir = "auto";
  where.textContent = item.path;
  where.className = "faint small";
  line.append(title, where);
  return line;
}

async function suggest(input) {
  const number = ++latest;
  const query = input.value.trim();
  if (!query || query.startsWith("/")) {
    browse(input);
    return;
  }
  const address = new URL(document.body.dataset.find, location.href);
  address.searchParams.set("q", query);
  address.searchParams.set("kinds", input.dataset.picksPlace);
  const answer = await fetch(address);
  if (number !== latest || !answer.ok) return;
  const list = document.createElement("div");
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", word("Places"));
  list.append(...(await answer.json()).items.map((item, index) => option(input, item, index)));
  open(input, list.children.length ? [list] : []);
}

// The sidebar's tree once more: its branches open in the same way, its links choose.
function browse(input) {
  const tree = document.querySelector(".sidebar .tree")?.cloneNode(true);
  if (!tree) return;
  tree.removeAttribute("data-remembers");
  tree.setAttribute("aria-label", word("Places"));
  tree.removeAttribute("aria-labelledby");
  for (const each of tree.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
  open(input, [tree]);
}

function step(input, by) {
  const all = options(input);
  const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const next = all[(at + by + all.length) % all.length];
  for (const each of all) each.setAttribute("aria-selected", String(each === next));
  if (next) input.setAttribute("aria-activedescendant", next.id);
  next?.scrollIntoView({ block: "nearest" });
}

const inputOf = (event) => event.target.closest?.("input[data-picks-place]");

function begin(input) {
  if (!input || panelOf(input)) return;
  furnish(input);
  browse(input);
}

document.addEventListener("focusin", (event) => begin(inputOf(event)));
begin(document.activeElement?.closest("input[data-picks-place]"));

document.addEventListener("input", (event) => {
  const input = inputOf(event);
  if (!input) return;
  clearTimeout(timer);
  timer = setTimeout(() => suggest(input).catch(() => {}), WAIT); // what is typed can be sent all the same
});

document.addEventListener("keydown", (event) => {
  const input = inputOf(event);
  const inPanel = event.target.closest?.(".place-panel");
  const field = input ?? inPanel?.previousElementSibling;
  if (!field || field.getAttribute("aria-expanded") !== "true") return;
  const chosen = options(field).find((each) => each.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") {
    event.preventDefault();
    close(field);
    field.focus();
  } else if (input && event.key in { ArrowDown: 1, ArrowUp: 1 }) {
    event.preventDefault();
    if (options(input).length) step(input, event.key === "ArrowDown" ? 1 : -1);
    else panelOf(input).querySelector("a[data-arrow]")?.focus();
  } else if (input && event.key === "Enter" && chosen) {
    event.preventDefault();
    choose(input, chosen.dataset.path);
  }
});

// Before anything else hears of it: in the panel a link leads nowhere.
document.addEventListener("click", (event) => {
  const panel = event.target.closest?.(".place-panel");
  const line = panel && event.target.closest("[data-path]");
  if (!line) return;
  event.preventDefault();
  const input = panel.previousElementSibling;
  choose(input, line.dataset.path);
  input.focus();
  close(input);
}, true);
