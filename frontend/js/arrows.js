// Keys in lists of links (data-arrows): arrows, Home and End move, letters go to the next title that begins with them.
const MOVES = { ArrowDown: 1, ArrowUp: -1 };
const PAUSE = 700;
let typed = "";
let typedAt = 0;

const targets = (container) => [...container.querySelectorAll("a[data-arrow]")].filter((link) => link.checkVisibility());

function wanted(event, all, at) {
  if (event.key in MOVES) return all[at + MOVES[event.key]];
  if (event.key === "Home") return all[0];
  if (event.key === "End") return all.at(-1);
  return undefined;
}

// In a tree letters are for finding; elsewhere they are shortcuts.
function begun(event, all, at) {
  if (event.key.length !== 1 || event.key === " " || !event.target.closest(".tree")) return undefined;
  const now = Date.now();
  typed = now - typedAt < PAUSE ? typed + event.key.toLowerCase() : event.key.toLowerCase();
  typedAt = now;
  const start = typed.length > 1 ? at : at + 1;
  const order = [...all.slice(start), ...all.slice(0, start)];
  return order.find((link) => link.textContent.trim().toLowerCase().startsWith(typed));
}

document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("a[data-arrow]");
  if (!link || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const all = targets(link.closest("[data-arrows]"));
  const next = wanted(event, all, all.indexOf(link)) ?? begun(event, all, all.indexOf(link));
  if (!next) return;
  event.preventDefault();
  next.focus();
});
