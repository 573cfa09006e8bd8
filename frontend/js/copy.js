// A button with data-copy="ID" copies that field's text and says so.
import { say } from "./toasts.js";
import { word } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  const known = field.value ?? field.textContent;
  const text = known.startsWith("/") ? new URL(known, location).href : known; // elsewhere only whole addresses lead here
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    field.select?.();
    return;
  }
  const label = button.querySelector("[data-copy-label]") ?? button;
  if (label.dataset.copied) return; // it says so already
  label.dataset.copied = label.textContent;
  label.textContent = word("Copied");
  setTimeout(() => {
    label.textContent = label.dataset.copied;
    delete label.dataset.copied;
  }, 2000);
});

// A plain click on a link with data-copies copies its address; elsewhere and without scripts the link leads there.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-copies]");
  if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const menu = link.closest("details.menu");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  try {
    await navigator.clipboard.writeText(link.href);
    say(word("The link is copied. It stays right when the place moves."), "good");
  } catch {
    location.assign(link.href);
  }
});
