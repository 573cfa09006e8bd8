"""Making and editing nodes. Forms, REST, imports and jobs all come through here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..errors import Conflict, FieldError, Invalid
from ..identity import SYSTEM, Identity
from ..kinds import Kind, kind_named, kind_of
from ..languages import gettext as _
from ..languages import noun
from ..models.node import NODES
from ..queries.nodes import Entry, NodeRow, find_by_path, values_of
from ..slugs import slug_from, slug_problem, unique_slug
from .access import refresh_access
from .indexing import index_new_node, reindex_node
from .linking import resolved_links
from .locking import lock_node
from .recording import record
from .referring import note_references, renew_references
from .rows import RESERVED_AT_ROOT, free_slug, insert_fields, insert_row, write_fields, write_node
from .uniqueness import taken_values
from .vocabulary import add_words, replace_words

MOST_TRIES = 100
"""How often a name is numbered anew because others took the number at the same moment."""


def create_node(
    db: Session,
    parent: NodeRow,
    kind: type[Kind],
    values: Mapping[str, Any],
    *,
    by: Identity,
    slug: str | None = None,
    preferred_slug: str | None = None,
    node_id: int | None = None,
) -> Entry:
    """Make a node of `kind` inside `parent` from checked `values` ("title" and the kind's fields).

    A `slug` that is taken is a `Conflict`. Without it `preferred_slug`, or one made from the title, is numbered
    where it is taken. `node_id` is one of `reserve_node_ids`. Raises `Invalid` for a kind that may not be there,
    links that name nothing, values not unique.
    """
    parent_kind = kind_of(parent.kind)
    if not parent_kind.may_contain(kind):
        given = {"kind": noun(kind.label), "place": noun(parent_kind.label)}
        message = _("a %(kind)s cannot be made inside a %(place)s", **given)
        raise Invalid.one("kind", message)
    title = values["title"]
    fields = {name: values.get(name) for name in kind.fields}
    fields = checked_fields(db, kind, None, fields, fields, by=by)
    given = {"by": by, "node_id": node_id}
    if slug is not None:
        node = _insert_named(db, parent, kind, title, slug, **given)
    else:
        node = _insert_numbered(db, parent, kind, title, preferred_slug or slug_from(title), **given)
    insert_fields(db, kind, node.id, fields)
    index_new_node(db, node.id, kind, title, fields)
    note_references(db, node, kind, fields)
    add_words(db, node.id, kind, title, fields)
    first = {name: (None, value) for name, value in fields.items() if value is not None}
    record(db, by=by, action="created", node=node, values={"title": (None, title), **first})
    return Entry(node, fields)


def edit_node(
    db: Session,
    node: NodeRow,
    values: Mapping[str, Any],
    *,
    by: Identity,
    expected_version: int | None,
    action: str = "edited",
    note: str | None = None,
    unsaid_is_no: bool = False,
) -> Entry:
    """Change the given values of a node, all or none, and return it as it then stands.

    `expected_version` is the version the editor saw; None overwrites knowingly. `note` says why. Raises `Conflict`
    with the current version when another edit came between. Values that do not differ change nothing, not even the
    version. With `unsaid_is_no` neither does a no where nothing was said: a form cannot tell the two apart.
    """
    if expected_version is not None and expected_version != node.version:
        raise Conflict(_("This was changed by somebody else in the meantime."), current=node.version)
    said = {"by": by, "action": action, "note": note, "unsaid_is_no": unsaid_is_no}
    try:
        return _edit_as_read(db, node, values, **said)
    except Conflict as conflict:
        if expected_version is not None or conflict.current is None:
            raise
        return _edit_as_read(db, lock_node(db, node.id, to_write=True), values, **said)  # on top of what was quicker


def _edit_as_read(
    db: Session,
    node: NodeRow,
    values: Mapping[str, Any],
    *,
    by: Identity,
    action: str,
    note: str | None,
    unsaid_is_no: bool,
) -> Entry:
    kind = kind_of(node.kind)
    before = {"title": node.title, **values_of(db, kind, node.id)}
    fields = {name: value for name, value in values.items() if name in kind.fields}
    merged = {**before, **fields}
    fields = checked_fields(db, kind, node.id, fields, merged, by=by)
    wanted = {**fields, "title": values.get("title", node.title)}
    if unsaid_is_no:
        wanted = {name: value for name, value in wanted.items() if not (value is False and before[name] is None)}
    changed = {name: (before[name], value) for name, value in wanted.items() if before[name] != value}
    if not changed:
        return Entry(node, {name: before[name] for name in kind.fields})
    return _write_edit(db, node, kind, before, changed, by=by, action=action, note=note)


def _write_edit(
    db: Session,
    node: NodeRow,
    kind: type[Kind],
    before: Mapping[str, Any],
    changed: dict[str, tuple[Any, Any]],
    *,
    by: Identity,
    action: str,
    note: str | None,
) -> Entry:
    after = {**before, **{name: value for name, (_, value) in changed.items()}}
    title = after.pop("title")
    written = write_node(db, node, by=by, title=title, sort_title=sort_key(title))
    changed_fields = {name: value for name, (_, value) in changed.items() if name != "title"}
    write_fields(db, kind, node.id, changed_fields)
    if "title" in changed or any(kind.fields[name].is_text for name in changed_fields):
        reindex_node(db, node.id, kind, title, after)
        renew_references(db, node, kind, before, after)
        replace_words(db, node.id, kind, (before["title"], before), (title, after))
    record(db, by=by, action=action, node=written, values=changed, note=note)
    return Entry(written, after)


def checked_fields(
    db: Session,
    kind: type[Kind],
    node_id: int | None,
    given: Mapping[str, Any],
    merged: Mapping[str, Any],
    *,
    by: Identity,
) -> dict[str, Any]:
    """The given fields with links resolved to ids; raises `Invalid` naming all that the database contradicts."""
    errors: list[FieldError] = []
    fields = resolved_links(db, kind, given, by=by, errors=errors)
    errors += taken_values(db, kind, node_id, fields)
    wrong = {error.field for error in errors}
    errors += kind.check(db, node_id, {name: v for name, v in {**merged, **fields}.items() if name not in wrong})
    if errors:
        raise Invalid(errors)
    return fields


def _insert_named(
    db: Session, parent: NodeRow, kind: type[Kind], title: str, slug: str, *, by: Identity, node_id: int | None
) -> NodeRow:
    if problem := slug_problem(slug):
        raise Invalid.one("slug", problem)
    if parent.parent_id is None and slug in RESERVED_AT_ROOT:
        raise Invalid.one("slug", _("%(slug)r is kept for the site itself; choose another", slug=slug))
    inserted = insert_row(db, parent, kind, title, slug, by=by, node_id=node_id)
    if inserted is None:
        raise Conflict(_("There already is something called %(slug)r here.", slug=slug), field="slug")
    return inserted


def _insert_numbered(
    db: Session, parent: NodeRow, kind: type[Kind], title: str, wanted: str, *, by: Identity, node_id: int | None
) -> NodeRow:
    is_reserved = parent.parent_id is None and wanted in RESERVED_AT_ROOT
    slug = unique_slug(wanted, RESERVED_AT_ROOT) if is_reserved else wanted
    for _try in range(MOST_TRIES):
        inserted = insert_row(db, parent, kind, title, slug, by=by, node_id=node_id)
        if inserted is not None:
            return inserted
        slug = free_slug(db, parent, wanted)
    message = _("Too many things called %(wanted)r are being made here at once. Try again.", wanted=wanted)
    raise Conflict(message, field="slug")


def ensure_root(db: Session, title: str = "Home") -> NodeRow:
    """The root folder, made where there is none yet; nobody but administrators can reach it at first."""
    found = find_by_path(db, "/")
    if found is not None:
        return found
    kind = kind_named("folder")
    columns = {"kind": kind.name, "slug": "", "path": "/", "ancestry": "/", "title": title}
    statement = insert(NODES).values(
        **columns, sort_title=sort_key(title), created_by=SYSTEM.name, modified_by=SYSTEM.name, inherits=False
    )
    node_id = db.execute(statement.returning(NODES.c.id)).scalar_one()
    db.execute(update(NODES).where(NODES.c.id == node_id).values(access_id=node_id))
    if kind.table is not None:
        db.execute(insert(kind.table).values(node_id=node_id))
    index_new_node(db, node_id, kind, title, {})
    add_words(db, node_id, kind, title, {})
    root = find_by_path(db, "/")
    assert root is not None
    refresh_access(db, root)
    record(db, by=SYSTEM, action="created", node=root, values={"title": (None, title)})
    return root
