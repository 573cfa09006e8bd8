// Markdown as the server reads it (myplatform/markup/parsing.py), but with every piece kept as it was written: addresses
// are not encoded, entities stay as they stand, and what only the server understands becomes a `verbatim` token.
import MarkdownIt from "markdown-it";

const BACKSLASHES = /\\(?:.|$)/g;
const FOOTNOTE = /^\[\^[^\]\s]+\]:/;
const FOOTNOTE_INDENT = 4;
const INLINE = [/\[\^[^\]\s]+\]/y, /\{\{.*?\}\}/y, /\{%.*?%\}/y, /\^\[(?:[^[\]\\]|\\.)*\]/y];

/** Footnotes in running text and tags of template languages. */
function verbatimInline(state, silent) {
  for (const pattern of INLINE) {
    pattern.lastIndex = state.pos;
    const found = pattern.exec(state.src);
    if (!found || found.index + found[0].length > state.posMax) continue;
    if (!silent) state.push("verbatim", "", 0).content = found[0];
    state.pos += found[0].length;
    return true;
  }
  return false;
}

const lineOf = (state, line) => state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);

/** The text of a footnote: its line, those that go on with it, and indented paragraphs below. */
function footnoteText(state, start, end, silent) {
  if (state.sCount[start] - state.blkIndent >= FOOTNOTE_INDENT || !FOOTNOTE.test(lineOf(state, start))) return false;
  if (silent) return true;
  let last = start;
  for (let line = start + 1; line < end; line += 1) {
    if (state.isEmpty(line)) continue;
    const follows = line === last + 1 && !FOOTNOTE.test(lineOf(state, line));
    if (!follows && state.sCount[line] - state.blkIndent < FOOTNOTE_INDENT) break;
    last = line;
  }
  const token = state.push("island", "", 0);
  token.map = [start, last + 1];
  token.content = state.getLines(start, last + 1, state.blkIndent, false);
  state.line = last + 1;
  return true;
}

function makeSyntax() {
  const syntax = new MarkdownIt("commonmark", { html: true, linkify: true, maxNesting: 100 });
  syntax.enable(["table", "strikethrough", "linkify"]).disable("entity");
  syntax.linkify.set({ fuzzyLink: false });
  syntax.normalizeLink = (address) => address;
  syntax.normalizeLinkText = (text) => text;
  syntax.inline.ruler.before("link", "verbatim", verbatimInline);
  syntax.block.ruler.before("reference", "footnote", footnoteText, { alt: ["paragraph", "reference"] });
  return syntax;
}

const syntax = makeSyntax();

/** The tokens of a text; `references` are the link definitions of the document around it. */
export function tokensOf(markdown, references = {}) {
  return syntax.parse(markdown, { references: { ...references } });
}

/** The tokens of a text with the link definitions found in it. */
export function tokensAndReferences(markdown) {
  const env = {};
  return { tokens: syntax.parse(markdown, env), references: env.references ?? {} };
}

/** A text without its backslash escapes, for rough looks at it. */
export const withoutEscapes = (text) => text.replace(BACKSLASHES, "");
