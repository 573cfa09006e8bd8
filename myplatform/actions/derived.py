"""What is derived from titles and texts: compared with what it should be, and made anew where it differs.

The full-text index, the words by which one finds as one types, and which texts link where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, null, select, text, update
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..kinds import Kind, all_kinds, kind_of
from ..models import FileText, Reference, SearchDocument, SearchWord
from ..models.node import NODES
from ..models.search import FTS_TABLE
from ..queries.consistency import Fault, Invariant, node_place, rows_of
from ..queries.nodes import NODE_COLUMNS, NodeRow, node_by_id, values_of
from .access import refresh_access
from .indexing import document_of, index_new_node, matching_document, reindex_documents, reindex_node
from .referring import references_in, replace_references
from .vocabulary import add_words, words_of

BATCH = 500
AT_ONCE = 100
"""Nodes that are made anew in one transaction."""
MOST_KEPT = 10_000
"""Faults of each invariant that are held in memory until they are told."""
MENDED = "myplatform check --data --repair"
REFERENCES = Reference.__table__


@dataclass(frozen=True)
class Stored:
    """What is kept of a batch of nodes, by node."""

    values: dict[int, Mapping[str, Any]]
    inside: dict[str, str]
    documents: dict[int, tuple[str, str]]
    words: dict[int, dict[str, int]]
    references: dict[int, dict[str, bool]]


def _batches(db: Session) -> Iterator[tuple[type[Kind], list[NodeRow]]]:
    """All nodes kind by kind, some at a time; those of plug-ins that are not enabled have no texts to compare."""
    known = {kind.name for kind in all_kinds()}
    kinds = db.execute(select(NODES.c.kind).distinct().order_by(NODES.c.kind)).scalars().all()
    for name in kinds:
        last = 0
        while name in known:
            batch = select(*NODE_COLUMNS).where(NODES.c.kind == name, NODES.c.id > last).order_by(NODES.c.id)
            rows = list(db.execute(batch.limit(BATCH)))
            if not rows:
                break
            yield kind_of(name), rows
            last = rows[-1].id


def _stored(db: Session, kind: type[Kind], ids: list[int]) -> Stored:
    values: dict[int, Mapping[str, Any]] = {}
    if kind.table is not None:
        found = db.execute(select(kind.table).where(kind.table.c.node_id.in_(ids)))
        values = {row.node_id: {name: row._mapping[name] for name in kind.fields} for row in found}
    inside = {}
    if kind.is_upload:
        contents = {each["sha256"] for each in values.values() if each.get("sha256")}
        inside = dict(db.execute(select(FileText.sha256, FileText.text).where(FileText.sha256.in_(contents))).all())
    documents = select(SearchDocument.c.node_id, SearchDocument.c.title, SearchDocument.c.body)
    documents = {row[0]: (row[1], row[2]) for row in db.execute(documents.where(SearchDocument.c.node_id.in_(ids)))}
    words: dict[int, dict[str, int]] = {}
    for row in db.execute(select(SearchWord).where(SearchWord.c.node_id.in_(ids))):
        words.setdefault(row.node_id, {})[row.word] = row.source
    references: dict[int, dict[str, bool]] = {}
    for row in db.execute(select(REFERENCES).where(REFERENCES.c.source_id.in_(ids))):
        references.setdefault(row.source_id, {})[row.target] = bool(row.is_relative)
    return Stored(values, inside, documents, words, references)


def _differences(db: Session) -> Iterator[tuple[str, Fault]]:
    """(id of the invariant, fault) of every node whose derived rows are not what its texts say."""
    for kind, rows in _batches(db):
        stored = _stored(db, kind, [row.id for row in rows])
        for row in rows:
            yield from _of_node(kind, row, stored)


def _of_node(kind: type[Kind], node: NodeRow, stored: Stored) -> Iterator[tuple[str, Fault]]:
    values = stored.values.get(node.id, dict.fromkeys(kind.fields))
    place = node_place(node)
    inside = stored.inside.get(values.get("sha256") or "", "") if kind.is_upload else ""
    document = stored.documents.get(node.id)
    if document is None:
        yield "DAT301", Fault("search does not know it", place, node.id)
    elif document != document_of(kind, node.title, values, inside):
        yield "DAT301", Fault("search knows it by words that it no longer has", place, node.id)
    if stored.words.get(node.id, {}) != words_of(kind, node.title, values):
        yield "DAT304", Fault("what finds it as one types is not its words", place, node.id)
    if stored.references.get(node.id, {}) != references_in(node, kind, values):
        yield "DAT305", Fault("what it links to was noted otherwise", place, node.id)
    if node.sort_title != sort_key(node.title):
        yield "DAT306", Fault("it is sorted by another title than it has", place, node.id)


class Texts:
    """The invariants of derived texts. All nodes are read once, by whichever of the invariants is asked first."""

    def __init__(self) -> None:
        self._found: dict[str, list[Fault]] | None = None
        self.checked = 0

    def all(self) -> tuple[Invariant, ...]:
        """The invariants, in their order."""
        return (
            Invariant("DAT301", "Search knows every node by its words", MENDED, lambda db: self._of(db, "DAT301")),
            Invariant("DAT302", "Search knows nothing that is gone", MENDED, _extra),
            Invariant("DAT303", "The full-text index fits its documents", MENDED, _full_text),
            Invariant("DAT304", "What finds as one types fits", MENDED, lambda db: self._of(db, "DAT304")),
            Invariant("DAT305", "What links here fits the texts", MENDED, lambda db: self._of(db, "DAT305")),
            Invariant("DAT306", "Nodes are sorted by their titles", MENDED, lambda db: self._of(db, "DAT306")),
        )

    def _of(self, db: Session, name: str) -> Iterator[Fault]:
        if self._found is None:
            self._found = {}
            for found, fault in _differences(db):
                kept = self._found.setdefault(found, [])
                if len(kept) < MOST_KEPT:
                    kept.append(fault)
        yield from self._found.get(name, ())


def _extra(db: Session) -> Iterator[Fault]:
    for table in (SearchDocument, SearchWord):
        lost = select(table.c.node_id).outerjoin(NODES, NODES.c.id == table.c.node_id).where(NODES.c.id.is_(None))
        for row in rows_of(db, lost.distinct().order_by(table.c.node_id)):
            yield Fault(f"a row of {table.name} is of a node that is not there", f"node {row.node_id}", row.node_id)


def _full_text(db: Session) -> Iterator[Fault]:
    if db.get_bind().dialect.name == "postgresql":
        found = select(NODES.c.id, NODES.c.path).join(SearchDocument, SearchDocument.c.node_id == NODES.c.id)
        for row in rows_of(db, found.where(~matching_document(db)).order_by(NODES.c.id)):
            yield Fault("its index entry does not fit its words", node_place(row), row.id)
        return
    sizes = text(
        "SELECT d.node_id AS id FROM search_documents d LEFT JOIN search_fts_docsize s ON s.id = d.node_id "
        "WHERE s.id IS NULL UNION ALL SELECT s.id FROM search_fts_docsize s "
        "LEFT JOIN search_documents d ON d.node_id = s.id WHERE d.node_id IS NULL ORDER BY 1"
    )
    broken = False
    for row in db.execute(sizes):
        broken = True
        yield Fault("the full-text index has no entry of it, or one too many", f"node {row.id}", row.id)
    if not broken and not _index_is_whole(db):
        yield Fault("the full-text index does not fit the documents", FTS_TABLE)


def _index_is_whole(db: Session) -> bool:
    """SQLite's own check, which must be able to write: on a snapshot that may not, in a transaction beside it."""
    check = text(f"INSERT INTO {FTS_TABLE}({FTS_TABLE}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
    try:
        if db.connection().get_execution_options().get("writes", True):
            with db.begin_nested():
                db.execute(check)
            return True
        with db.get_bind().connect() as connection:
            connection.execute(check)
            connection.rollback()
    except OperationalError:
        raise
    except DatabaseError:
        return False
    return True


def derive_some(db: Session, *, after: int) -> list[int]:
    """Make what is derived from texts anew for the nodes that follow an id; their ids, none at the end."""
    batch = select(*NODE_COLUMNS).where(NODES.c.id > after).order_by(NODES.c.id).limit(AT_ONCE)
    rows = list(db.execute(batch))
    ids = [row.id for row in rows]
    db.execute(delete(SearchWord).where(SearchWord.c.node_id.in_(ids)))
    for row in rows:
        _derive(db, row)
    return ids


def finish_deriving(db: Session) -> None:
    """Forget what search knows of nodes that are gone, and mend the index itself."""
    for table in (SearchDocument, SearchWord):
        db.execute(delete(table).where(table.c.node_id.not_in(select(NODES.c.id))))
    _mend_full_text(db)


def mend_texts(db: Session) -> int:
    """Make what is derived from texts anew where it differs; returns of how many nodes."""
    count, last = 0, None
    for _name, fault in _differences(db):
        if fault.node_id != last and fault.node_id is not None:
            last = fault.node_id
            db.execute(delete(SearchWord).where(SearchWord.c.node_id == last))
            _derive(db, node_by_id(db, last, in_trash=True))
            count += 1
    finish_deriving(db)
    return count


def _derive(db: Session, node: NodeRow) -> None:
    kind = kind_of(node.kind)
    values = values_of(db, kind, node.id)
    db.execute(update(NODES).where(NODES.c.id == node.id).values(sort_title=sort_key(node.title)))
    known = db.execute(select(SearchDocument.c.node_id).where(SearchDocument.c.node_id == node.id)).first()
    (index_new_node if known is None else reindex_node)(db, node.id, kind, node.title, values)
    add_words(db, node.id, kind, node.title, values)
    replace_references(db, node.id, references_in(node, kind, values))


def _mend_full_text(db: Session) -> None:
    """Make index entries anew that do not fit: on SQLite all of them, on PostgreSQL those that differ."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(update(SearchDocument).where(~matching_document(db)).values(document=null()))
        reindex_documents(db)
    else:
        db.execute(text(f"INSERT INTO {FTS_TABLE}({FTS_TABLE}) VALUES ('rebuild')"))  # noqa: S608


def mend_access(db: Session) -> None:
    """Work out anew, for the whole tree, whose grants each node obeys and what applies there."""
    root = db.execute(select(*NODE_COLUMNS).where(NODES.c.parent_id.is_(None))).one()
    refresh_access(db, root)
