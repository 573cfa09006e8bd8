"""Finding places and people as one types: by the beginnings of words, trimmed in SQL to what the asker may see.

A question is one statement. Each way to match is a walk along an index that ends at the first few rows the asker may
see, so that a single letter costs no more than a whole word, however much there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from ..collation import MAX_LENGTH, folded_words, sort_key
from ..content.people import Employee
from ..identity import Identity
from ..models import Change, SearchWord, descendants_of, is_live
from ..models.node import NODES
from ..models.search import IN_DETAILS, IN_HEADINGS, IN_TITLE
from .matching import matching
from .navigation import place_kinds
from .nodes import NodeRow
from .visibility import may

CHANGES = Change.__table__
EMPLOYEES = Employee.table
assert EMPLOYEES is not None
MOST_WORDS = 6
SHORTEST_IN_TEXT = 3
"""Letters to type before whole texts are searched too."""
SHORTEST_STEM, STEM = 4, 0.6
"""How much of a word its other forms share, as "policy" does with "policies": letters at least, and a part of it."""
LAST_CHANGES = 200
"""How far back a person's own changes are looked through for what they worked on."""
AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class Found:
    """A place or person: `summary` is the job of a person, the title of the visible place around anything else."""

    id: int
    kind: str
    title: str
    path: str
    summary: str
    photo_id: int | None


def find(
    db: Session,
    asker: Identity,
    typed: str,
    *,
    kinds: Sequence[str] = (),
    under: NodeRow | None = None,
    limit: int = 8,
) -> list[Found]:
    """What the typed beginnings of words mean, best first, in one statement.

    Whole titles come first, then titles that begin so, titles with such words, people by e-mail address, department
    or job, headings, titles with the words in other forms, texts of which a word is in the title, and other texts.
    Nothing typed gives what the asker changed last, then the top places.
    """
    conditions = [is_live(), may(asker)]
    if kinds:
        conditions.append(NODES.c.kind.in_(kinds))
    if under is not None and under.parent_id is not None:
        conditions.append(descendants_of(under.ancestry, under.id))
    words = folded_words(typed)[:MOST_WORDS]
    if words:
        ranked = _matches(db, typed, words, and_(*conditions), limit)
    elif typed.strip():
        return []
    else:
        ranked = _likely(asker, and_(*conditions), limit)
    return [_found(row) for row in db.execute(_details(asker, ranked, limit))]


def _matches(
    db: Session, typed: str, words: list[str], conditions: ColumnElement[bool], limit: int
) -> CompoundSelect[Any]:
    """Ids and how well they match, from 0; the texts are only searched where titles and words gave too little."""
    key = sort_key(typed)
    exact = _tier(0, conditions).where(NODES.c.sort_title == key).limit(limit)
    begins = _tier(1, conditions).where(NODES.c.sort_title > key, NODES.c.sort_title < key + AFTER_ALL)
    parts = [exact, begins.order_by(NODES.c.sort_title, NODES.c.id).limit(limit)]
    parts += [_with_words(words, source, conditions, limit) for source in (IN_TITLE, IN_DETAILS, IN_HEADINGS)]
    named = union_all(*(select(part.subquery()) for part in parts)).cte("named")
    found = [select(named)]
    if len(typed.strip()) >= SHORTEST_IN_TEXT:
        few = select(func.count()).select_from(named).scalar_subquery() < limit
        texts = and_(conditions, few, NODES.c.id.in_(matching(db, typed)))
        ranked = [*_in_other_forms(words, texts, limit), _tier(7, texts).limit(limit)]
        found += [select(part.subquery()) for part in ranked]
    return union_all(*found)


def _tier(number: int, conditions: ColumnElement[bool]) -> Select[Any]:
    """Of those that match in one way, short titles first and files last."""
    place = func.length(NODES.c.sort_title) + case((NODES.c.kind == "file", MAX_LENGTH), else_=0)
    return select(NODES.c.id.label("id"), literal(number).label("tier"), place.label("place")).where(conditions)


def _with_words(words: list[str], source: int, conditions: ColumnElement[bool], limit: int) -> Select[Any]:
    """Nodes in which each word begins one of theirs, the longest of them in this source."""
    longest = max(words, key=len)
    matches = (
        _tier(2 + source, conditions)
        .join(SearchWord, SearchWord.c.node_id == NODES.c.id)
        .where(SearchWord.c.source == source, *_begins(SearchWord.c.word, longest))
    )
    for number, word in enumerate(each for each in dict.fromkeys(words) if each != longest):
        other = SearchWord.alias(f"other_{number}")
        matches = matches.where(exists().where(other.c.node_id == NODES.c.id, *_begins(other.c.word, word)))
    return matches.order_by(SearchWord.c.word, SearchWord.c.node_id).limit(2 * limit)


def _in_other_forms(words: list[str], texts: ColumnElement[bool], limit: int) -> list[Select[Any]]:
    """Of texts that have the words in any form, those with all of them in the title, then those with one of them."""
    stems = sorted({word[: max(SHORTEST_STEM, ceil(len(word) * STEM))] for word in words}, key=len, reverse=True)
    titled = [and_(SearchWord.c.source == IN_TITLE, *_begins(SearchWord.c.word, stem)) for stem in stems]
    some = _tier(6, texts).join(SearchWord, SearchWord.c.node_id == NODES.c.id).where(or_(*titled))
    every = _tier(5, texts).join(SearchWord, SearchWord.c.node_id == NODES.c.id).where(titled[0])
    for number, stem in enumerate(stems[1:]):
        other = SearchWord.alias(f"titled_{number}").c
        every = every.where(
            exists().where(other.node_id == NODES.c.id, other.source == IN_TITLE, *_begins(other.word, stem))
        )
    return [part.order_by(SearchWord.c.word, SearchWord.c.node_id).limit(2 * limit) for part in (every, some)]


def _begins(column: ColumnElement[str], word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The word stands in the statement itself: planned for any word, all that has a common one would be read."""
    first, last = (bindparam(None, text, literal_execute=True) for text in (word, word + AFTER_ALL))
    return column >= first, column < last


def _likely(asker: Identity, conditions: ColumnElement[bool], limit: int) -> CompoundSelect[Any]:
    """What the asker changed last, the latest first, then the places of the top level."""
    last = (
        select(CHANGES.c.node_id, CHANGES.c.id)
        .where(CHANGES.c.actor == asker.name, CHANGES.c.node_id.is_not(None))
        .order_by(CHANGES.c.id.desc())
        .limit(LAST_CHANGES)
        .subquery("last")
    )
    own = (
        select(NODES.c.id.label("id"), literal(0).label("tier"), (-func.max(last.c.id)).label("place"))
        .join(last, last.c.node_id == NODES.c.id)
        .where(conditions)
        .group_by(NODES.c.id)
        .order_by(func.max(last.c.id).desc())
        .limit(limit)
    )
    root = select(NODES.c.id).where(NODES.c.path == "/", is_live()).scalar_subquery()
    top = (
        select(NODES.c.id, literal(1), NODES.c.position)
        .where(conditions, NODES.c.parent_id == root, NODES.c.kind.in_([*place_kinds(), "people"]))
        .order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        .limit(limit)
    )
    return union_all(select(own.subquery()), select(top.subquery()))


def _details(asker: Identity, ranked: CompoundSelect[Any], limit: int) -> Select[Any]:
    """The best of them with what stands beside their titles."""
    every = ranked.subquery("ranked")
    best = (
        select(every.c.id, func.min(every.c.tier).label("tier"), func.min(every.c.place).label("place"))
        .group_by(every.c.id)
        .subquery("best")
    )
    around = NODES.alias("around")
    columns = (NODES.c.id, NODES.c.kind, NODES.c.title, NODES.c.path, around.c.title.label("around"))
    return (
        select(*columns, EMPLOYEES.c.job_title, EMPLOYEES.c.department, EMPLOYEES.c.photo)
        .join(best, best.c.id == NODES.c.id)
        .outerjoin(around, and_(around.c.id == NODES.c.parent_id, may(asker, nodes=around.c)))
        .outerjoin(EMPLOYEES, EMPLOYEES.c.node_id == NODES.c.id)
        .order_by(best.c.tier, best.c.place, NODES.c.sort_title, NODES.c.id)
        .limit(limit)
    )


def _found(row: Any) -> Found:
    is_person = row.kind == Employee.name
    summary = Employee.summary(row._mapping) if is_person else row.around or ""
    return Found(row.id, row.kind, row.title, row.path, summary, row.photo)
