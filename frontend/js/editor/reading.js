// From Markdown's tokens to the editor's nodes. Whatever the editor could not hold without loss is refused (`Unholdable`);
// the caller then keeps the block as it is written.
const TASK = /^\[([ xX])\] /;
const BREAK = /^<br\s*\/?>$/i;
const ALIGNMENT = /text-align:(left|center|right)/;
const MARKS = { strong: "bold", em: "italic", s: "strike", link: "link" };

/** The editor has no node for this piece of Markdown. */
export class Unholdable extends Error {}

export class Reader {
  constructor(schema) {
    this.schema = schema;
    this.nodes = schema.nodes;
  }

  /** The nodes of a sequence of block tokens. Throws `Unholdable`. */
  blocks(tokens) {
    const nodes = [];
    for (let index = 0; index < tokens.length; ) {
      const end = endOf(tokens, index);
      nodes.push(this.block(tokens[index], tokens.slice(index + 1, end)));
      index = end + 1;
    }
    return nodes;
  }

  block(token, inner) {
    const name = token.type.replace(/_open$/, "");
    const read = BLOCKS[name];
    if (!read) throw new Unholdable(token.type);
    return read(this, token, inner);
  }

  island(source) {
    return this.nodes.island.create(null, this.text(source));
  }

  text(text, marks = []) {
    return text ? [this.schema.text(text, marks)] : [];
  }

  paragraph(inner) {
    return this.nodes.paragraph.create(null, this.inline(inner[0]));
  }

  /** The children that a node must have; an empty one gets an empty paragraph. */
  filled(tokens) {
    return tokens.length ? this.blocks(tokens) : [this.nodes.paragraph.create()];
  }

  list(token, inner) {
    const items = splitItems(inner);
    const isOrdered = token.type === "ordered_list_open";
    const attrs = { tight: isTight(inner, token.level), marker: token.markup };
    const isTasks = !isOrdered && items.length > 0 && items.every((item) => taskOf(item));
    if (isTasks) return this.nodes.taskList.create(attrs, items.map((item) => this.taskItem(item)));
    const children = items.map((item) => this.listItem(item));
    if (!isOrdered) return this.nodes.bulletList.create(attrs, children);
    const start = Number(token.attrGet("start") ?? 1);
    return this.nodes.orderedList.create({ ...attrs, start }, children);
  }

  taskItem(tokens) {
    const checked = taskOf(tokens) !== " ";
    return this.nodes.taskItem.create({ checked }, this.itemContent(withoutTask(tokens, [])));
  }

  listItem(tokens) {
    const task = taskOf(tokens);
    const kept = task ? [{ type: "verbatim", content: `[${task}]` }] : null;
    return this.nodes.listItem.create(null, this.itemContent(kept ? withoutTask(tokens, kept) : tokens));
  }

  itemContent(tokens) {
    const children = this.filled(tokens);
    if (children[0].type.name !== "paragraph") throw new Unholdable("an item that starts with something else");
    return children;
  }

  table(inner) {
    const rows = [];
    for (let index = 0; index < inner.length; index += 1) {
      if (inner[index].type !== "tr_open") continue;
      const end = endOf(inner, index);
      rows.push(this.nodes.tableRow.create(null, this.cells(inner.slice(index + 1, end))));
      index = end;
    }
    return this.nodes.table.create(null, rows);
  }

  cells(tokens) {
    const cells = [];
    for (let index = 0; index < tokens.length; index += 3) {
      const [open, inline] = [tokens[index], tokens[index + 1]];
      const type = open.type === "th_open" ? this.nodes.tableHeader : this.nodes.tableCell;
      const align = ALIGNMENT.exec(open.attrGet("style") ?? "")?.[1] ?? null;
      cells.push(type.create({ align }, this.nodes.paragraph.create(null, this.inline(inline, true))));
    }
    return cells;
  }

  inline(token, inCell = false) {
    return token ? this.inlines(token.children, [], inCell) : [];
  }

  inlines(tokens, marks, inCell) {
    const nodes = [];
    for (let index = 0; index < tokens.length; index += 1) {
      const token = tokens[index];
      if (token.nesting === 1) {
        const end = endOf(tokens, index);
        const inner = tokens.slice(index + 1, end);
        const inside = this.inlines(inner, this.marked(token, inner, marks), inCell);
        if (!inside.length) throw new Unholdable("emphasis of nothing");
        nodes.push(...inside);
        index = end;
      } else {
        nodes.push(...this.leaf(token, marks, inCell));
      }
    }
    return nodes;
  }

  marked(token, inner, marks) {
    const name = MARKS[token.type.replace(/_open$/, "")];
    if (!name) throw new Unholdable(token.type);
    const attrs = name === "link" ? linkAttributes(token, inner) : { markup: token.markup };
    const type = this.schema.marks[name];
    if (marks.some((mark) => mark.type === type)) throw new Unholdable("a mark inside itself");
    return type.create(attrs).addToSet(marks);
  }

  leaf(token, marks, inCell) {
    switch (token.type) {
      case "text":
        return this.text(token.content, marks);
      case "softbreak":
        return [this.nodes.softBreak.create(null, null, marks)];
      case "hardbreak":
        return [this.nodes.hardBreak.create(null, null, marks)];
      case "code_inline":
        return this.text(token.content, this.schema.marks.code.create().addToSet(marks));
      case "image":
        return [this.image(token, marks)];
      case "html_inline":
        if (inCell && BREAK.test(token.content)) return [this.nodes.hardBreak.create(null, null, marks)];
        return [this.nodes.verbatim.create({ source: token.content }, null, marks)];
      case "verbatim":
        return [this.nodes.verbatim.create({ source: token.content }, null, marks)];
      default:
        throw new Unholdable(token.type);
    }
  }

  image(token, marks) {
    if (token.children.some((child) => child.type !== "text")) throw new Unholdable("an image described with markup");
    const attrs = { src: token.attrGet("src"), alt: token.content, title: token.attrGet("title") };
    return this.nodes.image.create(attrs, null, marks);
  }
}

const BLOCKS = {
  paragraph: (reader, _token, inner) => reader.paragraph(inner),
  heading: (reader, token, inner) =>
    reader.nodes.heading.create(
      { level: Number(token.tag.slice(1)), markup: token.markup[0] },
      reader.inline(inner[0]),
    ),
  blockquote: (reader, _token, inner) => reader.nodes.blockquote.create(null, reader.filled(inner)),
  bullet_list: (reader, token, inner) => reader.list(token, inner),
  ordered_list: (reader, token, inner) => reader.list(token, inner),
  table: (reader, _token, inner) => reader.table(inner),
  hr: (reader, token) => reader.nodes.horizontalRule.create({ markup: token.markup }),
  html_block: (reader, token) => reader.island(token.content.replace(/\n+$/, "")),
  island: (reader, token) => reader.island(token.content),
  fence: (reader, token) =>
    reader.nodes.codeBlock.create(
      { language: token.info.trim() || null, markup: token.markup },
      reader.text(token.content.replace(/\n$/, "")),
    ),
  code_block: (reader, token) =>
    reader.nodes.codeBlock.create({ language: null, markup: "" }, reader.text(token.content.replace(/\n$/, ""))),
};

/** The index of the token that closes the one at `index`, or `index` itself. */
export function endOf(tokens, index) {
  let depth = 0;
  for (let end = index; end < tokens.length; end += 1) {
    depth += tokens[end].nesting;
    if (depth === 0) return end;
  }
  throw new Unholdable("a block without an end");
}

function splitItems(inner) {
  const items = [];
  for (let index = 0; index < inner.length; ) {
    const end = endOf(inner, index);
    items.push(inner.slice(index + 1, end));
    index = end + 1;
  }
  return items;
}

/** Whether the paragraphs right in a list's items stand without blank lines. */
function isTight(inner, level) {
  return !inner.some((token) => token.type === "paragraph_open" && token.level === level + 2 && !token.hidden);
}

const taskOf = (item) =>
  item[0]?.type === "paragraph_open" && item[1].children[0]?.type === "text" && TASK.exec(item[1].content)?.[1];

function withoutTask([open, inline, ...rest], kept) {
  const [first, ...others] = inline.children;
  const text = Object.assign(Object.create(first), { content: first.content.slice(kept.length ? 3 : 4) });
  const children = [...kept.map((token) => ({ nesting: 0, ...token })), ...(text.content ? [text] : []), ...others];
  return [open, Object.assign(Object.create(inline), { children }), ...rest];
}

/** A link's attributes; `form` says how it is written where its text is its address: bare, in <angles>, or in full. */
function linkAttributes(token, inner) {
  const href = token.attrGet("href");
  const text = inner.length === 1 && inner[0].type === "text" ? inner[0].content : null;
  const isAddress = href === text || href === `mailto:${text}`;
  const form = token.markup === "autolink" ? "angle" : isAddress && token.markup !== "linkify" ? "full" : "bare";
  return { href, title: token.attrGet("title"), form };
}
