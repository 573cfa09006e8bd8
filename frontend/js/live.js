// A search form marked data-live="ID" answers as one types: the element of that id and the parts marked data-live-part are
// taken from the page that the form leads to. The address follows; going back shows what was there.
const PAUSE = 180;
const form = document.querySelector("form[data-live]");
let timer;
let running;
let typing = false;

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

function replace(page) {
  const open = [...form.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
  const place = focused();
  for (const part of [...document.querySelectorAll("[data-live-part]"), document.getElementById(form.dataset.live)]) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  }
  for (const menu of form.querySelectorAll("details")) {
    if (open.includes(menu.querySelector("summary").textContent)) menu.open = true;
  }
  if (place && !document.activeElement?.matches(place)) form.querySelector(place)?.focus({ preventScroll: true });
}

async function show(url) {
  running?.abort();
  running = new AbortController();
  try {
    const answer = await fetch(url, { signal: running.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
    document.dispatchEvent(new Event("content-added"));
    return true;
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
    return false;
  }
}

async function search(isTyped) {
  const url = address();
  if (url.href === location.href) return;
  if (!(await show(url))) return;
  if (isTyped && typing) history.replaceState(history.state, "", url);
  else history.pushState(null, "", url);
  typing = isTyped;
}

if (form) {
  document.documentElement.classList.add("live");
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    const isTyped = event.target.type === "search";
    timer = setTimeout(() => search(isTyped), isTyped ? PAUSE : 0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search(false);
  });
  addEventListener("popstate", () => location.reload());
}
