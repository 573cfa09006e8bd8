// Branches of the sidebar's tree open in place; their children are fetched the first time.
async function load(button, list) {
  const answer = await fetch(button.dataset.branch);
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.replaceChildren(...page.querySelectorAll("body > ul > li"));
  return true;
}

async function toggle(button) {
  const open = button.getAttribute("aria-expanded") === "true";
  const item = button.closest("li");
  const list = item.querySelector(":scope > ul") ?? item.appendChild(document.createElement("ul"));
  if (!open && !list.children.length && !(await load(button, list))) {
    location.assign(item.querySelector("a").href);
    return;
  }
  button.setAttribute("aria-expanded", String(!open));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button.tree-toggle");
  if (button) toggle(button);
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
  }
});

document.querySelector(".tree [aria-current]")?.scrollIntoView({ block: "nearest" });
