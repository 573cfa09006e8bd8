"""What a place holds: its children or whole subtree as a collection, trimmed to what the asker may see."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, select, tuple_
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..errors import BadQuery
from ..fields import DateTime, Integer, Text
from ..identity import Identity
from ..kinds import Kind, all_kinds, kind_of, kinds_inside
from ..models import is_live
from ..models.node import NODES, subtree_range
from .kept import NOTHING, kept_for
from .listing import Collection, Column, Listing, Page, parse
from .matching import matching
from .nodes import NodeRow
from .paging import filtered_rows, page_of, prepared_page_of
from .visibility import may, may_view_prepared, viewer_values

NODE_LIST_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column.named("id", NODES.c.id, Integer("Id")),
        Column.named("kind", NODES.c.kind, Text("Kind")),
        Column.named("path", NODES.c.path, Text("Path")),
        Column.named("slug", NODES.c.slug, Text("Slug")),
        Column("title", NODES.c.title, Kind.title_field(), nullable=False, sort=NODES.c.sort_title, fold=sort_key),
        Column.named("version", NODES.c.version, Integer("Version")),
        Column.named("created", NODES.c.created_at, DateTime("Created")),
        Column.named("created_by", NODES.c.created_by, Text("Created by")),
        Column.named("modified", NODES.c.modified_at, DateTime("Changed")),
        Column.named("modified_by", NODES.c.modified_by, Text("Changed by")),
        Column.named("position", NODES.c.position, Integer("Position")),
    )
}
ANSWERED = (
    "id",
    "kind",
    "path",
    "slug",
    "title",
    "version",
    "created",
    "created_by",
    "modified",
    "modified_by",
)
"""The node's own keys in every answer, in their order."""


@cache
def collection_of(kind: type[Kind] | None) -> Collection:
    """The columns of nodes in general, and of one kind's fields where the collection is of one kind."""
    columns = dict(NODE_LIST_COLUMNS)
    if kind is not None:
        if kind.title_key != "title":
            title = columns["title"]
            columns[kind.title_key] = Column(
                kind.title_key, title.value, title.field, nullable=False, sort=title.sort, fold=title.fold
            )
        if kind.table is not None:
            columns |= {name: Column(name, kind.table.c[name], field) for name, field in kind.fields.items()}
    return Collection(columns, (("position", False), ("title", False)), NODE_LIST_COLUMNS["id"])


@dataclass(frozen=True)
class ItemQuery:
    """What was asked of a place's items."""

    kind: type[Kind] | None
    listing: Listing
    depth_all: bool
    leaves_out: bool
    """Whether the place may hold things that are not of the kind asked for."""

    @property
    def narrowing(self) -> Hashable:
        """What decides which items there are, whatever is shown of them and in which order."""
        filters = tuple((each.name, each.operator, _hashable(each.value)) for each in self.listing.filters)
        return self.kind, self.depth_all, self.leaves_out, self.listing.words, filters


def _hashable(value: Any) -> Hashable:
    return tuple(value) if isinstance(value, list) else value


def parse_items(container_kind: type[Kind], params: Iterable[tuple[str, str]]) -> ItemQuery:
    """Read the query string of a list of nodes. Raises `BadQuery`.

    Which kind's fields can be used follows from `kind=`, from what the place can hold, or from a field that
    only one kind has.
    """
    given = list(params)
    depth = [value for name, value in given if name == "depth"]
    if len(depth) > 1:
        raise BadQuery("depth is given twice.", field="depth")
    if depth and depth[-1] not in ("1", "all"):
        raise BadQuery("depth must be 1 or all.", field="depth")
    depth_all = bool(depth) and depth[-1] == "all"
    kind = _kind_asked_for(container_kind, given, depth_all=depth_all)
    listing = parse(collection_of(kind), given, ignoring={"depth"})
    leaves_out = kind is not None and (depth_all or kinds_inside(container_kind) != [kind])
    return ItemQuery(kind, listing, depth_all, leaves_out)


def _kind_asked_for(container_kind: type[Kind], given: list[tuple[str, str]], *, depth_all: bool) -> type[Kind] | None:
    named = [value for name, value in given if name == "kind"]
    if len(named) > 1:
        raise BadQuery("kind is given twice; kind__in takes several.", field="kind")
    if named:
        found = next((kind for kind in all_kinds() if kind.name == named[-1]), None)
        if found is None:
            known = ", ".join(sorted(kind.name for kind in all_kinds()))
            raise BadQuery(f"There is no kind {named[-1]!r}; there are {known}.", field="kind")
        return found
    possible = kinds_inside(container_kind)
    if len(possible) == 1 and not depth_all:
        return possible[0]
    names = _field_names(given) - set(NODE_LIST_COLUMNS)
    having = [kind for kind in all_kinds() if names and names <= {kind.title_key, *kind.fields}]
    if len(having) > 1:
        choices = " or ".join(f"kind={kind.name}" for kind in having)
        raise BadQuery(f"Several kinds have {', '.join(sorted(names))}; say {choices}.", field="kind")
    return having[0] if having else None


def _field_names(given: list[tuple[str, str]]) -> set[str]:
    names: set[str] = set()
    for name, value in given:
        if name == "sort":
            names |= {part.removeprefix("-") for part in value.split(",") if part}
        elif name == "fields":
            names |= {part for part in value.split(",") if part}
        elif name not in ("limit", "cursor", "q", "count", "depth", "kind"):
            names.add(name.rpartition("__")[0] if "__" in name else name)
    return names


def items_of(db: Session, asker: Identity, container: NodeRow, query: ItemQuery) -> Page:
    """One page of what the container holds, each row as the mapping that REST answers, in one or few statements.

    Where the rows are of one kind its fields come with them; otherwise each kind's with one statement a kind.
    """
    source = items_source(asker, query, query.listing.fields, row_by_row=True)
    names = answered_names(query.kind, query.listing.fields)
    collection = collection_of(query.kind)
    if query.listing.words:
        statement = source(db.get_bind().dialect.name).where(NODES.c.id.in_(matching(db, query.listing.words)))
        page = page_of(db, statement.params(place_values(container, asker)), collection, query.listing)
    else:
        is_counted_alike = query.listing.filters or query.leaves_out
        counted = source if is_counted_alike else replace(source, kind=None, fields=None, row_by_row=False)
        values = place_values(container, asker)
        is_kept = query.listing.count and not query.listing.filters  # what filters leave is counted as it is found
        total = kept_for(db, asker, "total", container.id, query.narrowing) if is_kept else NOTHING
        page = prepared_page_of(db, source, collection, query.listing, values, counted=counted, total=total)
    items = [dict(zip(names, row, strict=False)) for row in page.rows]
    if query.kind is None and query.listing.fields is None:
        _add_fields(db, items)
    return Page(items, page.next_cursor, page.total)


def matching_items(
    db: Session, asker: Identity, container: NodeRow, query: ItemQuery, *, but: str = ""
) -> tuple[Select[Any], dict[str, Any]]:
    """The statement with all items that `items_of` would page through, in no order, and the values that it binds.

    The filters on the field `but` are left aside.
    """
    dialect = db.get_bind().dialect.name
    statement = items_source(asker, query, row_by_row=bool(query.listing.filters))(dialect)
    if query.listing.words:
        statement = statement.where(NODES.c.id.in_(matching(db, query.listing.words)))
    filtered, values = filtered_rows(statement, collection_of(query.kind), query.listing, dialect, but=but)
    return filtered, values | place_values(container, asker)


@lru_cache(maxsize=500)
def answered_names(kind: type[Kind] | None, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """The keys of each answered row; id, kind and path always are among them."""
    if wanted is not None:
        return tuple(dict.fromkeys(("id", "kind", "path", *wanted)))
    names = list(ANSWERED)
    if kind is not None:
        names[5:5] = [kind.title_key] if kind.title_key != "title" else []
        names += [field.name for field in kind.fields.values() if field.in_lists]
    return tuple(names)


def answered_columns(kind: type[Kind] | None, wanted: tuple[str, ...] | None) -> list[ColumnElement[Any]]:
    """The columns that the keys of each answered row come from."""
    collection = collection_of(kind)
    return [collection.columns[name].value.label(name) for name in answered_names(kind, wanted)]


@dataclass(frozen=True)
class Items:
    """Makes the statement with all items of a place that the asker may see; binds `place_values`."""

    kind: type[Kind] | None
    fields: tuple[str, ...] | None
    depth_all: bool
    leaves_out: bool = False
    as_oneself: bool = False
    """Whether the statement is only for askers who do not see the site as somebody else."""
    row_by_row: bool = False
    """Whether it is rather a few of the rows, in their order or as filters find them, than all of them at once."""

    def __call__(self, dialect: str) -> Select[Any]:
        columns = answered_columns(self.kind, self.fields)
        inside = NODES.c.parent_id == bindparam("place_id")
        if self.depth_all:
            inside = and_(NODES.c.ancestry >= bindparam("below"), NODES.c.ancestry < bindparam("above"))
        may_view = may_view_prepared(dialect, as_oneself=self.as_oneself, row_by_row=self.row_by_row)
        statement = select(*columns).where(inside, is_live(), may_view)
        if self.leaves_out and self.kind is not None:
            statement = statement.where(NODES.c.kind == self.kind.name)
        if self.kind is None or self.kind.table is None:
            return statement
        # Every node has its row there. An outer join leaves the planner no reason to begin with that table, so
        # that a page is read in its order from an index and joined row by row.
        return statement.join_from(NODES, self.kind.table, self.kind.table.c.node_id == NODES.c.id, isouter=True)


def place_values(container: NodeRow, asker: Identity) -> dict[str, Any]:
    """What the statements of `Items` bind."""
    below, above = subtree_range(container.ancestry, container.id)
    return {"place_id": container.id, "below": below, "above": above, **viewer_values(asker)}


def items_source(
    asker: Identity, query: ItemQuery, fields: tuple[str, ...] | None = ("title",), *, row_by_row: bool = False
) -> Items:
    """What makes the statement with all items that a query is about, before its filters; by itself with few columns."""
    row_by_row = row_by_row and not query.depth_all  # of a whole subtree one may see very little
    return Items(query.kind, fields, query.depth_all, query.leaves_out, asker.seen_as is None, row_by_row)


def _add_fields(db: Session, items: list[dict[str, Any]]) -> None:
    by_kind: dict[str, dict[int, dict[str, Any]]] = {}
    for item in items:
        by_kind.setdefault(item["kind"], {})[item["id"]] = item
    for name, of_kind in by_kind.items():
        kind = kind_of(name)
        if kind.title_key != "title":
            for item in of_kind.values():
                item[kind.title_key] = item["title"]
        shown = [field.name for field in kind.fields.values() if field.in_lists]
        if kind.table is None or not shown:
            continue
        table = kind.table
        statement = select(table.c.node_id, *(table.c[each] for each in shown)).where(table.c.node_id.in_(of_kind))
        for row in db.execute(statement):
            of_kind[row.node_id].update(zip(shown, row[1:], strict=True))


def pictures_among(db: Session, ids: Iterable[int], types: Iterable[str]) -> set[int]:
    """Those of the ids of files whose contents are pictures of one of these media types."""
    table = kind_of("file").table
    assert table is not None
    readable = table.c.width.is_not(None)
    wanted = (table.c.node_id.in_(list(ids)), table.c.media_type.in_(list(types)), readable)
    return set(db.execute(select(table.c.node_id).where(*wanted)).scalars())


def children_of(db: Session, asker: Identity, parent_id: int, *, limit: int, after: NodeRow | None = None) -> list[Any]:
    """Visible children in the order of the place, for navigation; `after` continues behind a child."""
    statement = (
        select(*NODES.c)
        .where(NODES.c.parent_id == parent_id, is_live(), may(asker))
        .order_by(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        .limit(limit)
    )
    if after is not None:
        place = tuple_(NODES.c.position, NODES.c.sort_title, NODES.c.id)
        statement = statement.where(place > (after.position, after.sort_title, after.id))
    return list(db.execute(statement))
