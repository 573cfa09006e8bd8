// Leaving a form marked data-unsaved with changes in it asks first, unless they are kept as a draft.
const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-unsaved]:not([data-draft])");
  if (form) changed.add(form);
});

document.addEventListener("submit", (event) => changed.delete(event.target));

addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});
