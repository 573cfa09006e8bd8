"""The order in which titles are listed: one key, made here, so that every database sorts alike."""

from __future__ import annotations

import re
import unicodedata

# An index row of PostgreSQL holds some 2,700 bytes; 250 characters need at most 1,000.
MAX_LENGTH = 250
# Combining classes from here on are accents; those below, such as the nuktas of Indic scripts, tell letters
# apart.
_FIRST_ACCENT_CLASS = 200


LONGEST_WORD = 60
_WORD = re.compile(r"[^\W_]+")


def sort_key(title: str) -> str:
    """`title` without accents, case and runs of space; compare by code points (`COLLATE "C"`, `BINARY`)."""
    return _folded(title.strip()[: 4 * MAX_LENGTH])[:MAX_LENGTH].rstrip()


def folded_words(text: str) -> list[str]:
    """The words of `text` in their order, without accents and case, each of at most 60 characters."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(_folded(text))]


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c for c in unicodedata.normalize("NFKD", decomposed) if _sorts(c))
    return " ".join(kept.split())


def _sorts(character: str) -> bool:
    if character.isspace():
        return True
    return (
        unicodedata.category(character)[0] != "C" and unicodedata.combining(character) < _FIRST_ACCENT_CLASS
    )
