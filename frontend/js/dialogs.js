// A link marked data-dialog opens the form of the page it leads to in a dialog; sent wrongly, that page itself answers.
import { pageAt } from "./pages.js";

let asked = null;

function shown(form, label) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", label);
  dialog.setAttribute("closedby", "any");
  dialog.className = "form-dialog";
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function openDialog(page, selector) {
  const found = page.querySelector(selector);
  if (!found) return null;
  const title = found.querySelector("h1, h2");
  if (title?.matches("h1")) {
    const heading = document.createElement("h2");
    heading.append(...title.childNodes);
    title.replaceWith(heading);
  }
  return shown(document.adoptNode(found), title?.textContent.trim() ?? "");
}

export async function openFormOf(address) {
  if (asked === address) return; // pressed twice
  asked = address;
  try {
    const page = await pageAt(address);
    if (asked !== address) return; // another was wanted meanwhile
    if (!openDialog(page, "main .form-column")) throw new Error(address);
    document.dispatchEvent(new Event("content-added"));
  } catch {
    location.assign(address);
  } finally {
    if (asked === address) asked = null;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-dialog]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    link.closest("details.menu")?.removeAttribute("open");
    openFormOf(link.href);
    return;
  }
  const closing = event.target.closest?.("dialog [data-closes]");
  if (closing) {
    event.preventDefault();
    closing.closest("dialog").close();
  }
});

// F2 on a row of a table or the tree renames that row.
document.addEventListener("keydown", (event) => {
  const link = event.key === "F2" && event.target.closest?.("a[data-arrow]");
  if (!link || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  openFormOf(`${link.href.replace(/\/$/, "")}/@rename`);
});
