// The page of a job shows how far it is: its changing part is asked for again until the job has ended, every other second
// or, once the live service says when there is more to show, then and now and again. While it runs, always every other
// second: a database that lets only one write at a time keeps the job's news back until there is a pause.
import { pageAt } from "./pages.js";

const OFTEN = 2000;
let every = OFTEN;
let timer;
let latest = 0;

const shown = () => document.getElementById("job-state");

async function refresh(address) {
  const number = ++latest;
  try {
    const page = await pageAt(address, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (number !== latest) return; // asked again meanwhile: that answer is newer
    const [state, next] = [shown(), page.getElementById("job-state")];
    if (next.outerHTML !== state.outerHTML) keepFocus(state, next);
  } catch {
    // offline: the next round tries again
  }
  if (number === latest) follow();
}

// Puts the new part in place of the old; whoever stood on a button stands on the one of the same name.
function keepFocus(state, next) {
  const label = state.contains(document.activeElement) ? document.activeElement.textContent : null;
  state.replaceWith(next);
  if (label === null) return;
  const same = [...next.querySelectorAll("a, button")].find((each) => each.textContent === label);
  (same ?? next.querySelector("a, button"))?.focus();
}

function follow(pause) {
  clearTimeout(timer);
  const state = shown();
  if (!state?.dataset.jobState) return;
  timer = setTimeout(refresh, pause ?? (state.querySelector("progress") ? OFTEN : every), state.dataset.jobState);
}

follow();
document.addEventListener("job-changed", () => {
  every = 10000;
  follow(200);
});
