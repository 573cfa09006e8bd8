"""Typed words as the databases' full-text searches take them: tsquery on PostgreSQL, FTS5 on SQLite."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, column, func, literal, select, table
from sqlalchemy.orm import Session

from ..models import SearchDocument
from ..models.search import FTS_TABLE

LONGEST_QUERY = 500
FTS = table(FTS_TABLE, column("rowid"), column("rank"), column(FTS_TABLE))


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
    return select(FTS.c.rowid).where(FTS.c[FTS_TABLE].op("MATCH")(fts))


_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
"""Telephones and word processors make these of straight quotes."""
_TERMS = re.compile(r'(-?)"([^"]*)"|(-?)([^\s"]+)')
_WORD = re.compile(r"\w+", re.UNICODE)


def terms_of(words: str) -> tuple[list[list[str]], list[list[str]]]:
    """The searched terms and the excluded ones, each a list of words that follow each other."""
    wanted: list[list[str]] = []
    excluded: list[list[str]] = []
    for minus_phrase, phrase, minus, word in _TERMS.findall(words[:LONGEST_QUERY].translate(_QUOTES)):
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
    if not words.rstrip().translate(_QUOTES).endswith('"'):
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
    if not words.rstrip().translate(_QUOTES).endswith('"') and len(wanted[-1]) == 1:
        prefix = func.to_tsquery("simple", wanted[-1][0] + ":*")
        parts[-1] = parts[-1].op("||")(prefix)
    query: ColumnElement[Any] = parts[0]
    for part in parts[1:]:
        query = query.op("&&")(part)
    for term in excluded:
        query = query.op("&&")(func.tsquery_not(func.phraseto_tsquery(language, " ".join(term))))
    return query
