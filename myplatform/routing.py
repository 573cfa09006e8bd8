"""Finds the route of a path by its words instead of trying the pattern of every route, one after the other.

Which route answers is what it ever is in Pyramid: the first, in the order of set-up, whose pattern and predicates fit.
Patterns that begin with other words than the path are not tried, that is all; so a route more costs requests nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pyramid.config import Configurator
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request
from pyramid.urldispatch import RoutesMapper

_PLACEHOLDER = re.compile(r"[{*:]")


@dataclass
class _Branch:
    """Paths that begin with the same words: the routes that they may have, in order, and the words that may follow."""

    mapper: RoutesMapper = field(default_factory=RoutesMapper)
    branches: dict[str, _Branch] = field(default_factory=dict)


class RoutesByWords(RoutesMapper):
    """Pyramid's mapper over a tree of the words with which patterns begin."""

    def __init__(self) -> None:
        super().__init__()
        self._root: _Branch | None = None

    def connect(self, *arguments: Any, **others: Any) -> Any:
        """Add a route, or put one in the place of another of its name."""
        self._root = None
        return super().connect(*arguments, **others)

    def __call__(self, request: Request) -> dict[str, Any]:
        """The route of a request and what its placeholders stand for; both None where no route fits."""
        branch = self._root
        if branch is None:
            branch = self._root = _tree(self.routelist)
        for word in request.environ.get("PATH_INFO", "").split("/")[1:]:
            following = branch.branches.get(word)
            if following is None:
                break
            branch = following
        found: dict[str, Any] = branch.mapper(request)
        return found


def first_words(pattern: str) -> list[str]:
    """The words with which every path begins that fits the pattern."""
    literal, *placeholders = _PLACEHOLDER.split(pattern if pattern.startswith("/") else "/" + pattern, maxsplit=1)
    words = literal.split("/")[1:]
    if placeholders:
        words.pop()  # a placeholder begins or ends within it
    # Paths are compared as they stand in the environment, where other letters are not yet decoded.
    foreign = next((place for place, word in enumerate(words) if not word.isascii()), len(words))
    return words[:foreign]


def _tree(routes: list[Any]) -> _Branch:
    root = _Branch()
    for route in routes:
        branch = root
        for word in first_words(route.pattern):
            branch = branch.branches.setdefault(word, _Branch())
    for route in routes:
        _place(root, route, first_words(route.pattern))
    return root


def _place(branch: _Branch, route: Any, words: list[str]) -> None:
    """Add the route wherever a path may end up that fits it: at its last word, and at every word that may follow."""
    for word in words:
        branch = branch.branches[word]
    branch.mapper.routelist.append(route)
    for following in branch.branches.values():
        _place(following, route, [])


def includeme(config: Configurator) -> None:
    """Take the place of Pyramid's mapper, before any route is added."""
    config.registry.registerUtility(RoutesByWords(), IRoutesMapper)
