// Forms with data-draft keep what is typed as a draft a moment after the last key. What cannot be kept on the server, as
// when the session has ended, stays in this browser until it could.
import { word } from "./words.js";

const PAUSE = 1500;
const RETRY = 20000;
const KEEPALIVE_LIMIT = 60000;

const form = document.querySelector("form[data-draft]");

class Drafts {
  constructor() {
    this.says = form.querySelector("[data-draft-state]");
    this.place = `draft ${form.dataset.draftUser} ${form.dataset.draft}`;
    this.isDirty = false;
    this.hasFailed = false;
    this.isLeaving = false;
    this.underWay = null;
    this.timer = 0;
  }

  texts() {
    const pairs = [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
    return JSON.stringify(pairs.map(([name, value]) => [name, value.replaceAll("\r\n", "\n")]));
  }

  say(...parts) { this.says.replaceChildren(...parts); }

  typed() {
    this.isDirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  keepHere() {
    try {
      localStorage.setItem(this.place, JSON.stringify({ at: Date.now(), texts: this.texts() }));
    } catch { /* full, or not allowed: the server is asked again */ }
  }

  keep(options = {}) {
    clearTimeout(this.timer);
    if (!this.isDirty || this.isLeaving) return;
    if (this.underWay && !options.keepalive) return; // one after the other: what arrives last stays
    this.isDirty = false;
    const sent = this.send(options).then((answer) => this.kept(answer)).catch(() => {
      this.failed(word("Not connected: your text is kept in this browser."));
    }).finally(() => {
      if (this.underWay !== sent) return;
      this.underWay = null;
      if (this.isDirty && !this.hasFailed) this.typed();
    });
    this.underWay = sent;
  }

  send(options = {}) {
    const headers = { Accept: "application/json" };
    return fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)), headers, ...options });
  }

  async kept(answer) {
    if (answer.ok) {
      const { words } = await answer.json();
      this.hasFailed = this.isRefreshed = false;
      localStorage.removeItem(this.place);
      if (!this.isDirty) this.say(words);
    } else if (answer.status === 401 || answer.status === 400) {
      if (!this.isRefreshed && await this.refresh()) this.typed();
      else this.failed(...this.signIn());
    } else {
      this.failed(word("The draft could not be kept: your text is kept in this browser."));
    }
  }

  failed(...parts) {
    this.isDirty = true;
    this.hasFailed = true;
    this.keepHere();
    this.say(...parts);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), RETRY);
  }

  signIn() {
    const link = document.createElement("a");
    const back = new URL(location.href);
    link.href = form.dataset.signIn + encodeURIComponent(back.pathname + back.search);
    link.target = "_blank";
    link.textContent = word("Sign in in a new tab");
    return [word("You are signed out; your text is kept in this browser."), " ", link];
  }

  // After signing in elsewhere the forms of this page need the new token; says whether there was one.
  async refresh() {
    const answer = await fetch(location.href, { redirect: "manual" });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("form[data-draft] input[name=csrf_token]")?.value;
    if (!token) return false;
    this.isRefreshed = true; // tokens look different each time: another one is tried once
    for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
    return true;
  }

  leave() {
    if (!this.isDirty || this.isLeaving) return;
    this.keepHere();
    const length = new URLSearchParams(new FormData(form)).toString().length;
    if (length < KEEPALIVE_LIMIT) this.keep({ keepalive: true });
  }

  // What this browser still has from before is offered, never put in by itself.
  offer() {
    let before = null;
    try {
      before = JSON.parse(localStorage.getItem(this.place));
    } catch { /* not ours */ }
    if (!before || before.texts === this.texts()) {
      localStorage.removeItem(this.place);
      return;
    }
    const take = document.createElement("button");
    const drop = document.createElement("button");
    for (const button of [take, drop]) Object.assign(button, { type: "button", className: "button small" });
    take.textContent = word("Put it back");
    drop.textContent = word("Drop it");
    take.addEventListener("click", () => this.putBack(JSON.parse(before.texts)));
    drop.addEventListener("click", () => { localStorage.removeItem(this.place); this.say(); });
    this.say(word("This browser still has text of yours that was not saved."), " ", take, " ", drop);
  }

  putBack(pairs) {
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = false;
    for (const [name, value] of pairs) {
      for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (input.type === "checkbox") input.checked ||= input.value === value;
        else if (input.type !== "hidden" || name === "version") input.value = value;
      }
    }
    this.isDirty = true;
    this.keep();
    this.underWay.then(() => { if (!this.hasFailed) location.reload(); }); // the form opens with it in every part
  }
}

if (form) {
  const drafts = new Drafts();
  drafts.offer();
  form.addEventListener("input", () => drafts.typed());
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-keeps-draft")) {
      event.preventDefault();
      drafts.isDirty = true;
      drafts.keep();
    } else if (drafts.underWay) { // a draft that arrives after the saving would come back as unsaved
      event.preventDefault();
      drafts.underWay.then(() => form.requestSubmit(event.submitter));
    } else {
      drafts.isLeaving = true;
    }
  });
  addEventListener("pageshow", () => { drafts.isLeaving = false; });
  addEventListener("pagehide", () => drafts.leave());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") drafts.leave();
    else if (drafts.hasFailed) drafts.keep();
  });
  addEventListener("beforeunload", (event) => {
    if (drafts.hasFailed && !drafts.isLeaving) event.preventDefault();
  });
}
