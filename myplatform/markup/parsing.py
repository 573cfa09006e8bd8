"""Markdown to unsanitised HTML: CommonMark with tables, strike-through, task lists, footnotes, bare links."""

from __future__ import annotations

import re
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

# Parsing costs up to 11 µs a character on text made to be slow, so what is formatted is bounded: the worst
# within these bounds takes about two seconds, once. Longer text is shown as typed, in a fixed-width block.
MAX_FORMATTED = 300_000
MAX_BRACKETS = 10_000
# The HTML sanitiser is quadratic in unclosed raw tags; above this many, raw HTML is shown as text.
MAX_RAW_TAGS = 5_000

_ALIGNMENTS = {
    "text-align:left": "text-start",
    "text-align:center": "text-center",
    "text-align:right": "text-end",
}
_RAW_TAG = re.compile(r"<[A-Za-z]")


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
    parser.core.ruler.push("alignment_classes", _alignment_classes)
    return parser


def _alignment_classes(state: StateCore) -> None:
    """Say the alignment of table cells by class: the content security policy allows no style attributes."""
    for token in state.tokens:
        style = token.attrs.pop("style", None) if token.type in ("th_open", "td_open") else None
        if style in _ALIGNMENTS:
            token.attrs["class"] = _ALIGNMENTS[style]


_WITH_RAW_HTML = _parser(raw_html=True)
_WITHOUT_RAW_HTML = _parser(raw_html=False)
