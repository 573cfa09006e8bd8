// Files dropped anywhere on a page that may take some, or chosen behind "Upload files", are sent at once.
// What does that is loaded with the first file.
import { word } from "./words.js";

const zone = () => document.querySelector("form[data-uploads]");
const panel = () => import("./upload-panel.js");
let inside = 0;
let veil = null;

function takes(event) {
  if (!event.dataTransfer?.types.includes("Files") || !zone() || document.querySelector("dialog[open]")) return false;
  return !event.target.closest?.("textarea, [contenteditable=true], input[type=file]");
}

function show() {
  if (veil) return;
  const { title, version } = zone().dataset;
  veil = document.createElement("div");
  veil.className = "drop-veil";
  const words = document.createElement("p");
  words.textContent = version ? word("Drop a file to make it the next version of “%(title)s”", { title })
    : word("Drop files to put them into “%(title)s”", { title });
  veil.append(words);
  document.body.append(veil);
}

function hide() {
  inside = 0;
  veil?.remove();
  veil = null;
}

document.addEventListener("dragenter", (event) => {
  if (!takes(event)) return;
  inside += 1;
  show();
});
document.addEventListener("dragover", (event) => {
  if (!takes(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
});
document.addEventListener("dragleave", (event) => {
  if (veil && takes(event) && (inside -= 1) <= 0) hide();
});
document.addEventListener("drop", (event) => {
  const took = takes(event);
  hide();
  if (!took) return;
  event.preventDefault();
  // Only now, while the event lasts, can what was dropped be asked for.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? null).filter(Boolean);
  const files = entries.length ? [] : [...event.dataTransfer.files];
  panel().then(({ receive }) => receive(zone(), entries, files));
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href$="/@upload"], a[href$="/@replace"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || zone()?.dataset.form !== link.getAttribute("href")) return;
  event.preventDefault();
  link.closest("details.menu")?.removeAttribute("open");
  zone().querySelector("input[type=file]").click();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("form[data-uploads] input[type=file]")) return;
  const files = [...event.target.files];
  event.target.value = "";
  panel().then(({ receive }) => receive(zone(), [], files));
});

// What was broken off by leaving the page is offered to be taken up again.
if (zone() && Object.keys(localStorage).some((key) => key.startsWith(`tus::upload|${zone().dataset.node}|`))) {
  panel().then(({ recall }) => recall(zone()));
}
