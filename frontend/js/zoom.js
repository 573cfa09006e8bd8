// An image that leads to its full size is shown in a dialog instead; without this script it is a plain link.
import { word } from "./words.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.zoom");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const shown = link.querySelector("img");
  const dialog = document.createElement("dialog");
  dialog.className = "zoomed";
  dialog.setAttribute("aria-label", shown.alt || word("Image"));
  const image = document.createElement("img");
  image.src = link.href;
  image.alt = shown.alt;
  for (const name of ["width", "height"]) {
    if (shown.hasAttribute(name)) image.setAttribute(name, shown.getAttribute(name));
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button small";
  close.textContent = word("Close");
  dialog.append(image, close);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
});
