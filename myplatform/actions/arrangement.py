"""Where nodes stand: moving and renaming, copying."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, cast, func, insert, literal, select, update
from sqlalchemy.orm import Session

from ..errors import Conflict, Invalid, ensure
from ..fields import Link
from ..identity import Identity
from ..kinds import kind_of
from ..languages import gettext as _
from ..languages import noun
from ..models import Change, Node, Redirect, descendants_of, is_live, utc_now
from ..models.base import Json
from ..models.changes import RECORDED
from ..models.node import DEEPEST, UNPLACED
from ..queries.nodes import NODE_COLUMNS, Entry, NodeRow, find_by_path, node_by_id, values_of, visible_nodes
from ..queries.visibility import may
from ..slugs import slug_problem
from .access import refresh_access
from .content import create_node
from .inserting import insert_into
from .locking import lock_node, lock_subtree, lock_subtrees
from .recording import record
from .referring import renew_references_below
from .rows import LONGEST_PATH, RESERVED_AT_ROOT, child_path, write_node

NODES = Node.__table__
CHANGES = Change.__table__
Progress = Callable[[int, int], Any]
"""Told how many are done, of how many."""


def silent(_done: int, _total: int) -> None:
    """The progress of what nobody watches."""


def move_node(
    db: Session,
    node: NodeRow,
    *,
    by: Identity,
    to: NodeRow | None = None,
    slug: str | None = None,
    expected_version: int | None = None,
    is_locked: bool = False,
) -> NodeRow:
    """Put the node with its subtree into `to` (by default it stays where it is), under `slug` (default: its own).

    With `is_locked` the caller holds the subtree and the place already, by `lock_subtrees`.
    Old addresses redirect. Raises `Invalid` for a target it cannot be in, `Conflict` where the slug is taken.
    The caller has made sure that `by` may add to `to`.
    """
    ensure(node.parent_id is not None, "", _("the home of the site stays where it is"))
    if not is_locked:
        lock_subtrees(db, [node], also=[] if to is None else [to.id])
    node = node_by_id(db, node.id) if is_locked else lock_subtree(db, node)
    if expected_version is not None and expected_version != node.version:
        raise Conflict(_("This was changed by somebody else in the meantime."), current=node.version)
    parent = lock_node(db, to.id if to is not None else node.parent_id)
    slug = slug if slug is not None else node.slug
    check_place(node, parent, slug)
    address = address_in(parent, slug)
    if address["path"] == node.path and parent.id == node.parent_id:
        return node
    ensure_free(db, parent, slug, but=node)
    order = {} if parent.id == node.parent_id else {"position": UNPLACED}
    moved = write_node(db, node, by=by, **address, **order)
    rewrite_addresses_below(db, node, moved, by=by)
    add_redirect(db, node.path, node.id)
    if parent.id != node.parent_id:
        refresh_access(db, moved)
        moved = node_by_id(db, moved.id)
    placed = {"position": (node.position, UNPLACED)} if order and node.position < UNPLACED else {}
    record(db, by=by, action="moved", node=moved, values={"path": (node.path, moved.path), **placed})
    return moved


def address_in(parent: NodeRow, slug: str) -> dict[str, Any]:
    """The columns that say where a child of `parent` stands. Raises `Invalid` where that is too deep."""
    return {
        "slug": slug,
        "path": child_path(parent, slug),
        "parent_id": parent.id,
        "ancestry": f"{parent.ancestry}{parent.id}/",
    }


def ensure_free(db: Session, parent: NodeRow, slug: str, *, but: NodeRow | None = None) -> None:
    """Raise `Conflict` where something other than `but` has that name in `parent`."""
    there = find_by_path(db, child_path(parent, slug))
    if there is not None and (but is None or there.id != but.id):
        raise Conflict(_("There already is something called %(slug)r there.", slug=slug), field="slug")


def check_place(node: NodeRow, parent: NodeRow, slug: str) -> None:
    """Raise `Invalid` for what cannot stand in `parent` under that slug."""
    if problem := slug_problem(slug):
        raise Invalid.one("slug", problem)
    if parent.parent_id is None and slug in RESERVED_AT_ROOT:
        raise Invalid.one("slug", _("%(slug)r is kept for the site itself; choose another", slug=slug))
    inside_itself = f"{parent.ancestry}{parent.id}/".startswith(f"{node.ancestry}{node.id}/")
    ensure(not inside_itself, "to", _("cannot be moved into itself or into something inside it"))
    kind, parent_kind = kind_of(node.kind), kind_of(parent.kind)
    message = _("a %(kind)s cannot be kept inside a %(place)s", kind=noun(kind.label), place=noun(parent_kind.label))
    ensure(parent_kind.may_contain(kind), "to", message)


def rewrite_addresses_below(db: Session, old: NodeRow, new: NodeRow, *, by: Identity) -> None:
    """Rewrite the addresses of the subtree, trashed nodes included, and write a change for each live one."""
    below = descendants_of(old.ancestry, old.id)
    old_prefix, new_prefix = f"{old.ancestry}{old.id}/", f"{new.ancestry}{new.id}/"
    new_path = literal(new.path) + func.substr(NODES.c.path, len(old.path) + 1)
    steps = func.length(NODES.c.path) - func.length(func.replace(NODES.c.path, "/", ""))
    longest, deepest = db.execute(select(func.max(_bytes(NODES.c.path, db)), func.max(steps)).where(below)).one()
    is_too_long = longest and longest - len(old.path.encode()) + len(new.path.encode()) > LONGEST_PATH
    if is_too_long or (deepest and deepest - old.path.count("/") + new.path.count("/") > DEEPEST):
        raise Invalid.one("to", _("is too deep for what is inside this; move it somewhere shorter"))
    moved = _json_of_path(db, NODES.c.path, new_path)
    write_changes_below(db, below & is_live(), top=new, action="moved", by=by, path=new_path, values=moved)
    db.execute(
        update(NODES)
        .where(below)
        .values(
            path=new_path, ancestry=literal(new_prefix) + func.substr(NODES.c.ancestry, len(old_prefix) + 1)
        )
    )
    renew_references_below(db, new)


def _bytes(text: ColumnElement[str], db: Session) -> ColumnElement[int]:
    """The length of a text in UTF-8."""
    if db.get_bind().dialect.name == "postgresql":
        return func.octet_length(text)
    return func.length(cast(text, LargeBinary))


def _json_of_path(db: Session, before: ColumnElement[str], after: ColumnElement[str]) -> ColumnElement[Any]:
    """The values of a change of path, made by the database: {"path": [before, after]}."""
    if db.get_bind().dialect.name == "postgresql":
        return func.jsonb_build_object("path", func.jsonb_build_array(before, after))
    return func.json_object("path", func.json_array(before, after))


def write_changes_below(
    db: Session, condition: Any, *, top: NodeRow, action: str, by: Identity, path: Any = None, values: Any = None
) -> None:
    """One change for each node of a subtree that an action on its top took along, in one statement.

    Their `subject` names the top ("node:7"), which alone can be undone.
    """
    columns = {
        "at": literal(utc_now(), Change.at.type),
        "actor": literal(by.name),
        "via": literal(by.via),
        "action": literal(action),
        "node_id": NODES.c.id,
        "node_kind": NODES.c.kind,
        "node_path": NODES.c.path if path is None else path,
        "node_title": NODES.c.title,
        "node_version": NODES.c.version,
        "access_id": NODES.c.access_id,
        "subject": literal(f"node:{top.id}"),
        "values": literal({}, Json) if values is None else values,
    }
    rows = select(*(value.label(name) for name, value in columns.items())).where(condition)
    db.execute(insert(CHANGES).from_select(list(columns), rows))
    db.info[RECORDED] = True


def add_redirect(db: Session, path: str, node_id: int) -> None:
    """Let an address lead to the node from now on; a later one for the same address wins."""
    statement = insert_into(db, Redirect).values(path=path, node_id=node_id, created_at=utc_now())
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[Redirect.path],
            set_={"node_id": node_id, "created_at": statement.excluded.created_at},
        )
    )


def copy_node(
    db: Session,
    node: NodeRow,
    *,
    by: Identity,
    to: NodeRow,
    slug: str | None = None,
    title: str | None = None,
    progress: Progress = silent,
) -> Entry:
    """Copy the node, and of its subtree what `by` may see, into `to`; grants are not copied.

    Links between copied nodes (a person's photo) point to the copies. Raises as `create_node` does.
    """
    inside_itself = f"{to.ancestry}{to.id}/".startswith(f"{node.ancestry}{node.id}/")
    ensure(not inside_itself, "to", _("cannot be copied into itself or into something inside it"))
    originals = {node.id: node} | {row.id: row for row in _visible_below(db, node, by)}
    copies: dict[int, Entry] = {}
    for number, original in enumerate(originals.values()):
        progress(number, len(originals))
        kind = kind_of(original.kind)
        values = {"title": original.title, **_copied_values(db, original, originals, by)}
        if original.id == node.id:
            values["title"] = title or original.title
            names = {"slug": slug, "preferred_slug": original.slug}
            copies[original.id] = create_node(db, to, kind, values, by=by, **names)
        elif original.parent_id in copies:  # else kept out with a parent that `by` may not see
            parent = copies[original.parent_id].node
            copies[original.id] = create_node(db, parent, kind, values, by=by, slug=original.slug)
    _relink_copies(db, copies, originals)
    return copies[node.id]


def _visible_below(db: Session, node: NodeRow, by: Identity) -> Iterator[NodeRow]:
    statement = select(*NODE_COLUMNS).where(descendants_of(node.ancestry, node.id), is_live(), may(by))
    yield from db.execute(statement.order_by(func.length(NODES.c.ancestry), NODES.c.ancestry, NODES.c.id))


def _copied_values(db: Session, original: NodeRow, originals: dict[int, NodeRow], by: Identity) -> dict[str, Any]:
    """The fields of a copy, without what only one may have and links that `by` cannot see or that lead to copies."""
    kind = kind_of(original.kind)
    values = values_of(db, kind, original.id)
    links = {name: value for name, value in values.items() if isinstance(kind.fields[name], Link) and value}
    seen = visible_nodes(db, by, [value for value in links.values() if value not in originals])
    left_out = {name for name, value in links.items() if value not in seen}
    left_out |= {name for name, field in kind.fields.items() if field.unique and not field.required}
    return {name: None if name in left_out else value for name, value in values.items()}


def _relink_copies(db: Session, copies: dict[int, Entry], originals: dict[int, NodeRow]) -> None:
    for original_id, copy in copies.items():
        kind = copy.kind
        links = [name for name, field in kind.fields.items() if isinstance(field, Link)]
        if not links or kind.table is None:
            continue
        before = values_of(db, kind, original_id)
        relinked = {name: copies[before[name]].node.id for name in links if before[name] in copies}
        if relinked and originals:
            db.execute(update(kind.table).where(kind.table.c.node_id == copy.node.id).values(**relinked))
