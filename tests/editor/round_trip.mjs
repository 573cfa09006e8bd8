// Answers each line of JSON with a line of JSON: what the editor writes of a text that was not touched, and what it
// writes after words were put at the end of its text block of a certain number.
import { createInterface } from "node:readline";
import { Transform } from "@tiptap/pm/transform";
import { plainSchema } from "../../frontend/js/editor/schema.js";
import { Source } from "../../frontend/js/editor/source.js";

const schema = plainSchema();

/** The ends of all text blocks, each with the words in it. */
function endsOfTexts(doc) {
  const ends = [];
  doc.descendants((node, position) => {
    if (node.isTextblock && node.type.name !== "island" && node.textContent.trim()) ends.push(position + node.nodeSize - 1);
  });
  return ends;
}

const wordsOf = (doc) => doc.textContent.replace(/\s+/g, "");

function answer({ markdown, edit, added }) {
  const source = new Source(markdown, schema);
  const anew = schema.nodeFromJSON(source.doc.toJSON());
  const pieces = source.origins.map((origin) => origin.gap + origin.text).join("") + source.tail;
  const islands = source.origins.filter((origin) => origin.node.type.name === "island").map((origin) => origin.text);
  const said = { written: source.write(anew), pieces, blocks: source.origins.length, islands };
  const ends = endsOfTexts(source.doc);
  if (edit === undefined || !ends.length) return said;
  const place = ends[edit % ends.length];
  const touched = source.origins[source.doc.resolve(place).index(0)];
  const before = source.origins.slice(0, source.origins.indexOf(touched)).map((origin) => origin.gap + origin.text).join("");
  const change = new Transform(source.doc).insert(place, schema.text(added));
  const edited = source.write(change.doc);
  const again = new Source(edited, schema).doc;
  return { ...said, before, touched: touched.gap + touched.text, edited, reread: wordsOf(again) === wordsOf(change.doc), texts: ends.length };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
