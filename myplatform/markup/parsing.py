"""Markdown to unsanitised HTML: CommonMark, tables, strike-through, task lists, footnotes, bare links, call-outs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.linkify import linkify
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

# Parsing costs up to 11 µs a character on text made to be slow, so what is formatted is bounded: the worst
# within these bounds takes about two seconds, once. Longer text is shown as typed, in a fixed-width block.
MAX_FORMATTED = 300_000
MAX_BRACKETS = 10_000
# The HTML sanitiser is quadratic in unclosed raw tags; above this many, raw HTML is shown as text.
MAX_RAW_TAGS = 5_000

CALLOUTS = ("note", "info", "good", "warning")
"""Names of fenced blocks that hold Markdown and set it apart; what follows the name is the title."""
DEEPEST_CALLOUT = 3

_ALIGNMENTS = {
    "text-align:left": "text-start",
    "text-align:center": "text-center",
    "text-align:right": "text-end",
}
_RAW_TAG = re.compile(r"<[A-Za-z]")
_BARE_SCHEME = re.compile(r"(?<![a-z0-9.+-])(?:https?|ftp)\Z", re.IGNORECASE)
SCHEME_SPACE = 8
"""Characters that hold any scheme and the one before it."""


def unsafe_html(text: str) -> str:
    """HTML of a Markdown text, not yet sanitised: never send it to a browser."""
    if len(text) > MAX_FORMATTED or text.count("[") > MAX_BRACKETS:
        return f"<pre>{escape(text)}</pre>"
    if len(_RAW_TAG.findall(text)) > MAX_RAW_TAGS:
        return _WITHOUT_RAW_HTML.render(text)
    return _WITH_RAW_HTML.render(text)


def _parser(raw_html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": raw_html, "linkify": True, "maxNesting": 100})
    parser.enable(["table", "strikethrough", "linkify"]).use(footnote_plugin).use(tasklists_plugin)
    parser.linkify.set({"fuzzy_link": False})  # or every README.md becomes a link to a site in Moldova
    parser.inline.ruler.at("linkify", _bare_links)
    parser.core.ruler.after("block", "callouts", _callouts)
    parser.core.ruler.push("alignment_classes", _alignment_classes)
    parser.core.ruler.push("images_alone", _images_alone)
    return parser


def _bare_links(state: StateInline, silent: bool) -> bool:
    """The rule of markdown-it, which reads all text since the last link for a scheme, given the end of that text only.

    What is only looked at (`silent`) is not in that text: there the rule could find nothing but by accident.
    """
    if silent or not state.src.startswith("://", state.pos) or not _BARE_SCHEME.search(state.pending[-SCHEME_SPACE:]):
        return False
    if len(state.pending) > SCHEME_SPACE:
        kept = state.pending[-SCHEME_SPACE:]
        state.pending = state.pending[:-SCHEME_SPACE]
        state.pushPending()
        state.pending = kept
    return linkify(state, silent)


def _alignment_classes(state: StateCore) -> None:
    """Say the alignment of table cells by class: the content security policy allows no style attributes."""
    for token in state.tokens:
        style = token.attrs.pop("style", None) if token.type in ("th_open", "td_open") else None
        if style in _ALIGNMENTS:
            token.attrs["class"] = _ALIGNMENTS[style]


def _images_alone(state: StateCore) -> None:
    """Mark each paragraph that is nothing but an image: it is shown as a figure."""
    for before, token in zip(state.tokens, state.tokens[1:], strict=False):
        children = token.children or ()
        if before.type == "paragraph_open" and len(children) == 1 and children[0].type == "image":
            before.attrs["class"] = "alone"


def _callouts(state: StateCore) -> None:
    """Open the fenced blocks that hold Markdown, before what is inside paragraphs is read."""
    state.tokens = list(_opened(state, state.tokens, 1))


def _opened(state: StateCore, tokens: list[Token], depth: int) -> Iterator[Token]:
    for token in tokens:
        name, _, title = token.info.strip().partition(" ") if token.type == "fence" else ("", "", "")
        if name not in CALLOUTS or depth > DEEPEST_CALLOUT:
            yield token
            continue
        inside: list[Token] = []
        state.md.block.parse(token.content, state.md, state.env, inside)
        yield Token("callout_open", "div", 1, attrs={"class": f"block-{name}"}, block=True)
        if title.strip():
            yield Token("paragraph_open", "p", 1, attrs={"class": "callout-title"}, block=True)
            yield Token("inline", "", 0, content=title.strip(), children=[], block=True)
            yield Token("paragraph_close", "p", -1, block=True)
        yield from _opened(state, inside, depth + 1)
        yield Token("callout_close", "div", -1, block=True)


_WITH_RAW_HTML = _parser(raw_html=True)
_WITHOUT_RAW_HTML = _parser(raw_html=False)
