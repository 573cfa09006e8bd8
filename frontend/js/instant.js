// A search form marked data-instant="ID" answers as one types or chooses: the element of that id, and the parts marked
// data-instant-part, are taken from the page that the form leads to; or, with data-instant-from="URL", what stands in the
// element is that address's answer. The address follows, going back shows what was there, and the words marked data-says
// are read out.
import { pageAt } from "./pages.js";

const PAUSE = 150;
const form = document.querySelector("form[data-instant]");
const status = document.createElement("p");
let timer;
let running;
let wasTyped = false;

function address() {
  const url = new URL(form.action);
  const unchosen = [...form.querySelectorAll("fieldset[data-unchosen]")].filter((choice) =>
    [...choice.querySelectorAll("input")].every((box) => box.checked === box.defaultChecked));
  for (const [name, value] of new FormData(form)) {
    const isLeft = unchosen.some((choice) => choice.querySelector(`[name="${CSS.escape(name)}"]`));
    if (value && !isLeft) url.searchParams.append(name, value);
  }
  return url;
}

function focused() {
  const { name, value, type, id } = document.activeElement ?? {};
  if (type === "checkbox") return `input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`;
  return id ? `#${CSS.escape(id)}` : null;
}

const shown = () => document.getElementById(form.dataset.instant);
const folded = () => [...form.querySelectorAll("details"), ...shown().querySelectorAll("details")];
const summaryOf = (each) => each.querySelector("summary").textContent;

// What was open stays open, and what has the focus keeps it.
function replace(page) {
  const isOpen = new Map(folded().map((each) => [summaryOf(each), each.open]));
  const place = focused();
  if (form.dataset.instantFrom) {
    shown().replaceChildren(...page.body.childNodes);
  } else {
    for (const part of [...document.querySelectorAll("[data-instant-part]"), shown()]) {
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
  }
  for (const each of folded()) each.open = isOpen.get(summaryOf(each)) ?? each.open;
  if (place && !document.activeElement?.matches(place)) form.querySelector(place)?.focus({ preventScroll: true });
  const says = shown().querySelector("[data-says], .empty > p") ?? form.querySelector("[data-says]");
  status.textContent = says?.textContent ?? "";
}

async function show(url) {
  running?.abort();
  const question = new AbortController();
  running = question;
  try {
    const from = form.dataset.instantFrom ? new URL(form.dataset.instantFrom + url.search, url) : url;
    const page = await pageAt(from, { signal: question.signal });
    if (question.signal.aborted) return false;
    replace(page);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
    return false;
  }
}

// Shows what the form finds at an address. While one types the address is replaced, so that going back skips the letters.
export async function visit(url, { isTyped = false } = {}) {
  if (url.href === location.href) running?.abort(); // what is asked for is shown; what was asked before must not come
  if (url.href === location.href || !(await show(url))) return;
  if (isTyped && wasTyped) history.replaceState(history.state, "", url);
  else history.pushState(null, "", url);
  wasTyped = isTyped;
  document.dispatchEvent(new Event("content-added"));
  form.dispatchEvent(new CustomEvent("answered", { detail: { isTyped } }));
}

if (form) {
  status.className = "unseen";
  status.setAttribute("role", "status");
  form.after(status);
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    const isTyped = event.target.type === "search";
    timer = setTimeout(() => visit(address(), { isTyped }), isTyped ? PAUSE : 0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    visit(address());
  });
  addEventListener("popstate", () => location.reload());
}
