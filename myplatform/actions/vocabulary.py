"""Keeps the words by which nodes are found as one types, in the same transaction as the nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import ARRAY, Insert, SmallInteger, Text, bindparam, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from ..collation import folded_words
from ..fields import RichText
from ..kinds import Kind, kind_of
from ..markup import headings
from ..models import SearchWord
from ..models.node import NODES
from ..models.search import IN_DETAILS, IN_HEADINGS, IN_TITLE
from ..queries.prepared import Prepared

MOST_WORDS = 100
MAY_HAVE_HEADINGS = re.compile(r"#|<h|^[ \t]*(?:=+|-+)[ \t]*$", re.MULTILINE | re.IGNORECASE)
SHORTEST_IN_HEADINGS = 3
BATCH = 500

Words = dict[str, int]
"""Each word once, with the best place it stands in."""


def words_of(kind: type[Kind], title: str, values: Mapping[str, Any]) -> Words:
    """The words of a node's title, of the fields it is found by and of its text's headings, at most 100."""
    found: Words = dict.fromkeys(folded_words(title), IN_TITLE)
    for name in kind.found_by:
        for word in folded_words(values.get(name) or ""):
            found.setdefault(word, IN_DETAILS)
    for word in _heading_words(kind, values):
        if len(word) >= SHORTEST_IN_HEADINGS:
            found.setdefault(word, IN_HEADINGS)
    return dict(list(found.items())[:MOST_WORDS])


def _heading_words(kind: type[Kind], values: Mapping[str, Any]) -> Iterator[str]:
    for name, field in kind.fields.items():
        if isinstance(field, RichText) and MAY_HAVE_HEADINGS.search(values.get(name) or ""):
            for heading in headings(values[name]):
                yield from folded_words(heading.text)


def add_words(db: Session, node_id: int, kind: type[Kind], title: str, values: Mapping[str, Any]) -> None:
    """Let a new node be found by its words."""
    _insert(db, node_id, words_of(kind, title, values))


def replace_words(
    db: Session,
    node_id: int,
    kind: type[Kind],
    before: tuple[str, Mapping[str, Any]],
    after: tuple[str, Mapping[str, Any]],
) -> None:
    """Bring a node's words up to date from its title and values before and after; what is the same costs nothing."""
    old, new = words_of(kind, *before), words_of(kind, *after)
    gone = [word for word, source in old.items() if new.get(word) != source]
    if gone:
        db.execute(delete(SearchWord).where(SearchWord.c.node_id == node_id, SearchWord.c.word.in_(gone)))
    _insert(db, node_id, {word: source for word, source in new.items() if old.get(word) != source})


def _insert(db: Session, node_id: int, words: Words) -> None:
    if not words:
        return
    if db.get_bind().dialect.name == "postgresql":
        _INSERTION.run(db, {"of": node_id, "words": list(words), "sources": list(words.values())})
    else:
        db.execute(insert(SearchWord), _rows(node_id, words))


def _insertion(_dialect: str) -> Insert:
    """On PostgreSQL one statement takes all words; a row each would be a statement each."""
    words, sources = bindparam("words", type_=ARRAY(Text)), bindparam("sources", type_=ARRAY(SmallInteger))
    rows = func.unnest(words, sources).table_valued("word", "source").render_derived()
    columns = (bindparam("of", type_=SearchWord.c.node_id.type), rows.c.word, rows.c.source)
    return insert(SearchWord).from_select(["node_id", "word", "source"], select(*columns))


_INSERTION = Prepared(_insertion)


def _rows(node_id: int, words: Words) -> list[dict[str, Any]]:
    return [{"node_id": node_id, "word": word, "source": source} for word, source in words.items()]


def lacks_words(db: Session) -> bool:
    """Whether the site is older than its words: there are nodes, and not a word of any."""
    has_nodes = exists(select(NODES.c.id).where(NODES.c.sort_title != ""))
    return db.scalar(select(has_nodes & ~exists(select(SearchWord.c.node_id)))) is True


def fill_words(db: Session) -> int:
    """Add the words of all nodes that have none yet, and tell how many nodes there were."""
    without = ~exists(select(SearchWord.c.node_id).where(SearchWord.c.node_id == NODES.c.id))
    columns = (NODES.c.kind, NODES.c.id, NODES.c.title)
    nodes = list(db.execute(select(*columns).where(without).order_by(NODES.c.kind, NODES.c.id)))
    for name, of_kind in groupby(nodes, key=lambda row: row.kind):
        rows = list(of_kind)
        for start in range(0, len(rows), BATCH):
            _fill(db, kind_of(name), rows[start : start + BATCH])
    return len(nodes)


def _fill(db: Session, kind: type[Kind], rows: list[Any]) -> None:
    values: dict[int, Mapping[str, Any]] = {}
    if kind.table is not None:
        found = db.execute(select(kind.table).where(kind.table.c.node_id.in_([row.id for row in rows])))
        values = {row.node_id: row._mapping for row in found}
    written = [
        line for row in rows for line in _rows(row.id, words_of(kind, row.title, values.get(row.id, {})))
    ]
    if written:
        db.execute(insert(SearchWord), written)
