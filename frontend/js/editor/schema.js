// What the editor can hold: the nodes and marks of Markdown, each with what is needed to write it as it was written.
import { Extension, Node, getSchema } from "@tiptap/core";
import { Code } from "@tiptap/extension-code";
import { CodeBlock } from "@tiptap/extension-code-block";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Image } from "@tiptap/extension-image";
import { Link } from "@tiptap/extension-link";
import { TaskItem, TaskList } from "@tiptap/extension-list";
import { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
import StarterKit from "@tiptap/starter-kit";
import { word } from "../words.js";

const TOP = ["paragraph", "heading", "blockquote", "bulletList", "orderedList", "taskList", "table", "codeBlock"];
const unseen = (value) => ({ default: value, rendered: false, keepOnSplit: false });

/** What Markdown leaves to the writer: which marker, which fence. `origin` leads to a block's source. */
const Manner = Extension.create({
  name: "manner",
  addGlobalAttributes() {
    const marker = (value) => ({ tight: unseen(true), marker: unseen(value) });
    return [
      { types: [...TOP, "horizontalRule", "island"], attributes: { origin: unseen(null) } },
      { types: ["bulletList", "taskList"], attributes: marker("-") },
      { types: ["orderedList"], attributes: marker(".") },
      { types: ["bold"], attributes: { markup: unseen("**") } },
      { types: ["italic"], attributes: { markup: unseen("*") } },
      { types: ["strike"], attributes: { markup: unseen("~~") } },
      { types: ["codeBlock"], attributes: { markup: unseen("```") } },
      { types: ["heading"], attributes: { markup: unseen("#") } },
      { types: ["horizontalRule"], attributes: { markup: unseen("---") } },
      { types: ["link"], attributes: { form: unseen("bare") } },
    ];
  },
});

/** A line's end in the source that is none for the reader. */
const SoftBreak = Node.create({
  name: "softBreak",
  group: "inline",
  inline: true,
  selectable: false,
  linebreakReplacement: false,
  renderHTML: () => ["span", { class: "soft-break" }, " "],
  renderText: () => " ",
});

/** A piece of Markdown within a line that stays as it is written: a footnote's number, a tag of HTML. */
const Verbatim = Node.create({
  name: "verbatim",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({ source: { default: "", rendered: false } }),
  renderHTML: ({ node }) => ["code", { class: "verbatim" }, node.attrs.source],
  renderText: ({ node }) => node.attrs.source,
});

/** A block of Markdown that is edited as its source. */
export const Island = Node.create({
  name: "island",
  group: "block",
  content: "text*",
  marks: "",
  code: true,
  defining: true,
  isolating: true,
  renderHTML: () => ["pre", { class: "island" }, ["code", 0]],
});

const PlainTable = Table.extend({
  renderHTML: () => ["div", { class: "table-scroll" }, ["table", ["tbody", 0]]],
  addNodeView: () => null,
});

const alignment = {
  align: {
    default: null,
    parseHTML: (cell) => (["left", "center", "right"].includes(cell.align) ? cell.align : null),
    renderHTML: ({ align }) => (align ? { class: `text-${{ left: "start", center: "center", right: "end" }[align]}` } : {}),
  },
};
const inCell = (type) =>
  type.extend({
    content: "paragraph",
    addAttributes: () => ({ colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null }, ...alignment }),
  });

// Ctrl Enter sends the form.
const LineBreak = HardBreak.extend({
  addKeyboardShortcuts() {
    return { "Shift-Enter": () => this.editor.commands.setHardBreak() };
  },
});

/** The extensions of the editor; `views` maps names of nodes to what shows them in a browser. */
export function extensions(views = {}) {
  const shown = (node) => (views[node.name] ? node.extend({ addNodeView: () => views[node.name] }) : node);
  return [
    StarterKit.configure({ code: false, codeBlock: false, hardBreak: false, link: false, underline: false }),
    Manner,
    Code.extend({ excludes: "" }),
    shown(CodeBlock),
    LineBreak,
    Link.configure({ openOnClick: false, HTMLAttributes: { target: null, rel: null } }),
    shown(Image.configure({ inline: true })),
    TaskList,
    TaskItem.configure({ nested: true, a11y: { checkboxLabel: (node) => node.textContent || word("Task without words") } }),
    PlainTable,
    TableRow,
    inCell(TableHeader),
    inCell(TableCell),
    SoftBreak,
    Verbatim,
    shown(Island),
  ];
}

/** The schema alone, for reading and writing where there is no browser. */
export const plainSchema = () => getSchema(extensions());
