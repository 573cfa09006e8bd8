// What the editor can do to a text, once for the toolbar, the slash menu and the keyboard.
import { word } from "../words.js";

const on = (editor) => editor.chain().focus();

/** Commands on running text: shown in the toolbar. */
export const marks = (editor) => [
  mark(editor, "bold", word("Bold"), "Mod-b"),
  mark(editor, "italic", word("Italic"), "Mod-i"),
  mark(editor, "strike", word("Strikethrough"), "Mod-Shift-s"),
  mark(editor, "code", word("Code in a line"), "Mod-e", "inline-code"),
];

function mark(editor, name, label, keys, icon = name) {
  return { label, icon, keys, isActive: () => editor.isActive(name), run: () => on(editor).toggleMark(name).run() };
}

/** What a paragraph can be. */
export const styles = (editor) => [
  {
    label: word("Plain text"), icon: "paragraph", keys: "Mod-Alt-0", isActive: editor.isActive("paragraph"),
    run: () => on(editor).setParagraph().run(),
  },
  ...[[2, word("Heading")], [3, word("Smaller heading")], [4, word("Smallest heading")]].map(([level, label]) => ({
    label, icon: `heading-${level}`, keys: `Mod-Alt-${level}`, isActive: editor.isActive("heading", { level }),
    run: () => on(editor).toggleHeading({ level }).run(),
  })),
];

export const lists = (editor) => [
  {
    label: word("List"), icon: "list", keys: "Mod-Shift-8", isActive: () => editor.isActive("bulletList"),
    run: () => on(editor).toggleBulletList().run(),
  },
  {
    label: word("Numbered list"), icon: "list-ordered", keys: "Mod-Shift-7", isActive: () => editor.isActive("orderedList"),
    run: () => on(editor).toggleOrderedList().run(),
  },
  {
    label: word("Task list"), icon: "list-tasks", keys: "Mod-Shift-9", isActive: () => editor.isActive("taskList"),
    run: () => on(editor).toggleTaskList().run(),
  },
];

export const blocks = (editor) => [
  {
    label: word("Quote"), icon: "quote", keys: "Mod-Shift-b", isActive: () => editor.isActive("blockquote"),
    run: () => on(editor).toggleBlockquote().run(),
  },
  {
    label: word("Block of code"), icon: "code", keys: "Mod-Alt-c", isActive: () => editor.isActive("codeBlock"),
    run: () => on(editor).toggleCodeBlock().run(),
  },
];

export const rule = (editor) => ({
  label: word("Line across"), icon: "rule", run: () => on(editor).setHorizontalRule().run(),
});

export const newTable = (editor) => ({
  label: word("Table"), icon: "table",
  run: () => on(editor).insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run(),
});

/** What can be done to the table in which the caret stands. */
export const tableCommands = (editor) => {
  const align = (value) => () => alignColumn(editor, value);
  return [
    { label: word("Row above"), icon: "add", run: () => addRow(editor, "addRowBefore") },
    { label: word("Row below"), icon: "add", run: () => addRow(editor, "addRowAfter") },
    { label: word("Column before"), icon: "add", run: () => on(editor).addColumnBefore().run() },
    { label: word("Column after"), icon: "add", run: () => on(editor).addColumnAfter().run() },
    { label: word("Align column at the start"), icon: "align-start", run: align(null) },
    { label: word("Align column at the end"), icon: "align-end", run: align("right") },
    { label: word("Remove row"), icon: "close", danger: true, run: () => removeRow(editor) },
    { label: word("Remove column"), icon: "close", danger: true, run: () => on(editor).deleteColumn().run() },
    { label: word("Remove table"), icon: "delete", danger: true, run: () => on(editor).deleteTable().run() },
  ];
};

const inHead = (editor) => editor.isActive("tableHeader");

// The first row of a Markdown table is its head, of which there is one.
function addRow(editor, command) {
  on(editor)[inHead(editor) ? "addRowAfter" : command]().run();
}

function removeRow(editor) {
  if (!inHead(editor)) on(editor).deleteRow().run();
}

function alignColumn(editor, align) {
  const { $from } = editor.state.selection;
  const depth = [...Array($from.depth + 1).keys()].reverse().find((each) => $from.node(each).type.name === "table");
  if (depth === undefined) return;
  const column = $from.index(depth + 1);
  const start = $from.start(depth);
  const transaction = editor.state.tr;
  $from.node(depth).forEach((row, offset) => {
    let position = start + offset + 1;
    for (let index = 0; index < column; index += 1) position += row.child(index).nodeSize;
    transaction.setNodeMarkup(position, null, { ...row.child(column).attrs, align });
  });
  editor.view.dispatch(transaction);
  editor.view.focus();
}
