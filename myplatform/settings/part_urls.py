"""URLs that choose a part: the first word names who does the work; plug-ins offer further ones.

A family of parts ("files", "cache", …) is one setting, `FAMILY.url`, of the kind `part_url(FAMILY, …)`. Each scheme is
offered once, with what checks the rest of the URL and what opens the part, as `module:function`. Nothing is imported
before a part is opened, so that a check of the INI needs none of the libraries.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from .kinds import Kind, UnfitError


@dataclass(frozen=True)
class Scheme:
    """One way to provide a part.

    `opener` is `module:function`, called with the URL and the `Settings`. `written` is how its URL is written, for
    messages. `check` takes the URL and returns it as it is kept; it raises `UnfitError`. `extra` names the set of
    packages that it needs (`pip install "myplatform[EXTRA]"`), if it needs any, and `modules` what it imports of them.
    """

    name: str
    opener: str
    written: str
    check: Callable[[str], str] = str
    extra: str = ""
    modules: tuple[str, ...] = ()


_offered: dict[str, dict[str, Scheme]] = {}


def offer(family: str, *schemes: Scheme) -> None:
    """Add ways to provide a part; a plug-in does so when its module is imported. ValueError if one is taken."""
    known = _offered.setdefault(family, {})
    for scheme in schemes:
        if known.get(scheme.name, scheme) != scheme:
            raise ValueError(f"{scheme.name}: is offered already for {family}.url")
        known[scheme.name] = scheme


def offered(family: str) -> dict[str, Scheme]:
    """Every way to provide a part that is known by now, in the order of offering."""
    return dict(_offered.get(family, {}))


def families() -> tuple[str, ...]:
    """The names of all parts that something is offered for, as "files" and "cache"."""
    return tuple(_offered)


def scheme_of(family: str, url: str) -> Scheme:
    """The way that a URL names. Raises `UnfitError`, with the nearest one that there is."""
    name, colon, rest = url.partition(":")
    known = offered(family)
    if colon and name in known:
        return known[name]
    ways = " or ".join(scheme.written for scheme in known.values())
    close = difflib.get_close_matches(name.lower(), known, n=1)
    message = f"unknown scheme '{name}'; expected {ways}" if colon else f"expected {ways}"
    raise UnfitError(message, f"{close[0]}:{rest}" if close and colon else "")


def part_url(family: str, code: str) -> Kind:
    """The kind of the setting `FAMILY.url`; offer its built-in schemes first."""

    def parse(text: str) -> str:
        return scheme_of(family, text).check(text)

    ways = " or ".join(scheme.written for scheme in offered(family).values())
    return Kind(f"{family} URL", ways, code, str, parse)
