// Blocks as lines of Markdown.
import { writeInline } from "./inline-writing.js";

const LISTS = { bulletList: "bullet", taskList: "bullet", orderedList: "ordered" };
const MARKERS = { bullet: ["-", "*", "+"], ordered: [".", ")"] };
const RULES = { left: ":--", center: ":-:", right: "--:" };
const UNDERLINES = { 1: "=", 2: "-" };
const FLOWING = new Set(["paragraph", "island", "codeBlock", "table"]);

/** The lines of one block; `taken` are markers of lists beside it, which would grow together with its own. */
export function writeBlock(node, manner = {}, taken = []) {
  return WRITERS[node.type.name](node, manner, taken);
}

/** The kind of list, of which two side by side need different markers; undefined for what is no list. */
export const listFamily = (node) => node && LISTS[node.type.name];

/** The marker of a list, other than those taken. */
export function markerOf(node, taken) {
  const all = MARKERS[listFamily(node)];
  const own = node.attrs.marker ?? all[0];
  return taken.includes(own) ? all.find((marker) => !taken.includes(marker)) ?? own : own;
}

const WRITERS = {
  paragraph: (node, manner) => writeInline(node, manner),
  heading: writeHeading,
  horizontalRule: (node) => [node.attrs.markup || "---"],
  island: (node) => node.textContent.split("\n"),
  codeBlock: writeCode,
  blockquote: (node, manner) => writeChildren(node, manner).map((line) => (line ? `> ${line}` : ">")),
  bulletList: writeList,
  orderedList: writeList,
  taskList: writeList,
  table: writeTable,
};

function writeHeading(node, manner) {
  const { level, markup } = node.attrs;
  const isUnderlined = node.content.size && UNDERLINES[level] === markup;
  if (isUnderlined) return [writeInline(node, manner).join(" "), markup.repeat(3)];
  return [`${"#".repeat(level)} ${writeInline(node, manner, "heading")[0]}`.trimEnd()];
}

function writeCode(node) {
  const { language, markup } = node.attrs;
  const lines = node.textContent.split("\n");
  if (markup === "" && !language && lines[0].trim() && lines.at(-1).trim()) return lines.map((line) => line && `    ${line}`);
  const character = markup?.startsWith("~") ? "~" : "`";
  const runs = lines.map((line) => line.match(character === "~" ? /^\s*(~*)/ : /^\s*(`*)/)[1].length);
  const fence = character.repeat(Math.max(markup?.length || 3, 3, ...runs.map((length) => length + 1)));
  return [`${fence}${language ?? ""}`, ...(node.textContent ? lines : []), fence];
}

/** The children of a block, an empty line between them, or none in items of a tight list. */
function writeChildren(node, manner, isTight = false) {
  const lines = [];
  let previous = null;
  let marker = null;
  node.forEach((child) => {
    const isBeside = previous && listFamily(previous) && listFamily(previous) === listFamily(child);
    const taken = isBeside ? [marker] : [];
    if (previous && !(isTight && canFollow(previous, child))) lines.push("");
    lines.push(...writeBlock(child, manner, taken));
    if (listFamily(child)) marker = markerOf(child, taken);
    previous = child;
  });
  return lines;
}

/** Whether a block can stand in the line right after another. */
function canFollow(previous, child) {
  if (child.type.name === "island" || (listFamily(child) === "ordered" && child.attrs.start !== 1)) return false;
  if (child.type.name === "codeBlock" && child.attrs.markup === "") return false;
  return !(FLOWING.has(previous.type.name) && child.type.name === "paragraph") && !listFamily(previous);
}

function writeList(node, manner, taken) {
  const marker = markerOf(node, taken);
  const isTight = node.attrs.tight && everyItemIsTight(node);
  const lines = [];
  node.forEach((item, _offset, index) => {
    const bullet = node.type.name === "orderedList" ? `${node.attrs.start + index}${marker} ` : `${marker} `;
    const task = item.type.name === "taskItem" ? `[${item.attrs.checked ? "x" : " "}] ` : "";
    const inside = writeChildren(item, manner, isTight);
    if (index && !isTight) lines.push("");
    lines.push(`${bullet}${task}${inside[0] ?? ""}`.trimEnd());
    lines.push(...inside.slice(1).map((line) => line && " ".repeat(bullet.length) + line));
  });
  return lines;
}

function everyItemIsTight(list) {
  let isTight = true;
  list.forEach((item) => item.forEach((child, _offset, index) => {
    if (index && !canFollow(item.child(index - 1), child)) isTight = false;
  }));
  return isTight;
}

function writeTable(node, manner) {
  const [head] = [node.child(0)];
  const rows = [];
  node.forEach((row) => {
    const cells = [];
    row.forEach((cell) => cells.push(cell.childCount ? writeInline(cell.child(0), manner, "cell")[0] : ""));
    rows.push(`| ${cells.join(" | ")} |`);
  });
  const rules = [];
  head.forEach((cell) => rules.push(RULES[cell.attrs.align] ?? "---"));
  return [rows[0], `| ${rules.join(" | ")} |`, ...rows.slice(1)];
}
