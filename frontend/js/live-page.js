// An open page keeps up with what others do: lists renew themselves in place, a text that is read only says that it
// changed, and one sees who else is here. Without the service all of it comes with the next page.
import { begin, on, watch } from "./live-socket.js";
import { pageAt } from "./pages.js";
import { word } from "./words.js";

const { liveUrl, liveNode, liveVersion, liveView, liveBell } = document.body.dataset;
const SPREAD = 800; // milliseconds over which many windows ask for the same
const LATER = 1000; // milliseconds after which it is looked again whether somebody is done typing
const asked = new Map();
let me;
let timer;

// The page, or null where it cannot be had, or the same was asked for again before it came: that answer is newer.
async function fresh(what, url = location.href) {
  const number = (asked.get(what) ?? 0) + 1;
  asked.set(what, number);
  const page = await pageAt(url, { headers: { "X-Requested-With": "live" } }).catch(() => null);
  return number === asked.get(what) ? page : null;
}

// Lists

function placeOf(element) {
  const row = element?.closest?.("[data-node]");
  if (!row) return element?.id ? `#${CSS.escape(element.id)}` : null;
  const part = element.matches("input[type=checkbox]") ? " input[type=checkbox]" : " a";
  return `[data-node="${row.dataset.node}"]${part}`;
}

function swap(old, renewed) {
  const chosen = [...old.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value);
  const place = old.contains(document.activeElement) ? placeOf(document.activeElement) : null;
  const [before, after] = [old, renewed].map((list) => list.querySelectorAll("[data-node]"));
  if (before.length > after.length && renewed.querySelector("[data-more]")) { // more was loaded: renew what came
    for (const row of after) old.querySelector(`[data-node="${row.dataset.node}"]`)?.replaceWith(row);
  } else {
    old.replaceChildren(...renewed.childNodes);
  }
  const boxes = [...old.querySelectorAll("input[type=checkbox]")].filter((box) => chosen.includes(box.value));
  for (const box of boxes) box.checked = true;
  boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  if (place) old.querySelector(place)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("content-added"));
}

const isHeld = () => document.querySelector("dialog[open], .dragged");

async function renewList() {
  if (isHeld()) return renewSoon(renewList);
  const page = await fresh("list");
  if (isHeld()) return renewSoon(renewList);
  const id = page?.getElementById("listing") && document.getElementById("listing") ? "listing" : "content";
  const [old, renewed] = [document.getElementById(id), page?.getElementById(id)];
  if (old && renewed) swap(old, renewed);
}

// Whether somebody writes in a part, or has written there what is not sent yet.
function isWrittenIn(part) {
  return part.querySelector("textarea:focus") || [...part.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);
}

async function renew(id) {
  const old = document.getElementById(id);
  if (!old) return;
  const renewed = isWrittenIn(old) ? null : (await fresh(id))?.getElementById(id);
  if (isWrittenIn(old)) setTimeout(renew, LATER, id);
  else if (renewed) swap(old, renewed);
}

function renewSoon(what) {
  clearTimeout(timer);
  timer = setTimeout(what, 150 + Math.random() * SPREAD);
}

// A text that is read does not jump

function tell(words, button) {
  const notice = document.getElementById("live-notice-template").content.firstElementChild.cloneNode(true);
  notice.querySelector("p").textContent = words;
  if (!button) notice.querySelector("button").remove();
  else notice.querySelector("button").addEventListener("click", () => location.reload());
  document.getElementById("live-notice").replaceChildren(notice);
}

function changed(message) {
  if (message.action.startsWith("comment")) {
    if (document.getElementById("comments")) setTimeout(() => renew("comments"), Math.random() * SPREAD);
  } else if (message.version > Number(liveVersion) && ["edited", "reverted", "moved"].includes(message.action)) {
    const name = { name: message.name };
    if (liveView === "editing") tell(word("%(name)s has just changed this. When you save, you choose what stays.", name));
    else if (liveView === "reading") tell(word("This page was changed by %(name)s.", name), true);
  } else if (message.action === "trashed") {
    gone();
  }
}

function gone() {
  tell(word("This page is gone, or you may not see it any more."));
}

// The bell, and who is here

async function ring() {
  const [old, renewed] = [document.getElementById("bell"), (await fresh("bell", liveBell))?.getElementById("bell")];
  if (!old || !renewed) return;
  const words = renewed.querySelector(".unseen").textContent;
  if (old.querySelector(".unseen").textContent !== words) document.getElementById("live-said").textContent = words;
  old.replaceChildren(...renewed.childNodes);
  renew("notifications");
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((each) => [...each][0] ?? "").join("").toUpperCase();
}

function person({ name, editing }) {
  const template = document.getElementById("live-person-template");
  const shown = template.content.firstElementChild.cloneNode(true);
  const words = word(editing ? "%(name)s is editing" : "%(name)s is here", { name });
  shown.title = words;
  shown.querySelector(".avatar").dataset.initials = initials(name);
  shown.querySelector(".unseen").textContent = words;
  shown.classList.toggle("editing", editing);
  return shown;
}

function present({ people }) {
  const list = document.getElementById("present");
  const others = people.filter((each) => each.user !== me);
  list.replaceChildren(...others.slice(0, 5).map(person));
  list.hidden = others.length === 0;
  const editors = others.filter((each) => each.editing).map((each) => each.name);
  if (liveView === "editing" && editors.length) {
    document.getElementById("live-said").textContent = word("%(name)s is editing", { name: editors.join(", ") });
  }
}

if (liveUrl) {
  const hasList = document.getElementById("listing") || liveView === "listing";
  const ofJobs = () => document.dispatchEvent(new CustomEvent("job-changed"));
  on("ready", ({ you, watching }) => {
    if (me) ring();
    me = you;
    if (watching.some((topic) => topic.startsWith("job:"))) ofJobs(); // it went on while nobody listened
  });
  on("changed", (message) => {
    if (message.topic.startsWith("inside:")) renewSoon(renewList);
    else changed(message);
  });
  on("reset", () => (hasList ? renewSoon(renewList) : ring()));
  on("gone", ({ topic }) => topic.startsWith("node:") && gone());
  on("notifications", ring);
  on("present", present);
  on("job", ofJobs);
  watch("me");
  if (liveNode) {
    watch(`node:${liveNode}`);
    if (hasList) watch(`inside:${liveNode}`);
    if (["reading", "editing"].includes(liveView)) watch(`present:${liveNode}`);
  }
  for (const job of document.querySelectorAll("[data-job]")) watch(`job:${job.dataset.job}`);
  begin(liveUrl, liveView === "editing");
}
