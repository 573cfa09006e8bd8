"""Keeps the full-text index in the same transaction as the node it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Text, bindparam, cast, func, insert, literal, literal_column, null, update
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.orm import Session

from ..fields import RichText
from ..kinds import Kind
from ..markup import plain_text
from ..models import SearchDocument
from ..queries.files import text_of
from ..queries.prepared import Prepared

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


def _body(db: Session, kind: type[Kind], values: Mapping[str, Any]) -> str:
    """The words of a node's fields and, of a file, those inside it."""
    inside = text_of(db, values.get("sha256")) if kind.is_upload else ""
    return document_of(kind, "", values, inside)[1]


def document_of(kind: type[Kind], title: str, values: Mapping[str, Any], inside: str) -> tuple[str, str]:
    """What is indexed of a node: its title, and the words of its fields with those `inside` its file."""
    words = searchable_text(kind, values)
    return title, f"{words}\n{inside}"[:LONGEST_INDEXED_TEXT] if inside else words


def index_new_node(db: Session, node_id: int, kind: type[Kind], title: str, values: Mapping[str, Any]) -> None:
    """Make a new node findable."""
    document = {"title": title, "body": _body(db, kind, values), "language": _language(db)}
    _INSERTION.run(db, {"node_id": node_id, **document})


def reindex_node(db: Session, node_id: int, kind: type[Kind], title: str, values: Mapping[str, Any]) -> None:
    """Bring a node's words up to date."""
    document = {"title": title, "body": _body(db, kind, values), "language": _language(db)}
    _UPDATE.run(db, {"of": node_id, **document})


def _language(db: Session) -> str:
    return db.info.get("search_language", "english")


def _document(dialect: str) -> dict[str, Any]:
    title, body = bindparam("title", type_=Text), bindparam("body", type_=Text)
    if dialect != "postgresql":
        return {"title": title, "body": body, "document": null()}
    return {"title": title, "body": body, "document": _weighed(bindparam("language", type_=Text), title, body)}


def _weighed(language: Any, title: Any, body: Any) -> Any:
    language = cast(language, REGCONFIG)
    weighed = func.setweight(func.to_tsvector(language, title), _TITLE)
    return weighed.op("||")(func.setweight(func.to_tsvector(language, body), _BODY))


_INSERTION = Prepared(
    lambda dialect: insert(SearchDocument).values(node_id=bindparam("node_id"), **_document(dialect))
)
_OF_NODE = SearchDocument.c.node_id == bindparam("of")
_UPDATE = Prepared(lambda dialect: update(SearchDocument).where(_OF_NODE).values(**_document(dialect)))


def matching_document(db: Session) -> Any:
    """Condition on PostgreSQL: the index entry of a document is what its words make."""
    made = _weighed(literal(_language(db), Text), SearchDocument.c.title, SearchDocument.c.body)
    return SearchDocument.c.document.is_not_distinct_from(made)


def reindex_documents(db: Session) -> None:
    """Make the index entries of documents that have none, after they were written as they stand elsewhere."""
    if db.get_bind().dialect.name == "postgresql":
        made = _weighed(literal(_language(db), Text), SearchDocument.c.title, SearchDocument.c.body)
        db.execute(update(SearchDocument).where(SearchDocument.c.document.is_(None)).values(document=made))
