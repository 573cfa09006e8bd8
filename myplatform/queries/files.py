"""What is known of files besides their fields: the words inside, facts about them, their versions and neighbours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from ..documents import FORMATS, PLAIN
from ..identity import Identity
from ..kinds import kind_named
from ..models import FileText, is_live
from ..models.node import NODES
from ..permissions import Permission
from .changes import history
from .nodes import NODE_COLUMNS, NodeRow
from .visibility import may

TEXTS = FileText.__table__


def text_of(db: Session, sha256: str | None) -> str:
    """The words inside a content, "" where there are none or it was not read."""
    found = db.execute(select(TEXTS.c.text).where(TEXTS.c.sha256 == sha256)).scalar() if sha256 else None
    return found or ""


def reading_of(db: Session, sha256: str | None) -> Row[Any] | None:
    """State, text and facts of a content, or None where it was not read."""
    columns = (TEXTS.c.state, TEXTS.c.text, TEXTS.c.facts)
    return db.execute(select(*columns).where(TEXTS.c.sha256 == sha256)).one_or_none()


def unread_contents(db: Session, limit: int) -> list[Row[Any]]:
    """SHA-256 and media type of contents of files that have words and were not read yet."""
    table = kind_named("file").table
    assert table is not None
    statement = (
        select(table.c.sha256, func.min(table.c.media_type).label("media_type"))
        .outerjoin(TEXTS, TEXTS.c.sha256 == table.c.sha256)
        .where(table.c.sha256.is_not(None), TEXTS.c.sha256.is_(None), _has_words(table.c.media_type))
        .group_by(table.c.sha256)
        .order_by(table.c.sha256)
    )
    return list(db.execute(statement.limit(limit)))


def _has_words(media_type: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(media_type.startswith("text/"), media_type.in_([*FORMATS, *PLAIN]))


def files_with(db: Session, sha256: str) -> list[Row[Any]]:
    """The file nodes that have a content: id, title and fields."""
    kind = kind_named("file")
    assert kind.table is not None
    fields = [kind.table.c[name] for name in kind.fields]
    statement = select(NODES.c.id.label("node_id"), NODES.c.title, *fields).join(kind.table)
    return list(db.execute(statement.where(kind.table.c.sha256 == sha256)))


def named_alike(db: Session, asker: Identity, place: NodeRow, names: Iterable[str]) -> list[Row[Any]]:
    """The visible files in a place that were uploaded under one of the names, with that name as `file_name`.

    `may_replace` says whether the asker may give it a new version. One statement.
    """
    table = kind_named("file").table
    assert table is not None
    may_replace = case((may(asker, Permission.EDIT), True), else_=False).label("may_replace")
    statement = select(*NODE_COLUMNS, table.c.file_name, may_replace).join(table, table.c.node_id == NODES.c.id)
    here = (NODES.c.parent_id == place.id, is_live(), may(asker), table.c.file_name.in_(set(names)))
    return list(db.execute(statement.where(*here).order_by(NODES.c.id)))


def folder_titled(db: Session, asker: Identity, place: NodeRow, title: str) -> NodeRow | None:
    """The first folder of that title directly in a place that the asker may add to, or None."""
    here = (NODES.c.parent_id == place.id, NODES.c.kind == "folder", NODES.c.title == title, is_live())
    statement = select(*NODE_COLUMNS).where(*here, may(asker), may(asker, Permission.ADD))
    return db.execute(statement.order_by(NODES.c.id).limit(1)).one_or_none()


@dataclass(frozen=True)
class Version:
    """One content of a file: the version that brought it, who did so and when, its name and size in bytes."""

    number: int
    at: dt.datetime
    by: str
    file_name: str
    size: int
    is_current: bool


def versions_of(db: Session, node: NodeRow, values: Mapping[str, Any], *, limit: int) -> list[Version]:
    """The contents that a file had, newest first, as far as its latest `limit` changes tell. One statement."""
    then = {"file_name": values["file_name"], "size": values["size"]}
    versions: list[Version] = []
    for change in history(db, node.id, limit=limit):
        if "sha256" in change.values:
            name, size = then["file_name"] or "", then["size"] or 0
            versions.append(Version(change.node_version, change.at, change.actor, name, size, not versions))
        then |= {key: change.values[key][0] for key in then if key in change.values}
    return versions


def files_beside(db: Session, asker: Identity, node: NodeRow) -> tuple[NodeRow | None, NodeRow | None]:
    """The visible files before and after one in the order of their place. One statement."""
    order = (NODES.c.position, NODES.c.sort_title, NODES.c.id)
    here = tuple_(node.position, node.sort_title, node.id)
    same = (NODES.c.parent_id == node.parent_id, NODES.c.kind == node.kind, is_live(), may(asker))

    def beside(*, is_after: bool) -> Select[Any]:
        side = tuple_(*order) > here if is_after else tuple_(*order) < here
        rows = select(*NODE_COLUMNS, literal(is_after).label("is_after")).where(*same, side)
        return rows.order_by(*(each if is_after else each.desc() for each in order)).limit(1)

    parts = [select(beside(is_after=after).subquery()) for after in (False, True)]
    found = {bool(row.is_after): row for row in db.execute(union_all(*parts))}
    return found.get(False), found.get(True)
