"""Changing where links in a Markdown text lead, and nothing else of the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from ..markup import internal_targets, split_target

# Code is matched first so that what looks like a link in it is passed over.
_PLACE = re.compile(
    r"""
      (?P<fence>^[ \t>]*(?P<mark>`{3,}+|~{3,}+)[^\n]*+\n.*?(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z))
    | (?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).){1,5000}?(?<!`)(?P=ticks)(?!`))
    | \]\([ \t]*+\n?[ \t]*+(?:<(?P<angled>[^<>\n]*)>|(?P<inline>(?:[^\s()<\\]|\\.|\((?:[^\s()\\]|\\.)*\))+))
    | ^[ ]{0,3}\[[^\]\n]+\]:[ \t]*+\n?[ \t]*+(?:<(?P<angled_definition>[^<>\n]*)>|(?P<definition>[^\s<]\S*))
    | \b(?:href|src)[ ]*=[ ]*(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)')
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_DESTINATIONS = ("angled", "inline", "angled_definition", "definition", "double", "single")

Relink = Callable[[str, int], str | None]


def relinked(text: str, relink: Relink) -> str:
    """`text` with other destinations of its internal links and images.

    `relink(url, position)` gets each destination that may name a node, with its query and fragment, and where
    it stands in `text`; it answers the new destination, or None to keep the one there is.
    """
    known = {unquote(target) for target, _ in internal_targets(text)}
    parts: list[str] = []
    done = 0
    for match in _PLACE.finditer(text):
        group = next((name for name in _DESTINATIONS if match[name] is not None), None)
        if group is None or unquote(split_target(_unescaped(match[group]))[0]) not in known:
            continue
        new = relink(_unescaped(match[group]), match.start(group))
        if new is not None:
            parts += (text[done : match.start(group)], new)
            done = match.end(group)
    return "".join([*parts, text[done:]])


def _unescaped(destination: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", destination).replace("&amp;", "&")
