"""Full-text search in the database, trimmed in SQL to what the asker may see."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Select, bindparam, column, func, literal, select, table, text
from sqlalchemy.orm import Session

from ..errors import BadQuery
from ..identity import Identity
from ..models import Node, SearchDocument, descendants_of, is_live
from ..models.search import FTS_TABLE
from .nodes import NODE_COLUMNS, NodeRow
from .visibility import may

NODES = Node.__table__
DEEPEST = 2000
LONGEST_QUERY = 500
START, END = "\x02", "\x03"
"""Marks around found words; they cannot occur in a text, and become <mark> after everything else is escaped."""
EXCERPT_WORDS = 30
TITLE_WEIGHT, BODY_WEIGHT = 8.0, 1.0

_FTS = table(FTS_TABLE, column("rowid"), column("rank"), column(FTS_TABLE))


@dataclass(frozen=True)
class Hit:
    """A found node with a piece of its text in which the found words are marked."""

    node: NodeRow
    excerpt: Markup


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
    kind: str | None = None,
    under: NodeRow | None = None,
    limit: int = 20,
    cursor: str | None = None,
    count: bool = False,
) -> Hits:
    """Live nodes that have all the words, best first. The last word also matches as a beginning.

    "quoted words" match as a phrase and -word excludes. Raises `BadQuery` for a cursor that was not given out.
    """
    found = _found(db, words)
    if found is None:
        return Hits([], None, 0 if count else None)
    matches, rank, excerpt = found
    statement = select(*NODE_COLUMNS, excerpt.label("excerpt")).join(matches, matches.c.node_id == NODES.c.id)
    if kind is not None:
        statement = statement.where(NODES.c.kind == kind)
    if under is not None:
        statement = statement.where(descendants_of(under.ancestry, under.id))
    statement = statement.where(is_live(), may(asker))
    return _page(db, statement, rank, limit, _read_cursor(cursor), count=count)


def _page(
    db: Session, statement: Select[Any], rank: ColumnElement[Any], limit: int, offset: int, *, count: bool
) -> Hits:
    rows = list(db.execute(statement.order_by(rank, NODES.c.id).offset(offset).limit(limit + 1)))
    total = None
    if count:
        counted = select(func.count()).select_from(statement.with_only_columns(NODES.c.id).subquery())
        total = db.execute(counted).scalar_one()
    hits = [Hit(row, highlighted(row.excerpt or "")) for row in rows[:limit]]
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
            _FTS.c.rowid.label("node_id"),
            func.bm25(text(FTS_TABLE), TITLE_WEIGHT, BODY_WEIGHT).label("rank"),
            func.snippet(text(FTS_TABLE), 1, START, END, "…", EXCERPT_WORDS).label("excerpt"),
        )
        .where(_FTS.c[FTS_TABLE].op("MATCH")(bindparam("fts_query", query)))
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


def matching(db: Session, words: str) -> Any:
    """A select of the ids of nodes that have the words, to filter a list with."""
    if db.get_bind().dialect.name == "postgresql":
        query = ts_query(db.info.get("search_language", "english"), words)
        if query is None:
            return select(literal(0))
        return select(SearchDocument.c.node_id).where(SearchDocument.c.document.op("@@")(query))
    fts = fts_query(words)
    if fts is None:
        return select(literal(0))
    return select(_FTS.c.rowid).where(_FTS.c[FTS_TABLE].op("MATCH")(fts))


_TERMS = re.compile(r'(-?)"([^"]*)"|(-?)([^\s"]+)')
_WORD = re.compile(r"\w+", re.UNICODE)


def terms_of(words: str) -> tuple[list[list[str]], list[list[str]]]:
    """The searched terms and the excluded ones, each a list of words that follow each other."""
    wanted: list[list[str]] = []
    excluded: list[list[str]] = []
    for minus_phrase, phrase, minus, word in _TERMS.findall(words[:LONGEST_QUERY]):
        parts = _WORD.findall(phrase or word)
        if parts:
            (excluded if minus_phrase or minus else wanted).append(parts)
    return wanted[:20], excluded[:20]


def fts_query(words: str) -> str | None:
    """The words in the language of FTS5, every one quoted; None where there is nothing to search for."""
    wanted, excluded = terms_of(words)
    if not wanted:
        return None
    parts = ['"' + " ".join(term) + '"' for term in wanted]
    if not words.rstrip().endswith('"'):
        parts[-1] += "*"
    query = " AND ".join(parts)
    for term in excluded:
        query = f'({query}) NOT "{" ".join(term)}"'
    return query


def ts_query(language: str, words: str) -> ColumnElement[Any] | None:
    """The words as a tsquery built from bound parameters; None where there is nothing to search for."""
    wanted, excluded = terms_of(words)
    if not wanted:
        return None
    parts = [func.phraseto_tsquery(language, " ".join(term)) for term in wanted]
    if not words.rstrip().endswith('"') and len(wanted[-1]) == 1:
        prefix = func.to_tsquery("simple", wanted[-1][0] + ":*")
        parts[-1] = parts[-1].op("||")(prefix)
    query: ColumnElement[Any] = parts[0]
    for part in parts[1:]:
        query = query.op("&&")(part)
    for term in excluded:
        query = query.op("&&")(func.tsquery_not(func.phraseto_tsquery(language, " ".join(term))))
    return query


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
