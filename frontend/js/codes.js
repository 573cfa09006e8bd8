// Each box of code gets a button that copies it.
import { word } from "./words.js";

for (const [number, box] of document.querySelectorAll(".prose .code").entries()) {
  const code = box.querySelector("code");
  code.id ||= `code-${number}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small code-copy";
  button.dataset.copy = code.id;
  button.setAttribute("aria-live", "polite");
  button.textContent = word("Copy");
  box.append(button);
}
