"""Clean HTML cut into pieces: literal HTML, and what is drawn each time the text is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

from .parts import Callout, Code, Heading, Image, Link, Piece, SelfLink, TableStart, Tick, WayBack
from .targets import is_internal, split_target

# Canonical output of the sanitiser: "<" and ">" in text are escaped, attribute values stand in double quotes,
# and so these expressions find exactly the tags. They must never be applied to anything else.
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z]+(?:="[^"]*")?)*)(?: /)?>')
_FENCE = re.compile(r'<pre><code(?: class="language-([^" ]*)")?>([^<]*)</code></pre>')
_TOP_HEADING = re.compile(r"<h1[ >]")
_ATTRIBUTE = re.compile(r' ([a-z]+)(?:="([^"]*)")?')
_BLOCKS = frozenset({
    "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_WRITTEN_EITHER_WAY = frozenset({
    "blockquote", "dd", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "summary", "table", "ul",
})  # fmt: skip
"""Each of these runs in the direction of its own first word, so that a text may mix languages."""
_HOLDERS = frozenset({"blockquote", "dl", "ol", "ul"})
MAX_COLOURED = 20_000
"""Characters of code in one text that are coloured."""
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
# Ids that the page around a text uses for itself; a heading of that name is numbered instead.
_RESERVED_IDS = frozenset({"main", "content", "nav", "search", "sidebar", "title", "body", "top"})


@dataclass
class Pieces:
    """A text ready to be shown: `parts` in order, its headings, and its words for the search index."""

    parts: list[str | Piece] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


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
        self.boxes: list[str] = []  # how each open <div> ends
        self.holders = 0  # quotations and lists that are open
        self.is_alone = False
        self.coloured = 0

    def run(self, html: str) -> Pieces:
        position = 0
        self.levels_down = 1 if _TOP_HEADING.search(html) else 0  # the title of the page stands above the text
        while match := _TAG.search(html, position):
            self._text(html[position : match.start()])
            fence = _FENCE.match(html, match.start()) if match[2] == "pre" else None
            if fence is not None:
                self._code(fence)
            else:
                self._tag(match)
            position = (fence or match).end()
        self._text(html[position:])
        return self.pieces

    def _emit(self, html: str | Piece) -> None:
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
        elif name in ("div", "p"):
            self._box(match, closing, name)
        elif name == "input":
            self._emit(Tick("checked" in dict(_attributes(match[3]))))
        else:
            self._emit(match[0] if closing else self._opened(name, match[3]))
            if name in _HOLDERS:
                self.holders += -1 if closing else 1

    def _opened(self, name: str, attributes: str) -> str:
        """A start tag. What runs in the direction of its first word does so as a whole, with all that it holds."""
        goes_its_way = name in _WRITTEN_EITHER_WAY and not self.holders and ' dir="' not in attributes
        direction = ' dir="auto"' if goes_its_way else ""
        return f"<{name}{attributes}{direction}>"

    def _code(self, fence: re.Match[str]) -> None:
        text = unescape(fence[2])
        self.pieces.words += ["\n", text, "\n"]
        self.coloured += len(text)
        self._emit(Code(unescape(fence[1] or ""), text, self.link_depth == 0, self.coloured <= MAX_COLOURED))

    def _scrollable(self, match: re.Match[str], closing: bool, name: str) -> None:
        """Wide tables and code scroll on their own; what scrolls can be reached from the keyboard."""
        if name == "pre":
            self._emit(match[0] if closing else f'<pre tabindex="0"{match[3]}>')
        elif closing:
            self._emit("</table></div>")
        else:
            above = self.pieces.headings[-1].text if self.pieces.headings else ""
            self._emit(TableStart(self._opened(name, match[3]), above))

    def _box(self, match: re.Match[str], closing: bool, name: str) -> None:
        """Call-outs, and paragraphs that an image fills: these become figures where the image is drawn."""
        css = dict(_attributes(match[3])).get("class", "")
        if name == "p":
            was_alone, self.is_alone = self.is_alone, not closing and css == "alone"
            if not (self.is_alone or (closing and was_alone)):
                self._emit(match[0] if closing else self._opened(name, match[3]))
        elif closing:
            self._emit(self.boxes.pop() if self.boxes else "</div>")
        elif css.startswith("block-"):
            self.boxes.append("</div></div>")
            self._emit(Callout(css.removeprefix("block-")))
        else:
            self.boxes.append("</div>")
            self._emit(match[0])

    def _link(self, match: re.Match[str], closing: bool) -> None:
        self.link_depth += -1 if closing else 1
        attributes = dict(_attributes(match[3]))
        if closing:
            self._emit(match[0])
            return
        href = attributes.pop("href", "")
        if is_internal(href):
            self._emit(Link(*split_target(href), tuple(attributes.items())))
        elif attributes.get("class") == "footnote-backref":
            self._emit(WayBack(tuple({"href": href, **attributes}.items())))
        elif href and not href.startswith(("#", "?", "mailto:", "tel:")):
            css = f"{attributes.pop('class', '')} external".strip()
            outside = {"href": href, **attributes, "class": css, "rel": "noopener noreferrer"}
            self._emit("<a" + "".join(f' {name}="{escape(value)}"' for name, value in outside.items()) + ">")
        else:
            self._emit(match[0])

    def _image(self, match: re.Match[str]) -> None:
        attributes = dict(_attributes(match[3]))
        source, alt = attributes.pop("src", ""), attributes.get("alt", "")
        self.pieces.words.append(f" {alt} ")
        before, after = ("<p>", "</p>") if self.is_alone else ("", "")
        if is_internal(source):
            self._emit(
                Image(*split_target(source), tuple(attributes.items()), self.link_depth > 0, is_alone=self.is_alone)
            )
        elif source and self.link_depth == 0:
            # The content security policy keeps images of other sites out (they would tell who reads what).
            link = f'<a href="{escape(source)}" class="external" rel="noopener noreferrer">{escape(alt or source)}</a>'
            self._emit(before + link + after)
        else:
            self._emit(f"{before}<span>{escape(alt or source)}</span>{after}")

    def _heading(self, match: re.Match[str], closing: bool, level: int) -> None:
        level = min(level + self.levels_down, 6)
        tag = f"</h{level}>" if closing else self._opened(f"h{level}", match[3])
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
            if self.link_depth == 0 and heading.text:
                self._emit(SelfLink(heading.id, heading.text))
            self._emit(tag)
        else:
            self._emit(tag)

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
