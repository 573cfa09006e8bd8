// Branches of the tree open in place; what is in them is fetched the first time, and which stay open is remembered.
import { pageAt } from "./pages.js";

const COOKIE = "open-branches";
const MOST_OPEN = 12;

async function fetched(address) {
  try {
    return [...(await pageAt(address)).querySelectorAll("body > ul > li")];
  } catch {
    return null;
  }
}

function remember(tree) {
  const open = [...tree.querySelectorAll('.tree-toggle[aria-expanded="true"]')].map((each) => each.closest("li").dataset.node);
  const path = tree.dataset.remembers;
  document.cookie = `${COOKIE}=${open.slice(-MOST_OPEN).join(".")}; Path=${path}; Max-Age=31536000; SameSite=Lax`;
}

export async function toggle(button) {
  const open = button.getAttribute("aria-expanded") === "true";
  const item = button.closest("li");
  const list = item.querySelector(":scope > ul") ?? item.appendChild(document.createElement("ul"));
  if (!open && !list.children.length) {
    const items = await fetched(button.dataset.branch);
    if (!items) {
      location.assign(item.querySelector("a").href);
      return;
    }
    list.replaceChildren(...items);
  }
  button.setAttribute("aria-expanded", String(!open));
  const tree = item.closest(".tree[data-remembers]");
  if (tree) remember(tree);
}

// The current place may stand at the end of a level before its turn has come: it is then put where it belongs.
async function showMore(link) {
  const items = await fetched(link.dataset.moreBranches);
  if (!items) {
    location.assign(link.href);
    return;
  }
  const list = link.closest("ul");
  const fresh = items.map((item) => {
    const shown = item.dataset.node && [...list.children].find((each) => each.dataset.node === item.dataset.node);
    return shown ?? item;
  });
  link.closest("li").remove();
  list.append(...fresh);
  fresh[0]?.querySelector("a")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button.tree-toggle");
  if (button) toggle(button);
  const more = event.target.closest?.("a[data-more-branches]");
  if (more && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    showMore(more);
  }
});

document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.(".tree a[data-arrow]");
  const button = link?.parentElement.querySelector("button.tree-toggle");
  const wanted = { ArrowRight: "false", ArrowLeft: "true" }[event.key];
  if (!link || !wanted) return;
  if (button?.getAttribute("aria-expanded") === wanted) {
    event.preventDefault();
    toggle(button);
  } else if (event.key === "ArrowLeft") {
    link.closest("ul").closest("li")?.querySelector("a[data-arrow]")?.focus();
  } else if (button) {
    link.closest("li").querySelector(":scope > ul a[data-arrow]")?.focus();
  }
});

// Only the tree scrolls: the page stays where it is.
const current = document.querySelector(".tree [aria-current]");
const pane = current?.closest(".sidebar-scroll");
if (pane) {
  const [line, box] = [current.getBoundingClientRect(), pane.getBoundingClientRect()];
  if (line.top < box.top || line.bottom > box.bottom) pane.scrollTop += line.top - box.top - box.height / 3;
}
