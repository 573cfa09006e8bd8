// A button with data-copy="ID" copies that field's text and says so.
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
