// Choices between two edits show at once in the result below them, until somebody writes in the result.
import { word } from "./words.js";

const CHOICES = {
  theirs: (block) => block.dataset.theirs,
  mine: (block) => block.dataset.mine,
  both: (block) => block.dataset.theirs + block.dataset.mine,
};

function composed(section) {
  const blocks = [...section.querySelectorAll("[data-plain], [data-theirs]")];
  const texts = blocks.map((block) => {
    if ("plain" in block.dataset) return block.dataset.plain;
    return CHOICES[block.querySelector("input:checked")?.value ?? "both"](block);
  });
  return texts.join("").replace(/\n$/, "");
}

const shown = new Map();
for (const section of document.querySelectorAll("[data-merge]")) shown.set(section, composed(section));

document.addEventListener("change", (event) => {
  const section = event.target.closest?.("[data-merge]");
  if (!section || event.target.type !== "radio") return;
  const result = section.querySelector("[data-merged]");
  const says = section.querySelector("[data-merge-says]");
  if (result.value !== shown.get(section)) {
    says.textContent = word("You have written in the result yourself: change this passage there.");
    return;
  }
  result.value = composed(section);
  shown.set(section, result.value);
  says.textContent = word("The result below follows your choice.");
  result.dispatchEvent(new Event("input", { bubbles: true }));
});
