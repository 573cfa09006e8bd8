// Shows what was uploaded in the page as it stands: new rows in a table of children, else the whole content anew.
import { pageAt } from "./pages.js";

let waiting = null;

/** Asks for the page once more, soon, and puts in what is new. */
export function refreshed() {
  waiting ??= new Promise((go) => { setTimeout(go, 150); }).then(async () => {
    waiting = null;
    put(await pageAt(location.href));
  }).catch(() => {}); // the panel says what was uploaded; it is in the next page
}

function put(page) {
  const [now, then] = [page.getElementById("children"), document.getElementById("children")];
  if (now && then) merge(now, then);
  else replace(page);
  document.dispatchEvent(new Event("content-added"));
}

const address = (row) => row.querySelector("a.title, a[href]")?.getAttribute("href");

function merge(now, then) {
  const known = new Map([...then.children].map((row) => [address(row), row]));
  let before = null;
  for (const row of [...now.children]) {
    const old = known.get(address(row));
    if (old) {
      before = old;
      continue;
    }
    row.classList.add("fresh");
    if (before) before.after(row);
    else then.prepend(row);
    before = row;
  }
}

function replace(page) {
  const [now, then] = [page.querySelector("main"), document.querySelector("main")];
  const isTyping = [...then.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue);
  if (isTyping) return;
  then.replaceChildren(...now.children);
  const zone = page.querySelector("form[data-uploads]");
  if (zone) document.querySelector("form[data-uploads]")?.replaceWith(zone);
}
