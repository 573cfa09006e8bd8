// The panel at the bottom that shows what is being uploaded: what, how many, how long, cancel, try again.
import { enough, folderFor, inEntries } from "./upload-folders.js";
import { resolve as settle } from "./upload-clashes.js";
import { refreshed } from "./upload-rows.js";
import { upload, UploadRefused } from "./uploads.js";
import { word } from "./words.js";

const AT_ONCE = 3;
const jobs = [];
let parts = null;
let begun = 0;

function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

function button(label, act, kind = "quiet") {
  const made = element("button", { type: "button", class: `button small ${kind}` }, label);
  made.addEventListener("click", act);
  return made;
}

function panel() {
  if (parts?.box.isConnected) return parts;
  const said = element("p", { role: "status", class: "unseen" });
  const words = element("p", { class: "uploads-words" });
  const bar = element("progress", { max: 1, value: 0, "aria-label": word("Uploaded") });
  const list = element("ul", { class: "uploads-list" });
  const close = button(word("Cancel all"), () => (isBusy() ? cancelAll() : box.remove()));
  const head = element("div", { class: "uploads-head" }, words, close);
  const box = element("section", { class: "uploads", "aria-label": word("Uploads") }, head, bar, list, said);
  document.body.append(box);
  parts = { box, said, words, bar, list, close };
  return parts;
}

const isBusy = () => jobs.some((job) => job.state === "waiting" || job.state === "sending");

function cancelAll() {
  for (const job of jobs) cancel(job);
}

function cancel(job) {
  if (job.state !== "waiting" && job.state !== "sending") return;
  job.state = "cancelled";
  job.controller.abort(new DOMException(word("Cancelled"), "AbortError"));
  draw(job);
  next();
}

function retry(job) {
  job.state = "waiting";
  job.sent = 0;
  job.controller = new AbortController();
  draw(job);
  next();
}

/** One line of the list. */
function add(file, target) {
  const name = element("span", { class: "uploads-name", dir: "auto" }, file.name);
  const state = element("span", { class: "uploads-state faint" });
  const buttons = element("span", { class: "uploads-buttons" });
  const bar = element("progress", { max: 1, value: 0, "aria-label": file.name });
  const row = element("li", {}, name, state, buttons, bar);
  const job = { file, target, state: "waiting", sent: 0, controller: new AbortController(), row, name, words: state, buttons, bar };
  jobs.push(job);
  panel().list.append(row);
  draw(job);
}

const SAID = {
  waiting: () => word("Waiting"),
  sending: (job) => `${Math.floor((100 * job.sent) / (job.file.size || 1))} %`,
  done: () => word("Uploaded"),
  cancelled: () => word("Cancelled"),
  failed: (job) => job.problem,
};

function draw(job) {
  job.row.dataset.state = job.state;
  job.words.textContent = SAID[job.state](job);
  job.bar.value = job.state === "done" ? 1 : job.sent / (job.file.size || 1);
  job.bar.hidden = job.state !== "sending";
  if (job.drawn === job.state) return;
  job.drawn = job.state;
  const label = (text) => ({ text, full: word("%(what)s: %(name)s", { what: text, name: job.file.name }) });
  const made = [];
  const offer = (text, act) => {
    const { full } = label(text);
    const each = button(text, act);
    each.setAttribute("aria-label", full);
    made.push(each);
  };
  if (job.state === "waiting" || job.state === "sending") offer(word("Cancel"), () => cancel(job));
  if ((job.state === "failed" && !job.isRefused) || job.state === "cancelled") offer(word("Try again"), () => retry(job));
  job.buttons.replaceChildren(...made);
  if (job.state === "done") job.name.replaceChildren(element("a", { href: job.made.url }, job.file.name));
}

async function send(job) {
  job.state = "sending";
  draw(job);
  const { place, id, version } = job.target;
  const onProgress = (sent) => {
    job.sent = sent;
    draw(job);
    summary();
  };
  try {
    job.made = await upload(job.file, { place, id, version, onProgress, signal: job.controller.signal });
    job.state = "done";
    job.sent = job.file.size;
  } catch (error) {
    if (job.state !== "cancelled") {
      job.state = "failed";
      job.problem = error.message;
      job.isRefused = error instanceof UploadRefused;
    }
  }
  draw(job);
  if (job.state === "done") refreshed();
  next();
}

function next() {
  for (const job of jobs) {
    if (jobs.filter((each) => each.state === "sending").length >= AT_ONCE) break;
    if (job.state === "waiting") send(job);
  }
  summary();
}

function summary() {
  const { words, bar, close, said } = panel();
  const counted = jobs.filter((job) => job.state !== "cancelled");
  const size = counted.reduce((sum, job) => sum + job.file.size, 0) || 1;
  const sent = counted.reduce((sum, job) => sum + job.sent, 0);
  const done = counted.filter((job) => job.state === "done").length;
  const failed = counted.filter((job) => job.state === "failed").length;
  const values = { done, count: counted.length, failed };
  bar.value = sent / size;
  bar.hidden = !isBusy();
  close.textContent = isBusy() ? word("Cancel all") : word("Close");
  if (isBusy()) words.textContent = `${word("Uploaded %(done)s of %(count)s", values)}${left(sent, size)}`;
  else if (failed) words.textContent = word("Uploaded %(done)s of %(count)s; %(failed)s could not be sent", values);
  else words.textContent = done ? word("Uploaded %(done)s of %(count)s", values) : word("Nothing is being uploaded");
  const moment = `${done}|${failed}|${isBusy()}|${counted.length}`;
  if (said.dataset.moment !== moment) said.textContent = words.textContent;
  said.dataset.moment = moment;
}

function left(sent, size) {
  const seconds = ((Date.now() - begun) / 1000) * ((size - sent) / (sent || 1));
  if (!sent || Date.now() - begun < 2000) return "";
  const length = seconds < 90 ? [Math.max(1, Math.round(seconds)), "second"] : [Math.round(seconds / 60), "minute"];
  const format = { style: "unit", unit: length[1], unitDisplay: "long" };
  const time = new Intl.NumberFormat(document.documentElement.lang, format).format(length[0]);
  return ` · ${word("about %(time)s left", { time })}`;
}

/** Takes what was dropped or chosen for the place that the zone speaks of. */
export async function receive(zone, entries, files) {
  const { uploads: place, node: id, version } = zone.dataset;
  if (!isBusy()) {
    begun = Date.now();
    jobs.splice(0);
    panel().list.replaceChildren();
  }
  const found = [...files.map((file) => ({ file, folders: [] })), ...(await inEntries(entries))].slice(0, enough);
  if (!found.length) return;
  try {
    if (version) {
      add(found[0].file, { place, id, version });
    } else {
      for (const { file, target } of await targets({ place, id }, found)) add(file, target);
    }
  } catch (error) {
    panel().words.textContent = panel().said.textContent = error.message;
    return;
  }
  next();
}

/** Where each file goes: its folder is made, and for names that are taken the person is asked. */
async function targets(root, found) {
  const made = [];
  for (const { file, folders } of found) made.push({ file, target: await folderFor(root, folders) });
  return settle(made);
}

/** Says what was broken off when the page was left; choosing the file again goes on where it stopped. */
export function recall(zone) {
  const prefix = `tus::upload|${zone.dataset.node}|`;
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(prefix))) {
    const name = key.split("|")[3];
    const row = element("li", {}, element("span", { class: "uploads-name", dir: "auto" }, name));
    const forget = () => {
      localStorage.removeItem(key);
      row.remove();
      if (!panel().list.children.length) panel().box.remove();
    };
    row.append(element("span", { class: "uploads-state faint" }, word("Broken off. Choose it again to go on.")));
    row.append(element("span", { class: "uploads-buttons" },
      button(word("Choose it"), () => zone.querySelector("input[type=file]").click()), button(word("Forget it"), forget)));
    panel().list.append(row);
  }
  panel().words.textContent = word("Not all was uploaded");
  panel().bar.hidden = true;
  panel().close.textContent = word("Close");
}

addEventListener("beforeunload", (event) => {
  if (isBusy()) event.preventDefault();
});
