// A Markdown text and the editor's document of it. Every block remembers its source, and as long as it is not changed,
// that is what is written. Of a changed block the unchanged lines stay as they were.
import { listFamily, markerOf, writeBlock } from "./block-writing.js";
import { MANNERS } from "./inline-writing.js";
import { keepingLines } from "./lines.js";
import { Reader, Unholdable, endOf } from "./reading.js";
import { tokensAndReferences, tokensOf } from "./syntax.js";
import { tidied } from "./tidying.js";

const LINES = /\r\n?|\n/g;
const DEFINITION = /\]:/;

export class Source {
  /** Reads a text. `doc` is the document to edit; `write(doc)` gives its Markdown. */
  constructor(markdown, schema) {
    this.markdown = markdown;
    this.schema = schema;
    this.reader = new Reader(schema);
    this.eol = markdown.match(LINES)?.[0] ?? "\n";
    this.written = new WeakMap();
    const { tokens, references } = tokensAndReferences(markdown);
    this.references = references;
    this.origins = [];
    this.tail = this.split(tokens);
    const nodes = this.origins.map((origin) => origin.node);
    this.doc = schema.nodes.doc.create(null, nodes.length ? nodes : [schema.nodes.paragraph.create()]);
  }

  /** Cuts the text into blocks and the gaps before them; the end that is left over. */
  split(tokens) {
    const ends = [...this.markdown.matchAll(LINES)].map((found) => found.index + found[0].length);
    const starts = [0, ...ends];
    const lines = starts.map((start, index) => this.markdown.slice(start, starts[index + 1]));
    const isBlank = (line) => !lines[line].trim();
    let done = 0;
    const upTo = (start, end, nodes) => {
      const gap = lines.slice(done, start).join("");
      const text = lines.slice(start, end).join("").replace(/(?:\r\n?|\n)$/, "");
      const last = lines[end - 1];
      done = end;
      this.keep(gap, text, nodes);
      this.pending = last.slice(last.replace(LINES, "").length);
    };
    this.pending = "";
    const loose = (until) => {
      while (true) {
        let start = done;
        while (start < until && isBlank(start)) start += 1;
        if (start >= until) return;
        let end = start;
        while (end < until && !isBlank(end)) end += 1;
        upTo(start, end, null);
      }
    };
    for (let index = 0; index < tokens.length; index += 1) {
      const last = endOf(tokens, index);
      const [from, to] = tokens[index].map;
      loose(from);
      let end = Math.min(to, lines.length);
      while (end > from + 1 && isBlank(end - 1)) end -= 1;
      upTo(Math.max(from, done), end, tokens.slice(index, last + 1));
      index = last;
    }
    loose(lines.length);
    return this.pending + lines.slice(done).join("");
  }

  keep(gap, text, tokens) {
    const node = this.held(text, tokens);
    const origin = this.origins.length;
    const own = node.type.create({ ...node.attrs, origin }, node.content, node.marks);
    this.origins.push({ gap: this.pending + gap, text, node: own });
    this.written.set(own, text);
  }

  /** The block as a node of the editor, or as its source where the editor could not give it back. */
  held(text, tokens) {
    const island = () => this.reader.island(text.replace(LINES, "\n"));
    if (!tokens) return island();
    try {
      const nodes = this.reader.blocks(tokens);
      const isWhole = nodes.length === 1 && !this.definesLinks(text) && this.saysTheSame(nodes[0]);
      return isWhole ? nodes[0] : island();
    } catch (error) {
      if (error instanceof Unholdable || error instanceof RangeError) return island();
      throw error;
    }
  }

  definesLinks(text) {
    return DEFINITION.test(text) && Object.keys(tokensAndReferences(text).references).length > 0;
  }

  saysTheSame(node) {
    node.check();
    return this.fresh(node, []).isTrue;
  }

  /** Our own writing of a node: the first manner that reads back as the node. */
  fresh(node, taken) {
    let safe = null;
    for (const manner of MANNERS) {
      const meant = tidied(node, manner.edges);
      const lines = writeBlock(meant, manner, taken);
      if (this.reads(lines.join("\n"), meant, taken)) return { lines, isTrue: true, meant };
      if (manner.brackets) safe ??= { lines, isTrue: false, meant };
    }
    return safe;
  }

  /** Whether a text reads as the node. */
  reads(text, node, taken = []) {
    try {
      const nodes = this.reader.blocks(tokensOf(text, this.references));
      const meant = withMarker(node, taken);
      return nodes.length === 1 ? tidied(nodes[0]).eq(meant) : nodes.length === 0 && !node.content.size;
    } catch (error) {
      if (error instanceof Unholdable || error instanceof RangeError) return false;
      throw error;
    }
  }

  /** The Markdown of a document. Nothing that is as it was read is written anew. */
  write(doc) {
    if (doc === this.doc || doc.eq(this.doc)) return this.markdown;
    const blocks = [];
    doc.forEach((node, _offset, index) => {
      if (node.type.name === "paragraph" && !node.content.size) return;
      blocks.push({ node, text: this.textOf(node, this.takenAround(doc, index)) });
    });
    const parts = blocks.flatMap((block, index) => [this.gap(blocks[index - 1], block), block.text]);
    return parts.join("") + this.ending(blocks.at(-1));
  }

  takenAround(doc, index) {
    const node = doc.child(index);
    if (!listFamily(node) || this.isUnchanged(node)) return [];
    const beside = [doc.maybeChild(index - 1), doc.maybeChild(index + 1)];
    return beside
      .filter((each, at) => each && listFamily(each) === listFamily(node) && (at === 0 || this.isUnchanged(each)))
      .map((each, at) => (at === 0 && !this.isUnchanged(each) ? markerOf(each, this.takenAround(doc, index - 1)) : each.attrs.marker));
  }

  originOf(node) {
    return this.origins[node.attrs.origin ?? -1];
  }

  isUnchanged(node) {
    const origin = this.originOf(node);
    return Boolean(origin) && (origin.node === node || origin.node.eq(node));
  }

  textOf(node, taken) {
    const known = this.written.get(node);
    if (known !== undefined && !taken.length) return known;
    const origin = this.originOf(node);
    const text = this.isUnchanged(node) ? origin.text : this.changed(node, origin, taken).join(this.eol);
    if (!taken.length) this.written.set(node, text);
    return text;
  }

  /** A changed block: our writing, with the lines of its source where these did not change. */
  changed(node, origin, taken) {
    if (node.type.name === "island") return node.textContent.split("\n");
    const { lines, meant } = this.fresh(node, taken);
    if (!origin || origin.node.type !== node.type || taken.length) return lines;
    const kept = keepingLines(origin.text.split(LINES), this.fresh(origin.node, []).lines, lines);
    return this.reads(kept.join("\n"), meant) ? kept : lines;
  }

  /** What stands between two blocks: what stood between them in the source, if it still keeps them apart. */
  gap(before, block) {
    const origin = this.originOf(block.node);
    const at = block.node.attrs.origin ?? -1;
    const previous = before ? before.node.attrs.origin ?? -2 : -1;
    const stood = origin && previous === at - 1 ? origin.gap : null;
    if (!before) return stood ?? "";
    if (stood === null) return this.eol + this.eol;
    const isUnchanged = this.isUnchanged(before.node) && this.isUnchanged(block.node);
    return isUnchanged || this.keepsApart(before.text, stood, block.text) ? stood : this.eol + this.eol;
  }

  keepsApart(before, gap, after) {
    if ((gap.match(LINES)?.length ?? 0) > 1) return true;
    const count = (text) => tokensOf(text, this.references).filter((token) => token.level === 0 && token.nesting >= 0).length;
    return count(before + gap + after) === count(before) + count(after);
  }

  ending(last) {
    if (!last) return "";
    return this.tail || (this.markdown.trim() ? "" : this.eol);
  }
}

function withMarker(node, taken) {
  return listFamily(node) ? node.type.create({ ...node.attrs, marker: markerOf(node, taken) }, node.content) : node;
}
