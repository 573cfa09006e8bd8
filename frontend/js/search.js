// The search page answers as one types: the part below the form is fetched anew, and the address keeps step.
// What was searched for lately is remembered in this browser alone.
import { word } from "./words.js";

const PAUSE = 150;
const SETTLED = 1500;
const KEPT = 8;
const STORED = "recent-searches";
const form = document.getElementById("search-form");
const found = document.getElementById("search-found");
const status = document.getElementById("search-status");
let asked = null;
let timer = 0;
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

function asForm() {
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) given.set(name, value);
  return given.toString();
}

async function show(query) {
  asked?.abort();
  const question = new AbortController();
  asked = question;
  try {
    const answer = await fetch(`${form.dataset.instant}?${query}`, { signal: question.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (question.signal.aborted) return;
    const open = new Map([...found.querySelectorAll("details")].map((each) => [each.querySelector("summary").textContent, each.open]));
    found.replaceChildren(...page.body.childNodes);
    for (const each of found.querySelectorAll("details")) {
      each.open = open.get(each.querySelector("summary").textContent) ?? each.open;
    }
  } catch (error) {
    if (error.name !== "AbortError") location.assign(`${form.getAttribute("action")}?${query}`);
    return;
  }
  status.textContent = found.querySelector(".found").textContent;
  document.dispatchEvent(new Event("content-added"));
  showRecent();
}

function go(query, { replaces = false } = {}) {
  const address = query ? `${form.getAttribute("action")}?${query}` : form.getAttribute("action");
  if (replaces) history.replaceState({ search: true }, "", address);
  else history.pushState({ search: true }, "", address);
  return show(query);
}

if (form) {
  form.addEventListener("input", (event) => {
    if (event.target.name !== "q") return;
    clearTimeout(timer);
    clearTimeout(settling);
    const begins = !history.state?.search;
    timer = setTimeout(() => go(asForm(), { replaces: !begins }), PAUSE);
    settling = setTimeout(remember, SETTLED);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    go(asForm()).then(remember);
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
    go(address.searchParams.toString()).then(() => {
      if (!document.activeElement || document.activeElement === document.body) form.elements.q.focus();
    });
  });
  addEventListener("popstate", () => {
    const given = new URLSearchParams(location.search);
    form.elements.q.value = given.get("q") ?? "";
    show(given.toString());
  });
  remember();
  showRecent();
}
