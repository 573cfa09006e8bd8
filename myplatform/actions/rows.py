"""Node rows: what inserts and updates them, and which names and paths they may have.

The statements are made once and take bound values: building one costs more than running it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Executable, Insert, Text, bindparam, cast, func, insert, literal, select, text, true, update
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..errors import Conflict, Invalid, Missing
from ..identity import Identity
from ..kinds import Kind
from ..languages import gettext as _
from ..models import utc_now
from ..models.node import DEEPEST, LONGEST_PATH, NODES, UNPLACED
from ..queries.nodes import NODE_COLUMNS, NodeRow, node_by_id
from ..queries.prepared import Prepared
from ..slugs import unique_slug
from .inserting import insert_on

PARENTS = NODES.alias("parents")
RESERVED_AT_ROOT = frozenset({"-", "api", "healthz", "readyz", "metrics", "favicon.ico", "robots.txt"})
STEM = 20
"""Characters that every numbered form of a name begins with, however much is cut for the number before its ending."""


def insert_row(
    db: Session,
    parent: NodeRow,
    kind: type[Kind],
    title: str,
    slug: str,
    *,
    by: Identity,
    node_id: int | None = None,
) -> NodeRow | None:
    """Insert a node row, or return None where the path is taken: the index decides, and no transaction fails.

    Path, ancestry and access root are read from the parent in the same statement, under a lock that whoever
    moves, trashes or shares the parent waits for: so a child never keeps an address that is no longer its own.
    Raises `Missing` where the parent was trashed in the meantime.
    """
    child_path(parent, slug)
    given = {
        "of": parent.id,
        "stem": "" if parent.parent_id is None else None,
        "step": f"/{slug}",
        "kind": kind.name,
        "slug": slug,
        "title": title,
        "sort_title": sort_key(title),
        "now": utc_now(),
        "who": by.name,
        **({"id": node_id} if node_id is not None else {}),
    }
    inserted = _insertion(node_id is not None).run(db, given)
    if not inserted:
        node_by_id(db, parent.id)
        return None
    return inserted[0]


@cache
def _insertion(with_id: bool) -> Prepared:
    return Prepared(lambda dialect: _insert_beside_siblings(dialect, with_id=with_id))


def _insert_beside_siblings(dialect: str, *, with_id: bool) -> Insert:
    who, now = bindparam("who", type_=Text), bindparam("now", type_=NODES.c.created_at.type)
    columns: dict[str, Any] = {
        **({"id": bindparam("id", type_=NODES.c.id.type)} if with_id else {}),
        "parent_id": PARENTS.c.id,
        "path": func.coalesce(bindparam("stem", type_=Text), PARENTS.c.path) + bindparam("step", type_=Text),
        "ancestry": PARENTS.c.ancestry + cast(PARENTS.c.id, Text) + literal("/"),
        "access_id": PARENTS.c.access_id,
        **{name: bindparam(name, type_=Text) for name in ("kind", "slug", "title", "sort_title")},
        "position": literal(UNPLACED),
        "version": literal(1),
        "inherits": true(),
        "created_at": now,
        "created_by": who,
        "modified_at": now,
        "modified_by": who,
    }
    row = (
        select(*(value.label(name) for name, value in columns.items()))
        .where(PARENTS.c.id == bindparam("of"), PARENTS.c.trash_id.is_(None))
        .with_for_update(read=True, key_share=True)
    )
    statement = insert_on(dialect, NODES).from_select(list(columns), row)
    taken = {"index_elements": [NODES.c.path], "index_where": NODES.c.trash_id.is_(None)}
    return statement.on_conflict_do_nothing(**taken).returning(*NODE_COLUMNS)


def write_node(db: Session, node: NodeRow, *, by: Identity, **columns: Any) -> NodeRow:
    """Write columns of a node row as its next version; the row in hand must still be the current one.

    Raises `Conflict` with the current version, `Missing` where it is gone.
    """
    given = {"of": node.id, "read": node.version, "modified_at": utc_now(), "modified_by": by.name, **columns}
    written = _next_version(tuple(columns)).run(db, given)
    if not written:
        current = db.execute(select(NODES.c.version).where(NODES.c.id == node.id)).scalar_one_or_none()
        if current is None:
            raise Missing
        raise Conflict(_("This was changed by somebody else in the meantime."), current=current)
    return written[0]


@cache
def _next_version(names: tuple[str, ...]) -> Prepared:
    written = {name: bindparam(name, type_=NODES.c[name].type) for name in ("modified_at", "modified_by", *names)}
    statement = (
        update(NODES)
        .where(NODES.c.id == bindparam("of"), NODES.c.version == bindparam("read"))
        .values(version=NODES.c.version + 1, **written)
        .returning(*NODE_COLUMNS)
    )
    return Prepared(lambda _dialect: statement)


@cache
def _field_update(kind: type[Kind], names: tuple[str, ...]) -> Prepared:
    table = kind.table
    assert table is not None
    written = {name: bindparam(name, type_=table.c[name].type) for name in names}
    statement = update(table).where(table.c.node_id == bindparam("of")).values(written)
    return Prepared(lambda _dialect: statement)


@cache
def _field_insertion(kind: type[Kind]) -> Prepared:
    table = kind.table
    assert table is not None
    written = {name: bindparam(name, type_=table.c[name].type) for name in ("node_id", *kind.fields)}
    return Prepared(lambda _dialect: insert(table).values(written))


def insert_fields(db: Session, kind: type[Kind], node_id: int, fields: Mapping[str, Any]) -> None:
    """Write all of a new node's own fields."""
    if kind.table is not None:
        _field_insertion(kind).run(db, {"node_id": node_id, **fields})


def write_fields(db: Session, kind: type[Kind], node_id: int, fields: Mapping[str, Any]) -> None:
    """Write some of a node's own fields."""
    if fields and kind.table is not None:
        _field_update(kind, tuple(fields)).run(db, {"of": node_id, **fields})


def reserve_node_ids(db: Session, count: int) -> list[int]:
    """Ids for nodes that the running transaction will make, so that their texts can refer to each other."""
    if not count:
        return []
    if _dialect(db) == "postgresql":
        sequence = func.pg_get_serial_sequence(NODES.name, NODES.c.id.name)
        numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return list(db.execute(numbers).scalars())
    reserve = text("UPDATE sqlite_sequence SET seq = seq + :count WHERE name = :name RETURNING seq")
    last = db.execute(reserve, {"count": count, "name": NODES.name}).scalar_one()
    return list(range(last + 1 - count, last + 1))


def _slugs_from() -> Executable:
    """The slugs of live children that begin alike: a range of addresses, as the index of paths has them in order."""
    address = select(func.rtrim(PARENTS.c.path, "/")).where(PARENTS.c.id == bindparam("of")).scalar_subquery()
    return select(NODES.c.slug).where(
        NODES.c.path >= address + bindparam("beginning", type_=Text),
        NODES.c.path < address + bindparam("beyond", type_=Text),
        NODES.c.parent_id == bindparam("of"),
        NODES.c.trash_id.is_(None),
    )


_SLUGS_FROM = _slugs_from()


def free_slug(db: Session, parent: NodeRow, wanted: str) -> str:
    """The slug, numbered if a live child of `parent` has it already."""
    beginning = "/" + wanted.partition(".")[0][:STEM]
    beyond = beginning[:-1] + chr(ord(beginning[-1]) + 1)
    taken = set(db.execute(_SLUGS_FROM, {"of": parent.id, "beginning": beginning, "beyond": beyond}).scalars())
    if parent.parent_id is None:
        taken |= RESERVED_AT_ROOT
    return unique_slug(wanted, taken)


def child_path(parent: NodeRow, slug: str) -> str:
    """The path of a child; raises `Invalid` where the tree would become too deep or the path too long."""
    path = f"{parent.path.rstrip('/')}/{slug}"
    if len(path.encode()) > LONGEST_PATH or path.count("/") > DEEPEST:
        most = {"steps": DEEPEST, "size": f"{LONGEST_PATH:,}"}
        message = _("is too deep: a path has at most %(steps)s steps and %(size)s bytes", **most)
        raise Invalid.one("slug", message)
    return path


def _dialect(db: Session) -> str:
    return db.get_bind().dialect.name
