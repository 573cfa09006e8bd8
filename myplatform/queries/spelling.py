"""Spelling help: words like those that found nothing, only such as lead to something the asker may see.

The words of titles, of what people are found by and of headings are known. PostgreSQL finds similar ones by trigrams
where the extension pg_trgm could be had; otherwise the words that begin alike are compared here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..collation import folded_words
from ..identity import Identity
from ..models import SearchWord, is_live
from ..models.node import NODES
from ..models.search import IN_DETAILS, IN_HEADINGS, IN_TITLE, TRIGRAM_INDEX
from .matching import matching
from .visibility import may

SHORTEST, MOST_WORDS = 4, 5
MOST_COMPARED, MOST_CANDIDATES = 5000, 30
_WORD = re.compile(r'"[^"]*"|\S+')


def better_words(db: Session, asker: Identity, words: str) -> str | None:
    """The words with misspelt ones replaced, where that leads to something the asker may see; None otherwise."""
    typed = list(dict.fromkeys(_correctable(words)))[:MOST_WORDS]
    replaced = {}
    for word in typed:
        if not _leads_anywhere(db, asker, word) and (near := _like(db, asker, word)):
            replaced[word] = near
    if not replaced:
        return None
    better = _WORD.sub(lambda found: replaced.get(found[0], found[0]), words)
    return better if _leads_anywhere(db, asker, better) else None


def _correctable(words: str) -> Iterator[str]:
    """Single words that are wanted as they stand, long enough to say what they might mean."""
    for found in _WORD.finditer(words):
        folded = folded_words(found[0])
        if len(folded) == 1 and len(folded[0]) >= SHORTEST and not found[0].startswith(('"', "-")):
            yield found[0]


def _leads_anywhere(db: Session, asker: Identity, words: str) -> bool:
    found = select(NODES.c.id).where(NODES.c.id.in_(matching(db, words)), is_live(), may(asker))
    return db.execute(found.limit(1)).first() is not None


def _like(db: Session, asker: Identity, typed: str) -> str | None:
    """The visible word that is nearest to the typed one, the more frequent of two."""
    word = folded_words(typed)[0]
    if _knows_trigrams(db) and (near := _nearest(word, _by_trigrams(db, asker, word))):
        return near
    return _nearest(word, _compared(db, asker, word))  # letters that changed places leave few trigrams


def _nearest(word: str, similar: list[tuple[str, int]]) -> str | None:
    near = [(distance, -uses, each) for each, uses in similar if 0 < (distance := edits(word, each)) <= _allowed(word)]
    return min(near)[2] if near else None


def _knows_trigrams(db: Session) -> bool:
    if db.get_bind().dialect.name != "postgresql":
        return False
    return db.scalar(select(func.to_regclass(TRIGRAM_INDEX).is_not(None))) is True


def _by_trigrams(db: Session, asker: Identity, word: str) -> list[tuple[str, int]]:
    similar = SearchWord.c.word.bool_op("%")(word)
    return _visible(db, asker, select(SearchWord.c.word).where(similar).distinct())


def _compared(db: Session, asker: Identity, word: str) -> list[tuple[str, int]]:
    """The visible ones of the words most like it, among those that begin with its first or second letter."""
    wanted = trigrams(word)
    known = {each for letter in word[:2] for each in _beginning_with(db, letter) if abs(len(each) - len(word)) <= 3}
    best = sorted(known, key=lambda each: -len(wanted & trigrams(each)) / len(wanted | trigrams(each)))
    return _visible(db, asker, best[:MOST_CANDIDATES])


def _beginning_with(db: Session, letter: str) -> Iterator[str]:
    """The first different words that begin so; it hops from one to the next, however many nodes have them."""
    for source in (IN_TITLE, IN_DETAILS, IN_HEADINGS):
        of_source = (SearchWord.c.source == source, SearchWord.c.word < letter + "\U0010ffff")
        first = select(func.min(SearchWord.c.word).label("word")).where(*of_source, SearchWord.c.word >= letter)
        hops = first.cte("hops", recursive=True)
        further = select(func.min(SearchWord.c.word)).where(*of_source, SearchWord.c.word > hops.c.word)
        hops = hops.union_all(select(further.scalar_subquery()).where(hops.c.word.is_not(None)))
        yield from db.scalars(select(hops.c.word).where(hops.c.word.is_not(None)).limit(MOST_COMPARED))


def _visible(db: Session, asker: Identity, words: object) -> list[tuple[str, int]]:
    """Those of the words that stand in something the asker may see, and in how many things."""
    counted = (
        select(SearchWord.c.word, func.count().label("uses"))
        .join(NODES, NODES.c.id == SearchWord.c.node_id)
        .where(SearchWord.c.source.in_((IN_TITLE, IN_DETAILS, IN_HEADINGS)), SearchWord.c.word.in_(words))
        .where(is_live(), may(asker))
        .group_by(SearchWord.c.word)
    )
    return [(row.word, row.uses) for row in db.execute(counted)]


def _allowed(word: str) -> int:
    """How many letters may be wrong."""
    return 1 if len(word) < 6 else 2 if len(word) < 10 else 3


def trigrams(word: str) -> set[str]:
    """The runs of three letters of a word, with its beginning and end."""
    padded = f"  {word} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)}


def edits(one: str, other: str) -> int:
    """How many letters to add, leave out, change or swap with the next to make one word the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        earlier, before, row = before, row, [place, *([0] * len(other))]
        for column, other_letter in enumerate(other, 1):
            changed = before[column - 1] + (letter != other_letter)
            row[column] = min(before[column] + 1, row[column - 1] + 1, changed)
            if place > 1 < column and letter == other[column - 2] and one[place - 2] == other_letter:
                row[column] = min(row[column], earlier[column - 2] + 1)
    return row[-1]


