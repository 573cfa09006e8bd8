"""Keeps the full-text index in the same transaction as the node it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, literal_column, update
from sqlalchemy.orm import Session

from ..fields import RichText
from ..kinds import Kind
from ..markup import plain_text
from ..models import SearchDocument

_TITLE, _BODY = literal_column("CAST('A' AS \"char\")"), literal_column("CAST('B' AS \"char\")")
LONGEST_INDEXED_TEXT = 250_000
"""Characters of a text that are indexed; PostgreSQL refuses a tsvector of more than a mebibyte."""


def searchable_text(kind: type[Kind], values: Mapping[str, Any]) -> str:
    """The words of a node's fields as plain text."""
    plain = {
        name: plain_text(value) if value and isinstance(kind.fields.get(name), RichText) else value
        for name, value in values.items()
    }
    return kind.search_text(plain)[:LONGEST_INDEXED_TEXT]


def index_new_node(
    db: Session, node_id: int, kind: type[Kind], title: str, values: Mapping[str, Any]
) -> None:
    """Make a new node findable."""
    db.execute(
        insert(SearchDocument).values(node_id=node_id, **_document(db, title, searchable_text(kind, values)))
    )


def reindex_node(db: Session, node_id: int, kind: type[Kind], title: str, values: Mapping[str, Any]) -> None:
    """Bring a node's words up to date."""
    document = _document(db, title, searchable_text(kind, values))
    db.execute(update(SearchDocument).where(SearchDocument.c.node_id == node_id).values(**document))


def _document(db: Session, title: str, body: str) -> dict[str, Any]:
    document: dict[str, Any] = {"title": title, "body": body}
    if db.get_bind().dialect.name == "postgresql":
        language = db.info.get("search_language", "english")
        document["document"] = func.setweight(func.to_tsvector(language, title), _TITLE).op("||")(
            func.setweight(func.to_tsvector(language, body), _BODY)
        )
    return document
