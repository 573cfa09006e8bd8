// A form marked data-preview shows what it would do in a dialog, with a button that does it. Without scripts its address
// is a page that says the same.
import { pageAt } from "./pages.js";

let dialog;
let latest = 0;

function box() {
  if (dialog) return dialog;
  dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "sharing-preview-title");
  dialog.setAttribute("closedby", "any");
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-closes]")) return;
    event.preventDefault();
    dialog.close();
  });
  document.body.append(dialog);
  return dialog;
}

async function show(form, submitter) {
  const number = ++latest;
  const address = new URL(form.action);
  address.search = new URLSearchParams(new FormData(form, submitter));
  const page = address.href;
  address.searchParams.set("part", "dialog");
  try {
    const part = await pageAt(address);
    if (number !== latest) return; // pressed again
    const shown = box();
    shown.replaceChildren(...part.body.childNodes);
    shown.addEventListener("close", () => form.querySelector("[data-previews]") && form.reset(), { once: true });
    shown.showModal();
    (shown.querySelector("button.primary") ?? shown.querySelector("[data-closes]")).focus();
  } catch {
    location.assign(page); // it says what is wrong, or asks to sign in
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-preview]");
  if (!form) return;
  event.preventDefault();
  show(form, event.submitter);
});

// A choice that is previewed at once: its button says what it does.
document.addEventListener("change", (event) => {
  const choice = event.target.closest?.("[data-previews]");
  if (choice) choice.form.requestSubmit(choice.form.querySelector(`button[value="${choice.dataset.previews}"]`));
});
