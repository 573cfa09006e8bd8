"""Full-text search in the database, trimmed in SQL to what the asker may see."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select, text
from sqlalchemy.orm import Session

from ..errors import BadQuery
from ..identity import Identity
from ..kinds import kind_named
from ..models import Node, SearchDocument, descendants_of, is_live
from ..models.search import FTS_TABLE
from .listing import Listing
from .matching import FTS, fts_query, ts_query
from .nodes import NODE_COLUMNS, NodeRow
from .paging import filtered_rows
from .search_facets import SEARCHED
from .visibility import may

NODES = Node.__table__
DEEPEST = 2000
START, END = "\x02", "\x03"
"""Marks around found words; they cannot occur in a text, and become <mark> after everything else is escaped."""
MARKED = re.compile(f"{START}(.*?){END}", re.DOTALL)
EXCERPT_WORDS = 30
TITLE_WEIGHT, BODY_WEIGHT = 8.0, 1.0


@dataclass(frozen=True)
class Hit:
    """A found node with a piece of its text in which the found words are marked.

    `is_in_file` says that they stand inside the file, such as in a PDF, and not in what is said about it.
    """

    node: NodeRow
    excerpt: Markup
    is_in_file: bool = False


@dataclass(frozen=True)
class Hits:
    """One page of hits, best first; `next_cursor` continues it; `total` where it was asked for."""

    hits: list[Hit]
    next_cursor: str | None
    total: int | None = None


def search(
    db: Session,
    asker: Identity,
    words: str,
    *,
    under: NodeRow | None = None,
    listing: Listing | None = None,
    limit: int = 20,
    cursor: str | None = None,
    count: bool = False,
) -> Hits:
    """Live nodes that have all the words, best first. The last word also matches as a beginning.

    "quoted words" match as a phrase and -word excludes. `listing` narrows and sorts by what `SEARCHED` offers.
    Raises `BadQuery` for a cursor that was not given out.
    """
    found = _found(db, words)
    if found is None:
        return Hits([], None, 0 if count else None)
    matches, rank, excerpt = found
    statement = select(*NODE_COLUMNS, excerpt.label("excerpt")).join(matches, matches.c.node_id == NODES.c.id)
    order: list[ColumnElement[Any]] = [rank]
    if listing is not None:
        statement, values = filtered_rows(statement, SEARCHED, listing, db.get_bind().dialect.name)
        statement = statement.params(values)
        order = [_ordering(name, down) for name, down in listing.sort] + order
    if under is not None:
        statement = statement.where(descendants_of(under.ancestry, under.id))
    statement = statement.where(is_live(), may(asker))
    return _page(db, statement.order_by(*order, NODES.c.id), limit, _read_cursor(cursor), count=count)


def _found_inside(db: Session, rows: Sequence[Row[Any]]) -> set[int]:
    """The ids of files of which a marked word stands in neither title, name nor description. At most one statement."""
    marked = {row.id: MARKED.findall(row.excerpt) for row in rows if row.kind == "file" and START in row.excerpt}
    if not marked:
        return set()
    table = kind_named("file").table
    assert table is not None
    about = select(NODES.c.id, NODES.c.title, table.c.about, table.c.file_name).where(NODES.c.id.in_(marked))
    found = set()
    for row in db.execute(about.join(table, table.c.node_id == NODES.c.id)):
        told = " ".join(filter(None, (row.title, row.about, row.file_name))).casefold()
        if any(word.casefold() not in told for word in marked[row.id]):
            found.add(row.id)
    return found


def _ordering(name: str, down: bool) -> ColumnElement[Any]:
    key = SEARCHED.columns[name].sort_key
    return key.desc() if down else key


def _page(db: Session, statement: Select[Any], limit: int, offset: int, *, count: bool) -> Hits:
    rows = list(db.execute(statement.offset(offset).limit(limit + 1)))
    total = None
    if count:
        found = statement.order_by(None).with_only_columns(NODES.c.id).subquery()
        counted = select(func.count()).select_from(found)
        total = db.execute(counted).scalar_one()
    inside = _found_inside(db, rows[:limit])
    hits = [Hit(row, highlighted(row.excerpt or ""), row.id in inside) for row in rows[:limit]]
    more = len(rows) > limit and offset + limit < DEEPEST
    return Hits(hits, _write_cursor(offset + limit) if more else None, total)


def _found(db: Session, words: str) -> tuple[Any, ColumnElement[Any], ColumnElement[Any]] | None:
    """The documents that match, by what they are ranked, and an excerpt of each; None where nothing can match."""
    if db.get_bind().dialect.name == "postgresql":
        return _found_in_postgresql(db, words)
    query = fts_query(words)
    if query is None:
        return None
    matches = (
        select(
            FTS.c.rowid.label("node_id"),
            func.bm25(text(FTS_TABLE), TITLE_WEIGHT, BODY_WEIGHT).label("rank"),
            func.snippet(text(FTS_TABLE), 1, START, END, "…", EXCERPT_WORDS).label("excerpt"),
        )
        .where(FTS.c[FTS_TABLE].op("MATCH")(bindparam("fts_query", query)))
        .subquery("matches")
    )
    return matches, matches.c.rank, matches.c.excerpt


def _found_in_postgresql(
    db: Session, words: str
) -> tuple[Any, ColumnElement[Any], ColumnElement[Any]] | None:
    language = db.info.get("search_language", "english")
    query = ts_query(language, words)
    if query is None:
        return None
    matches = SearchDocument
    rank = -func.ts_rank_cd(matches.c.document, query)
    options = f"StartSel={START}, StopSel={END}, MaxWords={EXCERPT_WORDS}, MinWords=12, MaxFragments=1"
    excerpt = func.ts_headline(language, func.left(matches.c.body, 20_000), query, options)
    source = select(matches.c.node_id, rank.label("rank"), excerpt.label("excerpt")).where(
        matches.c.document.op("@@")(query)
    )
    subquery = source.subquery("matches")
    return subquery, subquery.c.rank, subquery.c.excerpt


def highlighted(excerpt: str) -> Markup:
    """The excerpt as safe HTML with the found words in <mark>."""
    escaped = str(escape(" ".join(excerpt.split())))
    return Markup(escaped.replace(START, "<mark>").replace(END, "</mark>"))  # noqa: S704 - escaped just above


def _write_cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"best:{offset}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")
        offset = int(number) if word == "best" else -1
    except ValueError:
        offset = -1
    if not 0 <= offset <= DEEPEST:
        raise BadQuery("The cursor is not one that was given out here.", field="cursor")
    return offset
