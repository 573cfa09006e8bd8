// A line of text with its marks as Markdown.
const DELIMITERS = { bold: "**", italic: "*", strike: "~~" };
const ORDER = ["link", "bold", "italic", "strike"];
const WORD = /[\p{L}\p{N}_]/u;
const LINE_STARTS = [
  [/^(#{1,6})(?=\s|$)/, "\\$1"],
  [/^>/, "\\>"],
  [/^([-+*])(?=\s|$)/, "\\$1"],
  [/^(\d{1,9})([.)])(?=\s|$)/, "$1\\$2"],
  [/^([-=]+)$/, "\\$1"],
  [/^([-_*][-_* ]*)$/, "\\$1"],
];
const DELIMITER_ROW = /^[|:\-\s]*-[|:\-\s]*$/;

/** Ways of writing the same, tried in turn until one reads back as it was meant. */
export const MANNERS = [
  { bare: true },
  {},
  { brackets: true },
  { brackets: true, edges: "punctuation" },
  { brackets: true, links: "full" },
  { brackets: true, links: "full", italic: "_", edges: "punctuation" },
];

/** The lines of a text block; one line only within a heading or a cell. */
export function writeInline(block, manner = {}, place = "paragraph") {
  const writer = new InlineWriter(manner, place);
  block.forEach((node, _offset, index) => writer.add(node, block, index));
  return writer.lines();
}

class InlineWriter {
  constructor(manner, place) {
    this.manner = manner;
    this.place = place;
    this.out = "";
    this.open = [];
    this.hidden = null;
  }

  add(node, block, index) {
    const link = node.marks.find((mark) => mark.type.name === "link");
    if (link && this.hidden === null && this.isBare(link, node, block, index)) return this.bare(link, node, block, index);
    this.enter(node, block, index);
    this.out += this.leaf(node, block, index);
    return undefined;
  }

  /** Whether a link's text is its address, so that the address alone says it. */
  isBare(link, node, block, index) {
    if (!node.isText || link.attrs.title || link.attrs.form === "full" || this.manner.links === "full") return false;
    const has = (at) => at >= 0 && at < block.childCount && link.isInSet(block.child(at).marks);
    const { href } = link.attrs;
    return !has(index - 1) && !has(index + 1) && (href === node.text || href === `mailto:${node.text}`);
  }

  bare(link, node, block, index) {
    const others = node.mark(link.removeFromSet(node.marks));
    this.enter(others, block, index);
    this.out += link.attrs.form === "angle" ? `<${node.text}>` : node.text;
  }

  /** Closes the marks that end before this node and opens those that begin, the longest first. */
  enter(node, block, index) {
    const wanted = node.marks.filter((mark) => ORDER.includes(mark.type.name));
    const keep = this.open.findIndex((mark) => !mark.isInSet(wanted));
    if (keep >= 0) this.closeTo(keep);
    const fresh = wanted.filter((mark) => !mark.isInSet(this.open));
    const length = (mark) => {
      let end = index;
      while (end < block.childCount && mark.isInSet(block.child(end).marks)) end += 1;
      return end;
    };
    const rank = (mark) => ORDER.indexOf(mark.type.name);
    fresh.sort((a, b) => length(b) - length(a) || rank(a) - rank(b));
    for (const mark of fresh) {
      this.out += this.delimiter(mark, true);
      this.open.push(mark);
    }
  }

  closeTo(length) {
    while (this.open.length > length) this.out += this.delimiter(this.open.pop(), false);
  }

  delimiter(mark, isOpening) {
    const name = mark.type.name;
    if (name === "link") return isOpening ? "[" : `](${destination(mark.attrs.href, mark.attrs.title)})`;
    if (name === "italic" && this.manner.italic) return this.manner.italic;
    return mark.attrs.markup || DELIMITERS[name];
  }

  leaf(node, block, index) {
    switch (node.type.name) {
      case "text":
        return node.marks.some((mark) => mark.type.name === "code") ? this.code(node.text) : this.text(node.text, block, index);
      case "softBreak":
        return this.place === "paragraph" ? "\n" : " ";
      case "hardBreak":
        return this.place === "paragraph" ? "\\\n" : this.place === "cell" ? "<br>" : " ";
      case "verbatim":
        return node.attrs.source;
      case "image":
        return `![${escapedLabel(node.attrs.alt ?? "")}](${destination(node.attrs.src, node.attrs.title)})`;
      default:
        return "";
    }
  }

  code(text) {
    const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
    const fence = "`".repeat(longest === 1 ? 2 : longest ? longest + 1 : 1);
    const isTouching = /^`|`$/.test(text) || (/^ .*\S.* $/.test(text));
    const padded = isTouching ? ` ${text} ` : text;
    return fence + (this.place === "cell" ? padded.replace(/\|/g, "\\|") : padded) + fence;
  }

  text(text, block, index) {
    const before = index ? block.child(index - 1).text?.at(-1) ?? "x" : " ";
    const after = index + 1 < block.childCount ? block.child(index + 1).text?.[0] ?? "x" : " ";
    return escaped(text, before, after, this.manner, this.place);
  }

  lines() {
    this.closeTo(0);
    if (this.place === "heading") return [this.out.replace(/(#+)$/, "\\$1")];
    if (this.place === "cell") return [this.out];
    const lines = this.out.split("\n");
    return this.manner.bare ? lines : lines.map(lineStart);
  }
}

function escaped(text, before, after, manner, place) {
  const around = (at, length) => [text[at - 1] ?? before, text[at + length] ?? after];
  const done = manner.bare ? text : text.replace(/[\\`*_[\]<]|~~|\^(?=\[)/g, (found, at) => {
    const [left, right] = around(at, found.length);
    return isPlain(found, left, right, text.slice(at), manner) ? found : `\\${found}`;
  });
  return place === "cell" ? done.replace(/\|/g, "\\|") : done;
}

/** Whether a character of Markdown's syntax means only itself here. */
function isPlain(found, left, right, rest, manner) {
  const inSpaces = /\s/.test(left) && /\s/.test(right);
  if (found === "*") return inSpaces;
  if (found === "_") return inSpaces || (WORD.test(left) && WORD.test(right));
  if (found === "\\") return /[\p{L}\p{N} ]/u.test(right) && rest.length > 1;
  if (found === "<") return !/[A-Za-z/!?]/.test(right);
  if (found === "[" || found === "]") return !manner.brackets && !(found === "[" && /^\[\^|^[^\]]*\](?:[([:]|$)/.test(rest));
  return false;
}

function lineStart(line) {
  const text = line.replace(/^[ \t]+/, "");
  if (DELIMITER_ROW.test(text)) return `\\${text}`;
  const [pattern, replacement] = LINE_STARTS.find(([each]) => each.test(text)) ?? [];
  return pattern ? text.replace(pattern, replacement) : text;
}

const escapedLabel = (text) => text.replace(/[\\[\]`*_<]/g, "\\$&");

/** An address with its title, as it stands between the brackets of a link. */
export function destination(address, title) {
  const isPlainAddress = address && !/[\s<>\\]/.test(address) && isBalanced(address);
  const place = isPlainAddress ? address : address ? `<${address.replace(/[<>\\]/g, "\\$&").replace(/\n/g, "%0A")}>` : "";
  if (title === null || title === undefined || title === "") return place;
  return `${place || "<>"} "${title.replace(/["\\]/g, "\\$&")}"`;
}

function isBalanced(text) {
  let depth = 0;
  for (const character of text) {
    depth += { "(": 1, ")": -1 }[character] ?? 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}
