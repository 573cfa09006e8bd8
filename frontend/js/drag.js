// Dragging places: onto a place moves into it, between two orders by hand. The server decides; the same can be done by
// "Move" and "Order by hand" without a pointer. Files from the desktop are no concern of this.
import { openDialog } from "./dialogs.js";
import { say } from "./toasts.js";
import { toggle } from "./tree.js";

const OPENS_AFTER = 700;
const EDGE = 0.28;
const SOURCES = "tbody[data-drags] tr[data-node], .tree li[data-drags]";
let dragged = [];
let over = null;
let opening = 0;

const lineOf = (place) => (place.matches("li") ? place.querySelector(":scope > .tree-row") : place);
const parentOf = (place) => (place.matches("li") ? place.dataset.parent : place.closest("[data-ordered]")?.dataset.ordered);
const canBeBeside = (place) => (place.matches("li") ? Boolean(place.dataset.parent) : Boolean(place.closest("[data-ordered]")));

function sources(place) {
  const row = place.matches("tr") && place.querySelector("input[name=node]:checked");
  if (!row) return [place];
  return [...place.closest("tbody").querySelectorAll("tr[data-node]:has(input[name=node]:checked)")];
}

function clear() {
  clearTimeout(opening);
  over?.line.classList.remove("drop-into", "drop-before", "drop-after");
  over = null;
}

// Where the pointer is: into a place, or before or after it among what stands beside it.
function spot(event) {
  const place = event.target.closest?.("tbody tr[data-node], .tree li[data-node]");
  if (!place || dragged.some((each) => each.contains(place))) return null;
  const line = lineOf(place);
  const box = line.getBoundingClientRect();
  const height = (event.clientY - box.top) / box.height;
  const edge = place.hasAttribute("data-holds") ? EDGE : 0.5;
  if (canBeBeside(place) && height < edge) return { place, line, how: "before" };
  if (canBeBeside(place) && height > 1 - edge && !place.nextElementSibling?.matches(".tree-more")) {
    return { place, line, how: "after" };
  }
  return place.hasAttribute("data-holds") ? { place, line, how: "into" } : null;
}

function asForm({ place, how }) {
  const form = new FormData();
  form.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
  for (const each of dragged) {
    form.append("node", each.dataset.node);
    if (each.dataset.version) form.set(`version-${each.dataset.node}`, each.dataset.version);
  }
  form.set("to", how === "into" ? place.dataset.node : parentOf(place));
  if (how !== "into") {
    form.set("placed", "yes");
    const next = how === "before" ? place : place.nextElementSibling;
    if (next?.dataset.node) form.set("before", next.dataset.node);
  }
  form.set("back", document.body.dataset.path + location.search);
  form.set("script", "yes");
  return form;
}

async function send(target) {
  const answer = await fetch(document.body.dataset.drop, { method: "POST", body: asForm(target) });
  const told = await answer.json();
  if (told.go) location.assign(told.go);
  else if (told.ask) openDialog(new DOMParser().parseFromString(told.ask, "text/html"), "form");
  else say(told.message);
}

document.addEventListener("dragstart", (event) => {
  const place = event.target.closest?.(SOURCES);
  if (!place || !document.body.dataset.drop) return;
  dragged = sources(place);
  event.dataTransfer.effectAllowed = "move";
  for (const each of dragged) lineOf(each).classList.add("dragged");
});

document.addEventListener("dragover", (event) => {
  if (!dragged.length) return;
  const found = spot(event);
  if (found?.place !== over?.place || found?.how !== over?.how) {
    clear();
    over = found;
    found?.line.classList.add(`drop-${found.how}`);
    const closed = found?.how === "into" && found.line.querySelector('.tree-toggle[aria-expanded="false"]');
    if (closed) opening = setTimeout(toggle, OPENS_AFTER, closed);
  }
  if (!found) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
});

document.addEventListener("drop", (event) => {
  if (!dragged.length || !over) return;
  event.preventDefault();
  send(over).catch(() => location.reload());
});

document.addEventListener("dragend", () => {
  clear();
  for (const each of dragged) lineOf(each).classList.remove("dragged");
  dragged = [];
});
