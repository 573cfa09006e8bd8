"""Lists as tables: from the list grammar in the URL to columns, cells, sort links, filters and the next page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request

from ..fields import Field, Link
from ..kinds import Kind, kind_of, kinds_inside
from ..languages import gettext as _
from ..languages import mark
from ..queries.accounts import principal_titles
from ..queries.children import ItemQuery, items_of, parse_items, pictures_among
from ..queries.nodes import NodeRow, visible_nodes
from ..thumbnails import SOURCES
from .frame import kind_icon

FIRST_COLUMNS = 6
"""Fields of a kind shown until the reader chooses others."""
PLAIN_TYPES = frozenset({"text", "integer", "number", "money", "choice"})
NEEDED = ("title", "version", "modified", "modified_by")
"""What every table needs besides a kind's own fields."""
MIXED = {"kind": mark("Kind"), "modified": mark("Changed"), "modified_by": mark("By")}
"""The columns to choose from where things of several kinds stand together."""
CARDS = "cards"
PHOTO = "photo"
FILE = "file"
NOT_GRAMMAR = frozenset({"changed", "column", "job", "view"})
"""What a page's URL says besides the list grammar."""
NOT_FILTERS = frozenset({"sort", "fields", "limit", "cursor", "q", "count", "depth", "kind", "as"})


@dataclass(frozen=True)
class Cells:
    """How the cells of one column look; plain ones are shown as they are, others by what their field means."""

    field: Field
    css: str
    is_plain: bool


@dataclass(frozen=True)
class Table:
    """One page of a place's children.

    `linked` has the nodes that link fields name, `names` who changed what, `images` the ids of files that are pictures.
    """

    kind: type[Kind] | None
    place_kind: type[Kind]
    columns: list[Field]
    all_columns: list[Field]
    items: list[dict[str, Any]]
    linked: dict[int, NodeRow]
    names: dict[str, str]
    next: str | None
    sort: str
    words: str
    total: int | None
    given: list[tuple[str, str]]
    path: str
    images: set[int]

    @property
    def is_filtered(self) -> bool:
        """Whether something narrows the list."""
        return bool(self.words) or bool(self.filters) or any(name == "kind" for name, _value in self.given)

    @property
    def as_cards(self) -> bool:
        """Whether cards are asked for instead of rows."""
        return ("as", CARDS) in self.given

    @property
    def contains(self) -> str:
        """The text that titles shall contain."""
        return dict(self.given).get("title__contains", "")

    @property
    def kinds(self) -> list[type[Kind]]:
        """The kinds of what can stand here."""
        return kinds_inside(self.place_kind)

    @property
    def is_in_own_order(self) -> bool:
        """Whether the rows stand in the place's own order, all of them from the first."""
        return not self.sort and not self.is_filtered and not any(name == "cursor" for name, _value in self.given)

    @staticmethod
    def holds(item: dict[str, Any]) -> bool:
        """Whether something can be put into the row's node."""
        return bool(kind_of(item["kind"]).contains)

    def shows(self, name: str) -> bool:
        """Whether a column of a list of several kinds is shown: all are until some are chosen."""
        chosen = dict(self.given).get("fields")
        return chosen is None or name in chosen.split(",")

    @property
    def offered_columns(self) -> list[tuple[str, str, bool]]:
        """Name and label of each column to choose from, and whether it is shown."""
        if self.kind is None:
            return [(name, _(label), self.shows(name)) for name, label in MIXED.items()]
        return [(field.name, _(field.label), field in self.columns) for field in self.all_columns]

    @property
    def cells(self) -> list[Cells]:
        """The columns with their looks; on a phone only the first two are shown."""
        looks = []
        for number, field in enumerate(self.columns):
            classes = (["number"] if field.align == "end" else []) + (["wide-only"] if number > 1 else ["second"])
            looks.append(Cells(field, " ".join(classes), field.type_name in PLAIN_TYPES))
        return looks

    @property
    def has_chosen_columns(self) -> bool:
        """Whether the URL says which columns to show."""
        return any(name == "fields" for name, _ in self.given)

    @property
    def filters(self) -> list[tuple[str, str]]:
        """The filters given in the URL, as name and value."""
        return [(name, value) for name, value in self.given if name not in NOT_FILTERS]

    def link(self, **changes: str | None) -> str:
        """The URL of this list with some parameters set to other values, or left out where they are None."""
        kept = [(name, value) for name, value in self.given if name not in changes and name != "cursor"]
        added = [(name, value) for name, value in changes.items() if value is not None]
        query = urlencode([*kept, *added])
        return self.path + (f"?{query}" if query else "")

    def link_to(self, view: str, **more: str) -> str:
        """The URL of another view of the same list, without its page and columns."""
        kept = [(name, value) for name, value in self.given if name not in ("cursor", "fields", *more)]
        return f"{self.path.rstrip('/')}/{view}?{urlencode([*kept, *more.items()])}"

    def sorted_by(self, sort: str) -> str:
        """The URL of this list in another order."""
        return self.link(sort=sort)

    def without(self, name: str, value: str) -> str:
        """The URL of this list without one filter."""
        kept = [pair for pair in self.given if pair != (name, value) and pair[0] != "cursor"]
        return self.path + (f"?{urlencode(kept)}" if kept else "")

    def filter_label(self, name: str) -> str:
        """What a filter in the URL is called on a page."""
        field = self.kind.fields.get(name.partition("__")[0]) if self.kind else None
        return _(field.label) if field else name.replace("_", " ").strip().capitalize()

    def kind_label(self, item: dict[str, Any]) -> str:
        """What a row's kind is called."""
        return _(kind_of(item["kind"]).label)

    def icon(self, item: dict[str, Any]) -> str:
        """The icon of a row's kind."""
        return kind_icon(item["kind"])


def table_of(request: Request, *, first: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Table:
    """The children of the context node, as the URL asks for them. Raises `BadQuery`.

    Until the reader chooses columns they are `first`. The items have the fields `also` besides those of their columns.
    """
    node = request.context.node
    given = given_parameters(request)
    query, columns = query_of(node, given, first, also)
    page = items_of(request.db, request.identity, node, query)
    files = [item["id"] for item in page.rows if item["kind"] == FILE]
    return Table(
        kind=query.kind,
        place_kind=kind_of(node.kind),
        columns=columns,
        all_columns=_offered(query.kind, first),
        items=page.rows,
        linked=_linked(request, page.rows, columns),
        names=principal_titles(request.db, {item["modified_by"] for item in page.rows}) if query.kind is None else {},
        next=_next(request, given, page.next_cursor),
        sort=dict(given).get("sort", ""),
        words=query.listing.words,
        total=page.total,
        given=given,
        path=request.node_url(node.path),
        images=pictures_among(request.db, files, SOURCES) if files else set(),
    )


def given_parameters(request: Request) -> list[tuple[str, str]]:
    """The URL's parameters without those that a form sent empty; columns chosen one by one are put together."""
    params = [(name, value) for name, value in request.GET.items() if value and name not in NOT_GRAMMAR]
    chosen = [value for name, value in request.GET.items() if name == "column" and value]
    if not chosen:
        return params
    return [*((name, value) for name, value in params if name != "fields"), ("fields", ",".join(chosen))]


def query_of(
    node: NodeRow, given: list[tuple[str, str]], first: tuple[str, ...] = (), also: tuple[str, ...] = ()
) -> tuple[ItemQuery, list[Field]]:
    """The list as asked for, with what a table always needs, and the fields that are its columns."""
    container_kind = kind_of(node.kind)
    given = [(name, value) for name, value in given if name != "as"]
    asked = parse_items(container_kind, given)
    offered = {field.name: field for field in _offered(asked.kind, first)}
    wanted = dict.fromkeys(asked.listing.fields or first)
    columns = [offered[name] for name in wanted if name in offered] or [*offered.values()][:FIRST_COLUMNS]
    names = [*NEEDED, *(field.name for field in columns), *also]
    if asked.kind is not None and PHOTO in asked.kind.fields:
        names.append(PHOTO)
    fields = ("fields", ",".join(dict.fromkeys(names)))
    others = [(name, value) for name, value in given if name != "fields"]
    return parse_items(container_kind, [*others, fields]), columns


def _offered(kind: type[Kind] | None, first: tuple[str, ...] = ()) -> list[Field]:
    """The columns to choose from: those of `first` in its order, then the others as the kind has them."""
    fields = [field for field in kind.fields.values() if field.in_lists] if kind else []
    return sorted(fields, key=lambda field: first.index(field.name) if field.name in first else len(first))


def _linked(request: Request, items: list[dict[str, Any]], columns: list[Field]) -> dict[int, NodeRow]:
    names = [field.name for field in columns if isinstance(field, Link)]
    ids = {item[name] for item in items for name in names if item.get(name) is not None}
    return visible_nodes(request.db, request.identity, ids)


def _next(request: Request, given: list[tuple[str, str]], cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = [(name, value) for name, value in given if name != "cursor"]
    return f"{request.node_url(request.context.node.path)}?{urlencode([*query, ('cursor', cursor)])}"
