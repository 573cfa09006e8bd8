"""Where links and images point: which targets may name nodes of the tree, and which node each names."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PERMALINK = re.compile(r"/-/id/(\d{1,19})/?")
_MAX_ID = 2**63 - 1
_FOLDER_TEXTS = ("index", "readme")


class Target(NamedTuple):
    """An internal target as written, without query and fragment; still percent-encoded."""

    target: str
    is_image: bool


def split_target(url: str) -> tuple[str, str]:
    """The path part of `url` and its tail: `?query#fragment`, or an empty string."""
    cut = min((i for i in (url.find("?"), url.find("#")) if i >= 0), default=len(url))
    return url[:cut], url[cut:]


def is_internal(url: str) -> bool:
    """Whether `url` may name a node: a relative path, an absolute one or a permalink; no scheme, no host."""
    path = split_target(url)[0].strip()
    if not path or _SCHEME.match(path) or "\\" in path:
        return False  # browsers read a backslash as a slash, so "/\host" names another host
    return not path.startswith("//")


def normalise_target(target: str, base: str) -> str | int | None:
    """The absolute path, or the node id of a permalink, that `target` names.

    `target` is a path part (see `split_target`); `base` is the folder that relative targets start from: a
    page's parent, or the folder itself for a folder's own text. `..` above the root stays there, as in
    browsers. `name.md` names the page `name`; `index.md` and `readme.md` name their folder. None where the
    target cannot name a node at all (control characters, an id out of range).
    """
    text = unicodedata.normalize("NFC", unquote(target.strip(), errors="replace"))
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        return None
    if permalink := _PERMALINK.fullmatch(text):
        number = int(permalink[1])
        return number if 0 < number <= _MAX_ID else None
    segments = _walk([] if text.startswith("/") else base.split("/"), text)
    if segments and segments[-1].lower().endswith(".md") and not text.endswith("/"):
        segments = _without_markdown_suffix(segments)
    return "/" + "/".join(segments)


def _walk(start: list[str], path: str) -> list[str]:
    segments: list[str] = []
    for segment in [*start, *path.split("/")]:
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return segments


def _without_markdown_suffix(segments: list[str]) -> list[str]:
    name = segments[-1][:-3]
    return segments[:-1] if not name or name.lower() in _FOLDER_TEXTS else [*segments[:-1], name]
