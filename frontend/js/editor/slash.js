// What can be put in: by "/" at the start of a line, people by "@", places by "[[".
import { word } from "../words.js";
import { blocks, lists, newTable, rule, styles } from "./commands.js";
import { find, permalink } from "./finding.js";
import { Source } from "./source.js";

/** The triggers of an editor's suggestions. `more` are {link, image, file}; `known` gives the site's blocks,
    `isWaiting` whether they are still asked for. */
export function triggers(editorOf, places, more, known, isWaiting) {
  return [
    {
      sign: "/",
      pattern: /^\/([^\s/][^/]{0,30}|)$/,
      label: word("Put in"),
      items: (query) => matching(insertions(editorOf(), more, known()), query),
      isWaiting,
      empty: (query) => (query.length < 12 ? word("Nothing of that name") : null),
    },
    {
      sign: "@",
      pattern: /(?:^|[\s(])@([\p{L}\p{N}][^@\n]{0,40}|)$/u,
      label: word("People"),
      items: (query) => (query.trim() ? search(editorOf, places.find, query, "employee") : []),
      empty: (query) => (query.trim() ? (query.split(/\s/).length < 4 ? word("Nobody of that name") : null) : word("Type a name")),
    },
    {
      sign: "[[",
      pattern: /\[\[([^[\]\n]{0,60})$/,
      label: word("Places"),
      items: (query) => (query.trim() ? search(editorOf, places.find, query) : []),
      empty: (query) => (query.trim() ? word("Nothing found") : word("Type a title")),
    },
  ];
}

const search = (editorOf, address, query, kinds) => async () => {
  const found = await find(address, query.trim(), kinds);
  return found.map((item) => ({
    label: item.title,
    description: item.summary || item.path,
    icon: item.icon,
    run: (range) => insertLink(editorOf(), range, item.title, permalink(item.id)),
  }));
};

/** Puts a link in the place of what was typed, and a space after it. */
export function insertLink(editor, range, text, href) {
  const link = { type: "text", text, marks: [{ type: "link", attrs: { href } }] };
  editor.chain().focus().insertContentAt(range, [link, { type: "text", text: " " }]).unsetMark("link").run();
}

function matching(items, query) {
  const wanted = query.trim().toLocaleLowerCase();
  const heard = (item) => `${item.label} ${item.group} ${item.name ?? ""}`.toLocaleLowerCase();
  return items.filter((item) => heard(item).includes(wanted));
}

function insertions(editor, { link, image, file }, known) {
  const group = (name, commands) => commands.map((command) => ({ ...command, group: name, run: cleared(editor, command.run) }));
  return [
    ...group(word("Text"), styles(editor)),
    ...group(word("Lists"), lists(editor)),
    ...group(word("Pieces"), [...blocks(editor), newTable(editor), rule(editor)]),
    ...group(word("Links and media"), [link, image, file]),
    ...group(word("Blocks"), known.map((block) => ({ ...block, run: () => insertBlock(editor, block.source) }))),
  ];
}

/** Runs a command after what was typed to find it is gone. */
const cleared = (editor, run) => (range) => {
  editor.chain().focus().deleteRange(range).run();
  run();
};

/** Puts blocks of Markdown where the caret's paragraph is, or after it if there are words in it. */
export function insertBlock(editor, markdown) {
  const { $from } = editor.state.selection;
  const blocks = new Source(markdown, editor.schema).doc.toJSON().content.map(nameless);
  const isEmpty = !$from.parent.content.size;
  const at = isEmpty ? { from: $from.before(), to: $from.after() } : $from.after();
  editor.chain().focus().insertContentAt(at, blocks).run();
}

const nameless = (block) => ({ ...block, attrs: { ...block.attrs, origin: null } });
