// Choosing rows: boxes with Shift for ranges, Space on a row, Ctrl/⌘ A in the list, Esc for none. The bar itself shows by CSS.
import { word } from "./words.js";

const BOX = "input[name=node][form=selection]";
const boxes = () => [...document.querySelectorAll(BOX)];
const bar = () => document.getElementById("selection");
let last = null;

function tell() {
  const all = boxes();
  const count = all.filter((box) => box.checked).length;
  for (const box of all) box.closest("[data-node]")?.classList.toggle("chosen", box.checked);
  const told = bar()?.querySelector("[data-chosen]");
  if (told) told.textContent = word("%(count)s chosen", { count });
  const whole = document.querySelector("[data-choose-all]");
  if (whole) {
    whole.checked = count > 0 && count === all.length;
    whole.indeterminate = count > 0 && count < all.length;
  }
}

function choose(all, checked) {
  for (const box of all) box.checked = checked;
  last = null;
  tell();
}

function range(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (from < 0) return;
  for (const each of all.slice(from, to + 1)) each.checked = box.checked;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.(BOX);
  if (box) {
    if (event.shiftKey && last) range(box);
    last = box;
    tell();
  } else if (event.target.closest?.("[data-choose-all]")) {
    choose(boxes(), event.target.checked);
  } else if (event.target.closest?.("[data-choose-none]")) {
    choose(boxes(), false);
  }
});

document.addEventListener("keydown", (event) => {
  if (!bar() || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && boxes().some((box) => box.checked) && !document.querySelector("details.menu[open]")) {
    choose(boxes(), false);
    return;
  }
  const row = event.target.closest?.("[data-arrows] [data-node]");
  if (!row) return;
  if (event.key.toLowerCase() === "a" && !event.shiftKey && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    choose(boxes(), true);
  } else if (event.key === " " && event.target.matches("a[data-arrow]")) {
    event.preventDefault();
    row.querySelector(BOX)?.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: event.shiftKey }));
  }
});

// What the browser kept checked on going back, and rows that came later.
addEventListener("pageshow", tell);
document.addEventListener("content-added", tell);
