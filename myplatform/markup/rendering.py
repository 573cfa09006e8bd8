"""What a text is asked for: its HTML with links filled in, the targets it names, and its plain words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cachetools import LRUCache
from markupsafe import Markup

from .parsing import unsafe_html
from .parts import DrawBlock, DrawIcon, Drawing, Heading, Image, Link, Resolve
from .pieces import Pieces, cut
from .sanitising import sanitise
from .targets import Target

_SMALL = 32_000
_BACK_FROM_FOOTNOTE = "\u21a9\ufe0e"


@dataclass(frozen=True)
class Rendered:
    """A text as safe HTML, with its headings in order."""

    html: Markup
    headings: tuple[Heading, ...]


def no_block(_name: str, _source: str, _headings: tuple[Heading, ...]) -> str | None:
    """Draws no block: every fenced block is code."""
    return None


def no_icon(_name: str) -> str:
    """Draws no icon."""
    return ""


def render(text: str, resolve: Resolve, *, block: DrawBlock = no_block, icon: DrawIcon = no_icon) -> Rendered:
    """Safe HTML of a Markdown text.

    `resolve(target, is_image)` is asked for each target that `internal_targets` lists, and answers where it leads;
    None leaves the target as written. Query and fragment are kept. `block(name, source, headings)` is asked for
    each fenced block that has a name, and answers safe HTML, or None for what is code. `icon(name)` draws an icon.
    """
    pieces = _pieces(text)
    drawing = Drawing(resolve, block, icon, tuple(pieces.headings))
    parts = (part if isinstance(part, str) else part.draw(drawing) for part in pieces.parts)
    return Rendered(Markup("".join(parts)), drawing.headings)  # noqa: S704 - sanitised, then cut


def internal_targets(text: str) -> list[Target]:
    """Each target of links and images that may name a node, once, in order: resolve them all in one query."""
    references = (part for part in _pieces(text).parts if isinstance(part, Link | Image))
    return list(dict.fromkeys(Target(reference.target, reference.is_image) for reference in references))


def plain_text(text: str) -> str:
    """The words of a text as read aloud, one line a block: for the search index and excerpts."""
    lines = "".join(_pieces(text).words).replace(_BACK_FROM_FOOTNOTE, "").split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def headings(text: str) -> tuple[Heading, ...]:
    """The headings of a text, in order."""
    return tuple(_pieces(text).headings)


def learn(texts: Iterable[str], parse: Callable[[str], str]) -> None:
    """Have texts ready that are about to be shown. `parse` gives what `unsafe_html` would: it knows where that is kept.

    Whatever it gives is sanitised here, as always: who may write where it is kept cannot write pages.
    """
    for text in texts:
        _pieces(text, parse)


def _pieces(text: str, parse: Callable[[str], str] = unsafe_html) -> Pieces:
    kept = _small if len(text) <= _SMALL else _large
    with _lock:
        known = kept.get(text)
    if known is None:
        known = cut(sanitise(parse(text)))
        with _lock:
            kept[text] = known
    return known


_lock = threading.Lock()
_small: LRUCache[str, Pieces] = LRUCache(512)
_large: LRUCache[str, Pieces] = LRUCache(8)
"""Long texts are slow enough to be worth keeping, and big enough to keep only a few."""
