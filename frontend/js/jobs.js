// The page of a job shows how far it is: its changing part is asked for again until the job has ended, every other second
// or, once the live service says when there is more to show, then and now and again. While it runs, always every other
// second: a database that lets only one write at a time keeps the job's news back until there is a pause.
const OFTEN = 2000;
let every = OFTEN;
let timer;

async function refresh(state) {
  let next = state;
  try {
    const answer = await fetch(state.dataset.jobState, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      next = page.getElementById("job-state");
      if (next.outerHTML === state.outerHTML) next = state;
      else keepFocus(state, next);
    }
  } catch {
    // offline: the next round tries again
  }
  follow(next);
}

// Puts the new part in place of the old; whoever stood on a button stands on the one of the same name.
function keepFocus(state, next) {
  const label = state.contains(document.activeElement) ? document.activeElement.textContent : null;
  state.replaceWith(next);
  if (label === null) return;
  const same = [...next.querySelectorAll("a, button")].find((each) => each.textContent === label);
  (same ?? next.querySelector("a, button"))?.focus();
}

function follow(state) {
  clearTimeout(timer);
  if (state?.dataset.jobState) timer = setTimeout(refresh, state.querySelector("progress") ? OFTEN : every, state);
}

follow(document.getElementById("job-state"));
document.addEventListener("job-changed", () => {
  every = 10000;
  const state = document.getElementById("job-state");
  if (!state?.dataset.jobState) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, 200, state);
});
