// Arrow keys move between the links of a tree or the titles of a table's rows.
const MOVES = { ArrowDown: 1, ArrowUp: -1 };

function targets(container) {
  const links = container.querySelectorAll("a[data-arrow]");
  return [...links].filter((link) => link.checkVisibility());
}

document.addEventListener("keydown", (event) => {
  const step = MOVES[event.key];
  const link = event.target.closest?.("a[data-arrow]");
  if (!step || !link || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = targets(link.closest("[data-arrows]"));
  const next = all[all.indexOf(link) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
