// A node as Markdown can say it: no spaces at the ends of lines or just inside emphasis, no empty paragraphs in between.
import { Fragment } from "@tiptap/pm/model";

const DELIMITED = new Set(["bold", "italic", "strike"]);
const BREAKS = new Set(["softBreak", "hardBreak"]);
const EDGES = {
  spaces: { start: /^\s+/, end: /\s+$/ },
  punctuation: { start: /^[\s\p{P}]+/u, end: /[\s\p{P}]+$/u },
};

const isBreak = (node) => BREAKS.has(node.type.name);
const isCode = (node) => node.marks.some((mark) => mark.type.name === "code");
const isBlank = (node) => isBreak(node) || (node.isText && !isCode(node) && !node.text.trim());

/** The tidied copy of a node. `edges` names what may not stand at the edge of emphasis: spaces, or punctuation too. */
export function tidied(node, edges = "spaces") {
  if (node.type.spec.code || node.isLeaf) return nameless(node, node.content);
  if (node.isTextblock) return nameless(node, Fragment.fromArray(tidiedInlines(node, edges)));
  const children = [];
  node.forEach((child) => children.push(tidied(child, edges)));
  return nameless(node, Fragment.fromArray(withoutEmpty(node, children)));
}

/** A node without the name of its source. */
function nameless(node, content) {
  return node.type.create("origin" in node.attrs ? { ...node.attrs, origin: null } : node.attrs, content, node.marks);
}

/** Children without empty paragraphs, of which at least one child stays, and the first paragraph of an item. */
function withoutEmpty(node, children) {
  const isItem = node.type.name === "listItem" || node.type.name === "taskItem";
  const kept = children.filter((child, index) => child.type.name !== "paragraph" || child.childCount || (isItem && !index));
  return kept.length ? kept : children.slice(0, 1);
}

function tidiedInlines(node, edges) {
  let nodes = [];
  node.forEach((child) => nodes.push(child));
  if (node.type.name === "heading") nodes = nodes.map((child) => (isBreak(child) ? spaceFor(child) : child));
  nodes = trimmed(nodes);
  for (const name of DELIMITED) nodes = withoutEdges(nodes, name, EDGES[edges]);
  return merged(nodes);
}

const spaceFor = (node) => node.type.schema.text(" ", node.marks);

/** No spaces at the beginning and end of each line, no break at the ends. */
function trimmed(nodes) {
  let kept = nodes.slice();
  while (kept.length && isBlank(kept[0])) kept.shift();
  while (kept.length && isBlank(kept.at(-1))) kept.pop();
  kept = kept.filter((node, index) => !(node.type.name === "softBreak" && isBreak(kept[index - 1] ?? node) && index));
  return kept.map((node, index) => {
    if (!node.isText || isCode(node)) return node;
    let text = node.text;
    if (!index || isBreak(kept[index - 1])) text = text.replace(/^[ \t]+/, "");
    if (index === kept.length - 1 || isBreak(kept[index + 1])) text = text.replace(/[ \t]+$/, "");
    return text ? node.type.schema.text(text, node.marks) : null;
  }).filter(Boolean);
}

/** Takes a mark from the spaces at both edges of each stretch that has it. */
function withoutEdges(nodes, name, edges) {
  const done = [];
  for (let index = 0; index < nodes.length; ) {
    const mark = nodes[index].marks.find((each) => each.type.name === name);
    let end = index + 1;
    if (mark) while (end < nodes.length && mark.isInSet(nodes[end].marks)) end += 1;
    done.push(...(mark ? trimmedStretch(nodes.slice(index, end), mark, edges) : [nodes[index]]));
    index = end;
  }
  return done;
}

function trimmedStretch(nodes, mark, edges) {
  const bare = (node) => node.mark(mark.removeFromSet(node.marks));
  const [before, inside, after] = [[], nodes.slice(), []];
  while (inside.length && isBlank(inside[0])) before.push(bare(inside.shift()));
  while (inside.length && isBlank(inside.at(-1))) after.unshift(bare(inside.pop()));
  if (inside.length) {
    const [start, rest] = cutOff(inside.shift(), edges.start, false);
    if (start) before.push(bare(start));
    if (rest) inside.unshift(rest);
  }
  if (inside.length) {
    const [rest, end] = cutOff(inside.pop(), edges.end, true);
    if (rest) inside.push(rest);
    if (end) after.unshift(bare(end));
  }
  return [...before, ...inside, ...after];
}

/** A text node in two, where `pattern` (at its start, or at its end) ends; null for a half that is empty. */
function cutOff(node, pattern, isEnd) {
  const found = node.isText && !isCode(node) ? pattern.exec(node.text)?.[0].length ?? 0 : 0;
  const at = isEnd ? node.nodeSize - found : found;
  const half = (from, to) => (from === to ? null : from === 0 && to === node.nodeSize ? node : node.cut(from, to));
  return [half(0, at), half(at, node.nodeSize)];
}

function merged(nodes) {
  const done = [];
  for (const node of nodes) {
    const last = done.at(-1);
    if (last?.isText && node.isText && last.sameMarkup(node)) done.push(last.withText(done.pop().text + node.text));
    else done.push(node);
  }
  return done;
}
