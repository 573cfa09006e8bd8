// How code, blocks of the site, and pieces kept as Markdown look in the editor: a card with a label and the source.
import { word } from "../words.js";
import { element, icon } from "./elements.js";

/** Node views by name. `known` gives the site's blocks; `places` resolves the addresses of images. */
export function views(known, places, askForImage) {
  return {
    codeBlock: (given) => codeCard(given, known),
    island: () => islandCard(),
    image: (given) => picture(given, places, askForImage),
  };
}

function card(label, head) {
  const contentDOM = element("code", { spellcheck: "false" });
  const bar = element("div", { class: "editor-card-head", contenteditable: "false" }, head);
  const dom = element("div", { class: "editor-card", role: "group", "aria-label": label }, bar, element("pre", {}, contentDOM));
  const inHead = (event) => bar.contains(event.target);
  return { dom, contentDOM, stopEvent: inHead, ignoreMutation: (change) => change.type !== "selection" && !contentDOM.contains(change.target) };
}

function islandCard() {
  const label = word("Markdown");
  return card(label, element("span", { class: "editor-card-label" }, icon("code"), label));
}

function codeCard({ node, getPos, editor }, known) {
  const head = element("span", { class: "editor-card-label" });
  const made = card(word("Block of code"), head);
  const show = (language) => {
    const block = known().find((each) => each.name === language?.split(/\s/)[0]);
    made.dom.setAttribute("aria-label", block ? block.label : word("Block of code"));
    head.replaceChildren(...(block ? [icon(block.icon), block.label] : [icon("code"), languageInput(language, getPos, editor)]));
  };
  show(node.attrs.language);
  const update = (changed) => {
    if (changed.type !== node.type) return false;
    if (changed.attrs.language !== node.attrs.language) show(changed.attrs.language);
    node = changed;
    return true;
  };
  const named = () => show(node.attrs.language);
  const { dom } = editor.view;
  dom.addEventListener("blocks-known", named, { once: true });
  return { ...made, update, destroy: () => dom.removeEventListener("blocks-known", named) };
}

function languageInput(language, getPos, editor) {
  const input = element("input", {
    class: "editor-language", "aria-label": word("Language of the code"), placeholder: word("Language"), value: language ?? "",
    autocomplete: "off", spellcheck: "false",
  });
  input.addEventListener("change", (event) => {
    event.stopPropagation();
    const value = input.value.trim().replace(/`/g, "") || null;
    editor.view.dispatch(editor.state.tr.setNodeAttribute(getPos(), "language", value));
  });
  input.addEventListener("input", (event) => event.stopPropagation());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    editor.chain().focus(getPos() + 1).run();
  });
  return input;
}

function picture({ node, getPos, editor }, places, askForImage) {
  const image = element("img", { draggable: "false" });
  const caption = element("span", { class: "editor-caption" });
  const dom = element("span", { class: "editor-image" }, image, caption);
  const show = ({ src, alt, title }) => {
    const address = places.imageAddress(src);
    if (address && image.getAttribute("src") !== address) image.src = address;
    image.hidden = !address;
    image.alt = alt || "";
    caption.textContent = title || (address ? "" : alt || src);
  };
  image.addEventListener("error", () => {
    image.hidden = true;
    caption.textContent = image.alt || node.attrs.src;
  });
  dom.addEventListener("dblclick", () => {
    editor.chain().setNodeSelection(getPos()).run();
    askForImage();
  });
  show(node.attrs);
  const update = (changed) => {
    if (changed.type !== node.type) return false;
    node = changed;
    show(changed.attrs);
    return true;
  };
  return { dom, update };
}
