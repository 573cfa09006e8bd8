"""The pieces of a text that are drawn when it is shown: what depends on who reads it, in which language, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Protocol

from ..languages import gettext as _
from .highlighting import highlighted, language_label

ALWAYS_SMALL = 240
"""Images of at most so many pixels in width are shown as they are: nothing is gained by enlarging them."""


@dataclass(frozen=True)
class Heading:
    """A heading for the table of contents; `id` is the fragment that leads to it, `level` 1 to 6."""

    level: int
    id: str
    text: str


@dataclass(frozen=True)
class Picture:
    """What is known of an image: its size in pixels, and the URL and width of a smaller version, where there is one."""

    width: int
    height: int
    small_url: str = ""
    small_width: int = 0


@dataclass(frozen=True)
class Resolved:
    """Where an internal target leads: a URL of this site, and whether the asker can see something there."""

    url: str
    exists: bool = True
    picture: Picture | None = None


Resolve = Callable[[str, bool], Resolved | None]
DrawBlock = Callable[[str, str, tuple[Heading, ...]], str | None]
"""Name and source of a fenced block and the text's headings → its HTML, or None where there is no such block."""
DrawIcon = Callable[[str], str]


@dataclass(frozen=True)
class Drawing:
    """What pieces ask while they are drawn."""

    resolve: Resolve
    block: DrawBlock
    icon: DrawIcon
    headings: tuple[Heading, ...]


class Piece(Protocol):
    """Something that is drawn each time the text is shown."""

    def draw(self, drawing: Drawing) -> str:
        """Its HTML."""


def attributes_html(attributes: tuple[tuple[str, str], ...]) -> str:
    """Attributes as they stand in a tag, each with a leading space."""
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes)


def joined_url(url: str, tail: str) -> str:
    """`url` with the author's `?query#fragment`, whose fragment wins."""
    if not tail:
        return url
    start, _hash, fragment = url.partition("#")
    query, _hash, own_fragment = tail.partition("#")
    if "?" in start:
        query = query.replace("?", "&", 1)
    fragment = own_fragment or fragment
    return f"{start}{query}{'#' if fragment else ''}{fragment}"


def _missing() -> str:
    return _("This page does not exist, or you may not see it.")


@dataclass(frozen=True)
class Link:
    """The start tag of a link that may name a node; `tail` is its query and fragment."""

    target: str
    tail: str
    attributes: tuple[tuple[str, str], ...]
    is_image = False

    def draw(self, drawing: Drawing) -> str:
        """The tag, leading to where the node stands now."""
        found = drawing.resolve(self.target, False) or Resolved(self.target)
        attributes = dict(self.attributes)
        if not found.exists:
            attributes |= {"class": f"{attributes.get('class', '')} missing".strip(), "title": _missing()}
        url = joined_url(found.url, self.tail)
        return f"<a{attributes_html(tuple({'href': url, **attributes}.items()))}>"


@dataclass(frozen=True)
class Image:
    """An image that may name a node. `is_alone` is one that fills its paragraph: it becomes a figure."""

    target: str
    tail: str
    attributes: tuple[tuple[str, str], ...]
    in_link: bool = False
    is_alone: bool = False
    is_image = True

    def draw(self, drawing: Drawing) -> str:
        """The image with what keeps the page from jumping, or its words where it is not there."""
        found = drawing.resolve(self.target, True) or Resolved(self.target)
        url = joined_url(found.url, self.tail)
        given = {"alt": "", **dict(self.attributes)}
        if not found.exists:
            shown = self._absent(url, given["alt"] or self.target)
            return f"<p>{shown}</p>" if self.is_alone else shown
        image = self._image(url, given, found.picture)
        if not self.is_alone:
            return image
        caption = given.get("title") or given["alt"]
        words = f'<figcaption dir="auto">{escape(caption)}</figcaption>' if caption else ""
        return f"<figure>{image}{words}</figure>"

    def _absent(self, url: str, label: str) -> str:
        if self.in_link:
            return f'<span class="missing" title="{escape(_missing())}">{escape(label)}</span>'
        return f'<a href="{escape(url)}" class="missing" title="{escape(_missing())}">{escape(label)}</a>'

    def _image(self, url: str, given: dict[str, str], picture: Picture | None) -> str:
        listed = {"src": url, "loading": "lazy", **given}
        if picture is not None:
            if not {"width", "height"} & set(given):
                listed |= {"width": str(picture.width), "height": str(picture.height)}
            if picture.small_url:
                sources = f"{picture.small_url} {picture.small_width}w, {url} {picture.width}w"
                listed |= {"src": picture.small_url, "srcset": sources, "sizes": "(min-width: 50rem) 45rem, 100vw"}
        image = f"<img{attributes_html(tuple(listed.items()))}>"
        if self.in_link or picture is None or picture.width <= ALWAYS_SMALL:
            return image
        label = "" if given["alt"] else f' aria-label="{escape(_("Show the image in full size"))}"'
        return f'<a class="zoom" href="{escape(url)}"{label}>{image}</a>'


@dataclass
class Code:
    """A fenced block: what its name stands for where there is such a block, or else code."""

    language: str
    text: str
    may_be_block: bool
    may_be_coloured: bool

    def draw(self, drawing: Drawing) -> str:
        """The block, or the code."""
        if self.may_be_block and self.language:
            block = drawing.block(self.language, self.text, drawing.headings)
            if block is not None:
                return block
        return self._as_code

    @cached_property
    def _as_code(self) -> str:
        label, css = "", ""
        if self.language:
            label = f'<p class="code-label">{escape(language_label(self.language))}</p>'
            css = f' class="language-{escape(self.language)}"'
        coloured = highlighted(self.text, self.language) if self.may_be_coloured else None
        shown = escape(self.text) if coloured is None else coloured
        return f'<div class="code" dir="ltr">{label}<pre tabindex="0"><code{css}>{shown}</code></pre></div>'


@dataclass(frozen=True)
class Callout:
    """The start of a call-out: note, info, good or warning. Its words say what it means only where it has a title."""

    name: str

    def draw(self, drawing: Drawing) -> str:
        """The box up to its contents; two closing tags end it."""
        return f'<div class="callout {self.name}" role="note">{drawing.icon(self.name)}<div class="callout-text">'


@dataclass(frozen=True)
class SelfLink:
    """The quiet sign behind a heading that leads to it."""

    id: str
    text: str

    def draw(self, _drawing: Drawing) -> str:
        """A link with a name for those who cannot see where it stands."""
        label = escape(_("Link to “%(heading)s”", heading=self.text))
        return f' <a class="anchor" href="#{escape(self.id)}" aria-label="{label}"></a>'


@dataclass(frozen=True)
class TableStart:
    """The start of a table, in a box that scrolls and can be reached from the keyboard."""

    tag: str
    heading: str

    def draw(self, _drawing: Drawing) -> str:
        """A region named by the heading above it."""
        label = _("Table: %(heading)s", heading=self.heading) if self.heading else _("Table")
        return f'<div class="table-scroll" role="region" aria-label="{escape(label)}" tabindex="0">{self.tag}'


@dataclass(frozen=True)
class Tick:
    """The box of a task."""

    is_done: bool

    def draw(self, _drawing: Drawing) -> str:
        """A box that cannot be changed here, and what it says."""
        state, label = (' checked=""', _("Done")) if self.is_done else ("", _("To do"))
        return f'<input type="checkbox" disabled=""{state} aria-label="{escape(label)}">'


@dataclass(frozen=True)
class WayBack:
    """The start tag of the link from a footnote back to its place in the text."""

    attributes: tuple[tuple[str, str], ...]

    def draw(self, _drawing: Drawing) -> str:
        """The tag with a name instead of an arrow."""
        return f'<a{attributes_html(self.attributes)} aria-label="{escape(_("Back to the text"))}">'
