"""Slugs: the last part of a path, made from titles and file names of any script, unique among siblings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from .languages import gettext as _

MAX_LENGTH = 100
# A path segment of a file system holds 255 bytes; this leaves room for what an export appends.
MAX_BYTES = 230

_UNTITLED = "untitled"
_APOSTROPHES = "'’‘ʼ`´"
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")
_NUMBERED_DEVICES = (f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))
_DEVICES = frozenset({"con", "prn", "aux", "nul", *_NUMBERED_DEVICES})


def slug_from(title: str) -> str:
    """A title's slug: lower case, letters and digits of any script, the rest single hyphens; never empty."""
    return _shortened(_words(_characters(title).lower()).strip("-")) or _UNTITLED


def slug_from_filename(name: str) -> str:
    """The slug a file gets: its name without directories, readable and with its extension; never empty."""
    name = _characters(name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1])
    found = _EXTENSION.search(name)
    extension = found[0] if found and found.start() else ""
    stem = _words(name.removesuffix(extension), kept="_.").strip("-.") or "file"
    stem = re.sub(r"\.{2,}", ".", stem)
    if stem.lower() in _DEVICES:
        stem += "-file"  # such a name cannot be saved on Windows
    return _shortened(stem, spare=len(extension)) + extension


def unique_slug(wanted: str, taken: Container[str]) -> str:
    """`wanted`, or the first of `wanted-2`, `wanted-3`, … not taken; a file extension stays at the end."""
    if wanted not in taken:
        return wanted
    found = _EXTENSION.search(wanted)
    extension = found[0] if found and found.start() else ""
    stem, number = wanted.removesuffix(extension), 2
    while (candidate := _numbered(stem, number, extension)) in taken:
        number += 1
    return candidate


def slug_problem(slug: str) -> str | None:
    """Why `slug` cannot be one, as a sentence that says how to mend it; None where it can."""
    if not slug:
        return _("An address cannot be empty.")
    if len(slug) > MAX_LENGTH or len(slug.encode("utf-8", "replace")) > MAX_BYTES:
        return _("An address has at most %(count)s characters (fewer in some scripts); shorten it.", count=MAX_LENGTH)
    if slug in (".", "..", "-"):
        return _("“%(slug)s” has a meaning of its own in addresses; choose another one.", slug=slug)
    if slug.startswith("@"):
        return _("An address cannot start with “@”: such addresses belong to the platform's own pages.")
    return _character_problem(slug)


def _character_problem(slug: str) -> str | None:
    if not unicodedata.is_normalized("NFC", slug):
        return _("An address must be in Unicode normal form C.")
    if bad := next((c for c in slug if not _allowed(c)), None):
        name = unicodedata.name(bad, f"U+{ord(bad):04X}").lower()
        return _("An address cannot contain %(name)s; use letters, digits, hyphens, dots and underscores.", name=name)
    return None


def _allowed(character: str) -> bool:
    return (character.isascii() and (character.isalnum() or character in "-_.~@+,!$()")) or (
        not character.isascii() and unicodedata.category(character)[0] in "LMN"
    )


def _numbered(stem: str, number: int, extension: str) -> str:
    tail = f"-{number}{extension}"
    return _shortened(stem, spare=len(tail)) + tail


def _characters(text: str) -> str:
    """Composed text without what cannot be seen: controls, zero-width and direction marks, surrogates."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")


def _words(text: str, kept: str = "") -> str:
    text = _characters(text)
    spoken = (c for c in text if c not in _APOSTROPHES)
    letters = "".join(c if unicodedata.category(c)[0] in "LMN" or c in kept else "-" for c in spoken)
    return re.sub(r"-{2,}", "-", unicodedata.normalize("NFC", letters))


def _shortened(slug: str, spare: int = 0) -> str:
    cut = slug[: MAX_LENGTH - spare]
    while len(cut.encode()) > MAX_BYTES - spare:
        cut = cut[:-1]
    whole_words = cut[: cut.rfind("-")] if len(cut) < len(slug) and "-" in cut[len(cut) // 2 :] else cut
    return whole_words.rstrip("-.")
