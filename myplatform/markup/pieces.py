"""Clean HTML cut into pieces: literal HTML, and references to nodes, filled in when the text is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

from .targets import is_internal, split_target

# Canonical output of the sanitiser: "<" and ">" in text are escaped, attribute values stand in double quotes,
# and so this expression finds exactly the tags. It must never be applied to anything else.
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z]+(?:="[^"]*")?)*)(?: /)?>')
_TOP_HEADING = re.compile(r"<h1[ >]")
_ATTRIBUTE = re.compile(r' ([a-z]+)(?:="([^"]*)")?')
_BLOCKS = frozenset({
    "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
# Ids that the page around a text uses for itself; a heading of that name is numbered instead.
_RESERVED_IDS = frozenset({"main", "content", "nav", "search", "sidebar", "title", "body", "top"})


@dataclass(frozen=True)
class Heading:
    """A heading for the table of contents; `id` is the fragment that leads to it, `level` 1 to 6."""

    level: int
    id: str
    text: str


@dataclass(frozen=True)
class Reference:
    """The start tag of a link, or an image, that may name a node; `tail` is its query and fragment."""

    is_image: bool
    target: str
    tail: str
    attributes: tuple[tuple[str, str], ...]
    in_link: bool = False


@dataclass
class Pieces:
    """A text ready to be shown: `parts` in order, its headings, and its words for the search index."""

    parts: list[str | Reference] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def attributes_html(attributes: tuple[tuple[str, str], ...]) -> str:
    """Attributes as they stand in a tag, each with a leading space."""
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes)


def cut(html: str) -> Pieces:
    """Cut sanitised HTML into pieces. Linear in the length of `html`."""
    return _Cutter().run(html)


class _Cutter:
    def __init__(self) -> None:
        self.pieces = Pieces()
        self.link_depth = 0
        self.used_ids: dict[str, int] = {}
        self.heading_start: tuple[int, int] | None = None  # index into parts and into words
        self.levels_down = 0

    def run(self, html: str) -> Pieces:
        position = 0
        self.levels_down = 1 if _TOP_HEADING.search(html) else 0  # the title of the page stands above the text
        for match in _TAG.finditer(html):
            self._text(html[position : match.start()])
            self._tag(match)
            position = match.end()
        self._text(html[position:])
        return self.pieces

    def _emit(self, html: str) -> None:
        self.pieces.parts.append(html)

    def _text(self, html: str) -> None:
        if html:
            self._emit(html)
            self.pieces.words.append(unescape(html))

    def _tag(self, match: re.Match[str]) -> None:
        closing, name = match[1] == "/", match[2]
        if name in _BLOCKS:
            self.pieces.words.append("\n")
        if name == "a":
            self._link(match, closing)
        elif name == "img":
            self._image(match)
        elif len(name) == 2 and name[0] == "h" and name[1].isdigit():
            self._heading(match, closing, int(name[1]))
        elif name in ("table", "pre"):
            self._scrollable(match, closing, name)
        elif name == "input":
            self._checkbox(match)
        else:
            self._emit(match[0])

    def _scrollable(self, match: re.Match[str], closing: bool, name: str) -> None:
        """Wide tables and code scroll on their own; what scrolls can be reached from the keyboard."""
        if name == "pre":
            self._emit(match[0] if closing else f'<pre tabindex="0"{match[3]}>')
        else:
            self._emit("</table></div>" if closing else f'<div class="table-scroll" tabindex="0">{match[0]}')

    def _checkbox(self, match: re.Match[str]) -> None:
        done = "checked" in dict(_attributes(match[3]))
        state, label = (' checked=""', "Done") if done else ("", "To do")
        self._emit(f'<input type="checkbox" disabled=""{state} aria-label="{label}">')

    def _link(self, match: re.Match[str], closing: bool) -> None:
        self.link_depth += -1 if closing else 1
        attributes = dict(_attributes(match[3]))
        href = attributes.pop("href", "")
        if closing:
            self._emit(match[0])
        elif is_internal(href):
            self.pieces.parts.append(Reference(False, *split_target(href), tuple(attributes.items())))
        else:
            outside = href and not href.startswith(("#", "?", "mailto:", "tel:"))
            rel = ' rel="noopener noreferrer"' if outside else ""
            self._emit(f"{match[0][:-1]}{rel}>")

    def _image(self, match: re.Match[str]) -> None:
        attributes = dict(_attributes(match[3]))
        source, alt = attributes.pop("src", ""), attributes.get("alt", "")
        self.pieces.words.append(f" {alt} ")
        if is_internal(source):
            reference = Reference(True, *split_target(source), tuple(attributes.items()), self.link_depth > 0)
            self.pieces.parts.append(reference)
        elif source and self.link_depth == 0:
            # The content security policy keeps images of other sites out (they would tell who reads what).
            link = f'<a href="{escape(source)}" rel="noopener noreferrer">{escape(alt or source)}</a>'
            self._emit(link)
        else:
            self._emit(f"<span>{escape(alt or source)}</span>")

    def _heading(self, match: re.Match[str], closing: bool, level: int) -> None:
        level = min(level + self.levels_down, 6)
        tag = f"<{match[1]}h{level}{match[3]}>"
        if not closing:
            self.heading_start = (len(self.pieces.parts), len(self.pieces.words))
            self._emit(tag)
        elif self.heading_start is not None:
            part, word = self.heading_start
            self.heading_start = None
            text = " ".join("".join(self.pieces.words[word:]).split())
            heading = Heading(level, self._anchor(text), text)
            self.pieces.headings.append(heading)
            opening = str(self.pieces.parts[part])
            self.pieces.parts[part] = f'{opening[:-1]} id="{escape(heading.id)}">'
            self._emit(self._self_link(heading) + tag)
        else:
            self._emit(tag)

    def _self_link(self, heading: Heading) -> str:
        if self.link_depth or not heading.text:
            return ""
        label = escape(f"Link to “{heading.text}”")
        return f' <a class="anchor" href="#{escape(heading.id)}" aria-label="{label}"></a>'

    def _anchor(self, text: str) -> str:
        """The fragment of a heading, formed and numbered as on GitHub."""
        slug = _NOT_IN_ANCHORS.sub("", text.lower()).replace(" ", "-") or "section"
        number = self.used_ids.get(slug, 1 if slug in _RESERVED_IDS else 0)
        anchor = f"{slug}-{number}" if number else slug
        while number and anchor in self.used_ids:
            number += 1
            anchor = f"{slug}-{number}"
        self.used_ids[slug] = number + 1
        self.used_ids.setdefault(anchor, 1)
        return anchor


def _attributes(html: str) -> Iterator[tuple[str, str]]:
    for name, value in _ATTRIBUTE.findall(html):
        yield name, unescape(value)
