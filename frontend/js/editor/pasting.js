// What is pasted is kept to what Markdown can say.
import { Extension } from "@tiptap/core";
import { Slice } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";
import { Source } from "./source.js";
import { withLists } from "./word-lists.js";

const GONE = "style, script, meta, link, title, xml, head, template, svg, button, input:not([type=checkbox]), img";
const PLAIN = "span, font, o\\:p, u, ins, article, section, main, header, footer, center, tbody, thead, big, small";
const KEPT = new Set(["href", "start", "title", "colspan"]);
const SIGNS = [/^#{1,6} \S/m, /^\s*[-*+] \S.*\n\s*[-*+] \S/m, /^\s*1[.)] \S.*\n\s*2[.)] \S/m, /^(?:```|~~~)/m, /^\|.*\|\s*\n\|[\s:|-]+\|/m,
  /!?\[[^\]\n]+\]\([^)\s]+\)/, /\*\*[^*\s][^*\n]*\*\*/, /^> \S/m, /^\s*- \[[ xX]\] /m];

/** Styles as plain attributes: the site's policy allows none, not even in a document that is never shown. */
const withoutStyles = (html) =>
  html
    .replace(/<style\b[\s\S]*?<\/style\s*>/gi, "")
    .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));

/** What a style attribute said of a property. */
const said = (node, property) =>
  new RegExp(`(?:^|;)\\s*${property}\\s*:\\s*([^;]+)`, "i").exec(node.dataset.style ?? "")?.[1].trim().toLowerCase() ?? "";

/** HTML from elsewhere, without what only looked. */
export function cleaned(html) {
  if (html.includes("data-pm-slice")) return html;
  const whole = new DOMParser().parseFromString(withoutStyles(html), "text/html");
  withLists(whole);
  removeComments(whole);
  for (const each of whole.querySelectorAll(GONE)) each.remove();
  for (const each of whole.querySelectorAll("b, span, strong")) emphasised(each);
  for (const each of whole.querySelectorAll(PLAIN)) each.replaceWith(...each.childNodes);
  for (const each of whole.querySelectorAll("td, th")) simpleCell(each);
  for (const each of whole.querySelectorAll("tr:first-child > td")) if (isFirstRow(each)) asHead(each);
  for (const each of whole.querySelectorAll("body *")) plainAttributes(each);
  for (const each of whole.querySelectorAll("p")) if (!each.textContent.trim() && !each.querySelector("br, img")) each.remove();
  return whole.body.innerHTML;
}

function removeComments(whole) {
  const walker = whole.createTreeWalker(whole, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  found.forEach((comment) => comment.remove());
}

/** Google Docs wraps everything in a <b> that is not bold, and says bold and italic by style. */
function emphasised(node) {
  const [fontWeight, fontStyle] = [said(node, "font-weight"), said(node, "font-style")];
  if (/^(?:b|strong)$/i.test(node.tagName) && fontWeight === "normal") return node.replaceWith(...node.childNodes);
  if (node.tagName !== "SPAN" || !node.textContent.trim()) return undefined;
  const tags = [];
  if (/^(?:bold|[6-9]00)$/.test(fontWeight)) tags.push("strong");
  if (fontStyle === "italic") tags.push("em");
  if (said(node, "text-decoration").includes("line-through")) tags.push("s");
  for (const tag of tags) {
    const made = node.ownerDocument.createElement(tag);
    made.append(...node.childNodes);
    node.append(made);
  }
  return undefined;
}

/** A cell holds one line of running text. */
function simpleCell(cell) {
  const blocks = [...cell.querySelectorAll("p, div, li, h1, h2, h3, h4, h5, h6")];
  blocks.forEach((block, index) => {
    if (index < blocks.length - 1 && block.textContent.trim()) block.append(cell.ownerDocument.createElement("br"));
  });
  for (const block of [...cell.querySelectorAll("p, div, ul, ol, li, h1, h2, h3, h4, h5, h6, table, tr, td")]) block.replaceWith(...block.childNodes);
  const extra = Math.min(Number(cell.getAttribute("colspan")) || 1, 50) - 1;
  cell.removeAttribute("colspan");
  for (let count = 0; count < extra; count += 1) cell.after(cell.ownerDocument.createElement(cell.tagName));
}

const isFirstRow = (cell) => cell.closest("table").querySelector("tr") === cell.parentElement;

function asHead(cell) {
  const head = cell.ownerDocument.createElement("th");
  head.append(...cell.childNodes);
  cell.replaceWith(head);
}

function plainAttributes(node) {
  const isLanguage = node.tagName === "CODE" && /^language-\w+$/.test(node.className);
  for (const { name } of [...node.attributes]) {
    if (!KEPT.has(name) && !(isLanguage && name === "class")) node.removeAttribute(name);
  }
  if (node.tagName === "A" && !/^(?:https?:|mailto:|tel:|\/)/i.test(node.getAttribute("href") ?? "")) node.replaceWith(...node.childNodes);
}

/** Whether a text reads as if it were meant as Markdown. */
export const looksLikeMarkdown = (text) => SIGNS.some((sign) => sign.test(text));

/** Blocks of a Markdown text, fit to be put anywhere. */
function sliceOf(text, schema) {
  const { doc } = new Source(text.trim(), schema);
  const fresh = doc.toJSON();
  for (const block of fresh.content) block.attrs = { ...block.attrs, origin: null };
  const { content } = schema.nodeFromJSON(fresh);
  const isOneParagraph = content.childCount === 1 && content.firstChild.type.name === "paragraph";
  return new Slice(content, isOneParagraph ? 1 : 0, isOneParagraph ? 1 : 0);
}

export const pasting = Extension.create({
  name: "pasting",
  addProseMirrorPlugins() {
    const { schema } = this.editor;
    return [
      new Plugin({
        props: {
          transformPastedHTML: cleaned,
          clipboardTextParser: (text, $context, isPlain) =>
            isPlain || $context.parent.type.spec.code || !looksLikeMarkdown(text) ? undefined : sliceOf(text, schema),
        },
      }),
    ];
  },
});
