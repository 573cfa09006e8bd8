"""What HTML may come out of a text: lists of tags, attributes, classes and URL schemes, held by nh3."""

from __future__ import annotations

import re

import nh3

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "dfn",
    "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "title"},
    "a": {"href"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "input": {"checked", "disabled", "type"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
# Contents go with the tag: as text they would only be noise.
_DROPPED_WITH_CONTENT = {"script", "style", "template", "noscript", "svg", "math", "title"}

_CLASSES = {
    "alone", "block-good", "block-info", "block-note", "block-warning", "callout-title", "contains-task-list",
    "footnote-backref", "footnote-item", "footnote-ref", "footnotes", "footnotes-list", "task-list-item",
    "text-center", "text-end", "text-start",
}  # fmt: skip
_LANGUAGE_CLASS = re.compile(r"language-[\w+#.-]{1,40}")
# Ids by authors could shadow those of the page around the text; only those of footnotes are let through.
_FOOTNOTE_ID = re.compile(r"fn(ref)?\d{1,6}(:\d{1,6})?")
_SIZE = re.compile(r"\d{1,4}%?")


def sanitise(html: str) -> str:
    """Safe HTML, canonically written: lower-case tags, double-quoted attributes, all tags closed."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        link_rel=None,
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(c for c in value.split() if c in _CLASSES or _LANGUAGE_CLASS.fullmatch(c)) or None
    if name == "id":
        return value if _FOOTNOTE_ID.fullmatch(value) else None
    if tag == "img" and name in ("width", "height"):
        return value if _SIZE.fullmatch(value) else None
    return value
