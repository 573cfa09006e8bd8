// How a text will look, beside the textarea, a moment after each change.
import { word } from "../words.js";
import { element } from "./elements.js";

const PAUSE = 300;

export class Preview {
  constructor(box, textarea, address) {
    Object.assign(this, { textarea, address, asked: 0 });
    this.paper = element("div", { class: "prose editor-preview", role: "region", "aria-label": word("Preview"), tabindex: "0" });
    box.append(this.paper);
    this.later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.show(), PAUSE);
    };
    textarea.addEventListener("input", this.later);
    this.show();
  }

  async show() {
    this.asked += 1;
    const { asked } = this;
    const form = new FormData();
    form.append("csrf_token", this.textarea.form.elements.csrf_token?.value ?? "");
    form.append("body", this.textarea.value);
    const answer = await fetch(this.address, { method: "POST", body: form }).catch(() => null);
    const html = answer?.ok ? await answer.text() : null;
    if (asked !== this.asked) return;
    if (html === null) this.paper.textContent = word("The preview does not answer just now. Your text is safe.");
    else this.paper.innerHTML = html;
  }

  destroy() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.textarea.removeEventListener("input", this.later);
    this.paper.remove();
  }
}
