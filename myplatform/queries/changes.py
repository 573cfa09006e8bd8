"""Reads the change rows: the feed, one node's history, what changed lately, the audit."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from ..errors import BadQuery, Missing
from ..fields import DateTime, Integer, Text
from ..identity import Identity
from ..kinds import kind_of
from ..languages import gettext as _
from ..models import Change, Node, descendants_of, is_live
from ..models.base import LARGEST_ID
from .listing import Collection, Column, Listing, Page
from .nodes import Entry, NodeRow
from .paging import page_of
from .visibility import may, may_at

CHANGES = Change.__table__
UNDONE_AT_ONCE = 50
"""Changes that are held at once while an old version is made: each can have a text of a mebibyte twice."""
NODES = Node.__table__
WRITING_ACTIONS = ("edited", "reverted", "confirmed")
"""What changes a node's title or fields after it was made."""
CONTENT_ACTIONS = ("created", "edited", "reverted", "moved", "trashed", "restored")


@dataclass(frozen=True)
class Feed:
    """Changes in the order in which they became visible, and the cursor behind the last."""

    rows: list[Row[Any]]
    cursor: str


def feed(
    db: Session,
    asker: Identity,
    *,
    after: str | None,
    limit: int,
    under: NodeRow | None = None,
    kind: str | None = None,
) -> Feed:
    """Changes of nodes that the asker may see, oldest first.

    `under` keeps what stands at or below a node or did when it changed, what left it and what is gone included. On
    PostgreSQL only changes of transactions older than the oldest running one are given out, in the order of
    transaction numbers, so that a cursor never passes a change that is committed later. Where nothing more is to be
    had, the cursor stands behind all that was complete, seen or not, and what the asker may not see is read once.
    `node_path` is where the node stood then, or now where the asker may not see what was there.
    """
    place, end = read_cursor(after), end_of_complete(db)
    if db.get_bind().dialect.name != "postgresql":
        place = (min(place[0], 0), place[1])
    conditions = [
        CHANGES.c.node_id.is_not(None),
        visible_change(asker),
        CHANGES.c.transaction_number <= end[0],
        tuple_(CHANGES.c.transaction_number, CHANGES.c.id) > place,
    ]
    if under is not None and under.parent_id is not None:
        conditions.append(_changed_under(under))
    if kind is not None:
        conditions.append(CHANGES.c.node_kind == kind)
    statement = (
        select(*(column for column in CHANGES.c if column is not CHANGES.c.node_path), _path_for(asker))
        .outerjoin(NODES, NODES.c.id == CHANGES.c.node_id)
        .where(*conditions)
        .order_by(CHANGES.c.transaction_number, CHANGES.c.id)
    )
    rows = list(db.execute(statement.limit(limit)))
    more = len(rows) == limit
    last = (rows[-1].transaction_number, rows[-1].id) if more else max(place, end)
    return Feed(rows, write_cursor(last))


def _path_for(asker: Identity) -> ColumnElement[str]:
    """The path of a change, which must not tell what places are called from which its node has come."""
    is_seen = or_(NODES.c.id.is_(None), may_at(asker, CHANGES.c.access_id))
    return case((is_seen, CHANGES.c.node_path), else_=NODES.c.path).label("node_path")


def _changed_under(node: NodeRow) -> ColumnElement[bool]:
    inside = func.substr(CHANGES.c.node_path, 1, len(node.path) + 1) == f"{node.path}/"
    path_before = CHANGES.c["values"][("path", 0)].as_string()
    left = and_(CHANGES.c.action == "moved", func.substr(path_before, 1, len(node.path) + 1) == f"{node.path}/")
    here = or_(NODES.c.id == node.id, CHANGES.c.node_path == node.path)
    return or_(here, descendants_of(node.ancestry, node.id), inside, left)


def visible_change(asker: Identity) -> ColumnElement[bool]:
    """Condition on changes left joined to nodes: the asker may see the node, or could see it where it stood last."""
    return or_(
        and_(NODES.c.id.is_not(None), may(asker)),
        and_(NODES.c.id.is_(None), may_at(asker, CHANGES.c.access_id)),
    )


def end_of_complete(db: Session) -> tuple[int, int]:
    """The place behind which alone changes can still appear: before that of the oldest running transaction."""
    if db.get_bind().dialect.name == "postgresql":
        oldest = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
        number = literal_column(f"({oldest} + transaction_number_offset() - 1)")
        return db.execute(select(number)).scalar_one(), LARGEST_ID
    return 0, db.execute(select(func.coalesce(func.max(CHANGES.c.id), 0))).scalar_one()


def write_cursor(place: tuple[int, int]) -> str:
    """A place of the feed, transaction number and id, as it is given out."""
    return base64.urlsafe_b64encode(f"{place[0]}.{place[1]}".encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> tuple[int, int]:
    """The place that a cursor names, the beginning without one. Raises `BadQuery`."""
    if not text:
        return (-1, 0)
    try:
        transaction, _, number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(".")
        place = (int(transaction), int(number))
    except ValueError:
        place = (-2, 0)
    if not (-1 <= place[0] <= LARGEST_ID and 0 <= place[1] <= LARGEST_ID):
        raise BadQuery("The cursor is not one that was given out here.", field="after")
    return place


def history(db: Session, node_id: int, *, limit: int = 100, before: int | None = None) -> list[Row[Any]]:
    """The changes of one node, newest first; `before` continues behind a change id. The caller checks permission."""
    statement = select(*CHANGES.c).where(CHANGES.c.node_id == node_id)
    if before is not None:
        statement = statement.where(CHANGES.c.id < before)
    return list(db.execute(statement.order_by(CHANGES.c.id.desc()).limit(limit)))


def shared_since(db: Session, change: Row[Any]) -> bool:
    """Whether the sharing of the node was changed again after this change of it."""
    later = (CHANGES.c.node_id == change.node_id, CHANGES.c.id > change.id, CHANGES.c.action == "shared")
    return db.execute(select(CHANGES.c.id).where(*later).limit(1)).first() is not None


def change_by_id(db: Session, change_id: int) -> Row[Any]:
    """One change. Raises `Missing`."""
    row = db.execute(select(*CHANGES.c).where(CHANGES.c.id == change_id)).one_or_none()
    if row is None:
        raise Missing
    return row


def was_edited_since(db: Session, change: Row[Any]) -> bool:
    """Whether title or fields of the change's node were changed after it; moving it is no edit."""
    later = select(CHANGES.c.id).where(
        CHANGES.c.node_id == change.node_id,
        CHANGES.c.id > change.id,
        CHANGES.c.action.in_(("edited", "reverted")),
    )
    return db.execute(later.limit(1)).first() is not None


def values_at(db: Session, entry: Entry, version: int) -> dict[str, Any]:
    """Title and fields as they were at a version, by undoing what came after it. Raises `Missing`.

    The values are as JSON keeps them: dates as text.
    """
    if not 1 <= version <= entry.node.version:
        raise Missing(
            _("There is no version %(version)s; the newest is %(newest)s.", version=version, newest=entry.node.version)
        )
    values: dict[str, Any] = {"title": entry.node.title, **entry.values}
    for changed in _written_after(db, entry.node.id, version):
        values |= {name: before for name, (before, _after) in changed.items() if name in values}
    return values


def _written_after(db: Session, node_id: int, version: int) -> Iterator[Mapping[str, Any]]:
    """What changed title and fields after a version, newest first; of thousands of long texts few are held at once."""
    statement = select(CHANGES.c.id, CHANGES.c["values"]).where(
        CHANGES.c.node_id == node_id,
        CHANGES.c.node_version > version,
        CHANGES.c.action.in_(WRITING_ACTIONS),
    )
    statement, last, rows = statement.order_by(CHANGES.c.id.desc()).limit(UNDONE_AT_ONCE), LARGEST_ID, None
    while rows is None or len(rows) == UNDONE_AT_ONCE:
        rows = db.execute(statement.where(CHANGES.c.id < last)).all()
        for last, changed in rows:  # noqa: B007 - the next rows lie before the last of these
            yield changed


def writable_values(entry: Entry, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values from a change row as the node's kind writes them: texts become dates and moments again."""
    kind = kind_of(entry.node.kind)
    return {
        name: kind.fields[name].from_stored(value) if name in kind.fields else value for name, value in values.items()
    }


def in_recent_window() -> ColumnElement[bool]:
    """Condition: the change is one of the last that "recently changed" looks at."""
    newest = select(func.coalesce(func.max(CHANGES.c.id), 0)).scalar_subquery()
    return CHANGES.c.id > newest - RECENT_WINDOW


def recent_changes(
    db: Session,
    asker: Identity,
    *,
    limit: int = 20,
    under: NodeRow | None = None,
    such_that: Iterable[ColumnElement[bool]] = (),
) -> list[Row[Any]]:
    """The latest change of each of the live nodes changed last, newest first, as the asker may see them.

    `such_that` are further conditions on the node and its latest change.
    """
    newer = CHANGES.alias("newer")
    is_latest = ~exists().where(
        newer.c.node_id == CHANGES.c.node_id, newer.c.id > CHANGES.c.id, newer.c.action.in_(CONTENT_ACTIONS)
    )
    statement = (
        select(
            *CHANGES.c,
            NODES.c.path.label("now_path"),
            NODES.c.title.label("now_title"),
            NODES.c.kind.label("now_kind"),
        )
        .join(NODES, NODES.c.id == CHANGES.c.node_id)
        .where(CHANGES.c.action.in_(CONTENT_ACTIONS), in_recent_window(), is_latest)
        .where(is_live(), may(asker), *such_that)
    )
    if under is not None:
        statement = statement.where(descendants_of(under.ancestry, under.id))
    return list(db.execute(statement.order_by(CHANGES.c.id.desc()).limit(limit)))


RECENT_WINDOW = 5000
"""How many change rows back "recently changed" looks, so that its cost does not grow with the site's age."""


AUDIT = Collection.of(
    Column.named("id", CHANGES.c.id, Integer("Id")),
    Column.named("at", CHANGES.c.at, DateTime("When")),
    Column.named("actor", CHANGES.c.actor, Text("Who")),
    Column.named("via", CHANGES.c.via, Text("Through")),
    Column.named("action", CHANGES.c.action, Text("What")),
    Column.named("kind", CHANGES.c.node_kind, Text("Kind"), nullable=True),
    Column.named("path", CHANGES.c.node_path, Text("Path"), nullable=True),
    Column.named("title", CHANGES.c.node_title, Text("Title"), nullable=True),
    Column.named("subject", CHANGES.c.subject, Text("Subject"), nullable=True),
    sort=(("id", True),),
)


def audit(db: Session, listing: Listing) -> Page:
    """All changes, newest first, for administrators: the caller checks that."""
    statement: Select[Any] = select(*CHANGES.c)
    if listing.words:
        pattern = listing.words
        statement = statement.where(
            or_(
                CHANGES.c.node_title.contains(pattern, autoescape=True),
                CHANGES.c.node_path.contains(pattern, autoescape=True),
                CHANGES.c.subject.contains(pattern, autoescape=True),
                CHANGES.c.actor.contains(pattern, autoescape=True),
            )
        )
    return page_of(db, statement, AUDIT, listing)


def is_recent(row: Row[Any], *, within: dt.timedelta, now: dt.datetime) -> bool:
    """Whether a change is young enough to offer its undoing."""
    return now - row.at < within
