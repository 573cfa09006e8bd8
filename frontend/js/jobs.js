// The page of a job shows how far it is: its changing part is asked for again until the job has ended, whenever the live
// service says that there is more to show, and every other second where there is no such service.
const EVERY = document.body.dataset.liveUrl ? 10000 : 2000;
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
  if (state?.dataset.jobState) timer = setTimeout(refresh, EVERY, state);
}

follow(document.getElementById("job-state"));
document.addEventListener("job-changed", () => {
  const state = document.getElementById("job-state");
  if (!state?.dataset.jobState) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, 200, state);
});
