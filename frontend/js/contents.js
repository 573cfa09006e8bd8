// The table of contents beside a text follows the scroll; a heading's own link is copied when it is used.
import { word } from "./words.js";

const list = document.querySelector("[data-follows]");
const links = new Map();
for (const link of list?.querySelectorAll("a[href^='#']") ?? []) {
  const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (heading) links.set(heading, link);
}

const READING_LINE = 0.3; // of the window's height: what is above it is being read

function follow() {
  const line = innerHeight * READING_LINE;
  const isAtEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 && scrollY > 0;
  const passed = [...links].filter(([heading]) => isAtEnd || heading.getBoundingClientRect().top <= line);
  const current = (passed.at(-1) ?? [...links][0])[1];
  if (current.hasAttribute("aria-current")) return;
  for (const link of links.values()) link.removeAttribute("aria-current");
  current.setAttribute("aria-current", "location");
  const rail = list.closest(".rail");
  if (rail?.scrollHeight > rail?.clientHeight) rail.scrollTop = current.offsetTop - rail.clientHeight / 2;
}

if (links.size) {
  const observer = new IntersectionObserver(follow, { rootMargin: `0px 0px -${(1 - READING_LINE) * 100}% 0px` });
  for (const heading of links.keys()) observer.observe(heading);
  addEventListener("scrollend", follow);
  follow();
}

document.addEventListener("click", async (event) => {
  const anchor = event.target.closest?.("a.anchor");
  if (!anchor || event.button || event.metaKey || event.ctrlKey) return;
  try {
    await navigator.clipboard.writeText(anchor.href);
  } catch {
    return; // without the right to copy it is a link like any other
  }
  const note = document.createElement("div");
  note.className = "toast good";
  note.setAttribute("role", "status");
  document.querySelector(".toasts").append(note);
  const words = document.createElement("p");
  words.textContent = word("Link copied");
  note.append(words);
  setTimeout(() => note.remove(), 2500);
});
