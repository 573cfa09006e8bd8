"""What a text is asked for: its HTML with links filled in, the targets it names, and its plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from markupsafe import Markup

from .parsing import unsafe_html
from .pieces import Heading, Pieces, Reference, attributes_html, cut
from .sanitising import sanitise
from .targets import Target

_SMALL = 32_000
_BACK_FROM_FOOTNOTE = "\u21a9\ufe0e"
_MISSING = "This page does not exist, or you may not see it."


@dataclass(frozen=True)
class Resolved:
    """Where an internal target leads: a URL of this site, and whether the asker can see something there."""

    url: str
    exists: bool = True


@dataclass(frozen=True)
class Rendered:
    """A text as safe HTML, with its headings in order."""

    html: Markup
    headings: tuple[Heading, ...]


Resolve = Callable[[str, bool], Resolved | None]


def render(text: str, resolve: Resolve) -> Rendered:
    """Safe HTML of a Markdown text.

    `resolve(target, is_image)` is asked for each target that `internal_targets` lists,
    and answers where it leads; None leaves the target as written. Query and fragment are kept.
    """
    pieces = _pieces(text)
    parts = (part if isinstance(part, str) else _filled_in(part, resolve) for part in pieces.parts)
    return Rendered(Markup("".join(parts)), tuple(pieces.headings))  # noqa: S704 - sanitised, then cut


def internal_targets(text: str) -> list[Target]:
    """Each target of links and images that may name a node, once, in order: resolve them all in one query."""
    references = (part for part in _pieces(text).parts if isinstance(part, Reference))
    return list(dict.fromkeys(Target(reference.target, reference.is_image) for reference in references))


def plain_text(text: str) -> str:
    """The words of a text as read aloud, one line a block: for the search index and excerpts."""
    lines = "".join(_pieces(text).words).replace(_BACK_FROM_FOOTNOTE, "").split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def headings(text: str) -> tuple[Heading, ...]:
    """The headings of a text, in order."""
    return tuple(_pieces(text).headings)


def _filled_in(reference: Reference, resolve: Resolve) -> str:
    found = resolve(reference.target, reference.is_image) or Resolved(reference.target)
    url = _joined(found.url, reference.tail)
    attributes = dict(reference.attributes)
    if not found.exists:
        if reference.is_image:
            return _missing_image(reference, url)
        attributes |= {"class": f"{attributes.get('class', '')} missing".strip(), "title": _MISSING}
    if reference.is_image:
        attributes.setdefault("alt", "")
        listed = tuple({"src": url, "loading": "lazy", **attributes}.items())
        return f"<img{attributes_html(listed)}>"
    return f"<a{attributes_html(tuple({'href': url, **attributes}.items()))}>"


def _missing_image(reference: Reference, url: str) -> str:
    label = escape(dict(reference.attributes).get("alt") or reference.target)
    if reference.in_link:
        return f'<span class="missing" title="{_MISSING}">{label}</span>'
    return f'<a href="{escape(url)}" class="missing" title="{_MISSING}">{label}</a>'


def _joined(url: str, tail: str) -> str:
    """`url` with the author's `?query#fragment`, whose fragment wins."""
    if not tail:
        return url
    start, _, fragment = url.partition("#")
    query, _, own_fragment = tail.partition("#")
    if "?" in start:
        query = query.replace("?", "&", 1)
    fragment = own_fragment or fragment
    return f"{start}{query}{'#' if fragment else ''}{fragment}"


def _pieces(text: str) -> Pieces:
    return _small(text) if len(text) <= _SMALL else _large(text)


@lru_cache(maxsize=512)
def _small(text: str) -> Pieces:
    return cut(sanitise(unsafe_html(text)))


@lru_cache(maxsize=8)
def _large(text: str) -> Pieces:
    """Long texts are slow enough to be worth keeping, and big enough to keep only a few."""
    return cut(sanitise(unsafe_html(text)))
