// The search page: what is in the answer leads on without loading the page anew, and what was searched for lately is
// remembered in this browser alone. That it answers as one types is done by instant.js.
import { visit } from "./instant.js";
import { word } from "./words.js";

const SETTLED = 1500;
const KEPT = 8;
const STORED = "recent-searches";
const form = document.getElementById("search-form");
let settling = 0;

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string").slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

function store(words) {
  try {
    if (words.length) localStorage.setItem(STORED, JSON.stringify(words.slice(0, KEPT)));
    else localStorage.removeItem(STORED);
  } catch {
    // A browser that keeps nothing finds as well.
  }
}

function remember() {
  const words = form.elements.q.value.trim();
  if (words && document.getElementById("results")) store([words, ...stored().filter((each) => each !== words)]);
}

function line(words) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const button = document.createElement("button");
  link.href = `${form.getAttribute("action")}?q=${encodeURIComponent(words)}`;
  link.textContent = words;
  link.dir = "auto";
  button.type = "button";
  button.className = "button quiet small";
  button.dataset.forgetSearch = words;
  button.textContent = word("Forget");
  button.setAttribute("aria-label", word("Forget “%(words)s”", { words }));
  item.append(link, button);
  return item;
}

function showRecent() {
  const section = document.getElementById("recent-searches");
  if (!section) return;
  section.querySelector("ul").replaceChildren(...stored().map(line));
  section.hidden = !stored().length;
}

if (form) {
  const found = document.getElementById(form.dataset.instant);
  form.addEventListener("input", () => {
    clearTimeout(settling);
    settling = setTimeout(remember, SETTLED);
  });
  form.addEventListener("answered", ({ detail }) => {
    showRecent();
    if (!detail.isTyped) remember();
  });
  found.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const forgotten = event.target.closest("[data-forget-search]")?.dataset.forgetSearch;
    if (forgotten !== undefined) store(stored().filter((each) => each !== forgotten));
    if (event.target.closest("[data-forget-searches]")) store([]);
    showRecent();
    if (event.target.closest("#results a")) remember();
    const link = event.target.closest("a[href]");
    const address = link && new URL(link.href);
    if (!address || link.dataset.more || link.hash || address.pathname !== new URL(form.action).pathname) return;
    event.preventDefault();
    form.elements.q.value = address.searchParams.get("q") ?? "";
    visit(address).then(() => {
      if (!document.activeElement || document.activeElement === document.body) form.elements.q.focus();
    });
  });
  remember();
  showRecent();
}
