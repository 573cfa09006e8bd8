// A form that was sent is not sent again, as it is, while its answer is awaited: pressed twice, something would be made twice,
// or clash with itself. Whoever presses again later means it, as where the answer was a file to keep.
const PATIENCE = 5000;
let sent = new WeakMap();

const contents = (form, submitter) => `${submitter?.formAction} ${new URLSearchParams(new FormData(form, submitter))}`;

// On the window: what other scripts do with a form themselves is no concern of this.
addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || (submitter?.formMethod || form.getAttribute("method")) !== "post") return;
  const before = sent.get(form);
  const now = { at: Date.now(), what: contents(form, submitter) };
  if (before?.what === now.what && now.at - before.at < PATIENCE) event.preventDefault();
  else sent.set(form, now);
});

addEventListener("pageshow", () => { sent = new WeakMap(); });
