"""Nodes as GraphQL types: one interface, and a type for each kind with the fields that the kind lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLString,
)

from ..errors import BadQuery
from ..fields import Field, Link
from ..kinds import Kind, all_kinds
from .cohorts import Member
from .scalars import DATE_TIME, LONG, VALUE_TYPES, many, required

MOST = 1000
LONG_TEXT = 10
"""What a field costs that lists leave out because it may hold a whole text."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
OTHER = "OtherNode"


def costing(cost: int = 1, *, many: int = 1) -> dict[str, int]:
    """What a field declares: its own cost, and how many things it has where no `limit` says so."""
    return {"cost": cost, "many": many}


def of_row(name: str) -> Callable[[Member, Any], Any]:
    """Resolver: a column of the node's row."""
    return lambda member, _info: getattr(member.row, name)


def checked_limit(limit: int, most: int = MOST) -> int:
    """The limit, from 1 to `most`. Raises `BadQuery`."""
    if not 1 <= limit <= most:
        raise BadQuery(f"limit must be a number from 1 to {most}, not {limit}.", field="limit")
    return limit


def checked_kind(name: str | None) -> str | None:
    """The name of a kind. Raises `BadQuery` for one that there is not."""
    known = sorted(kind.name for kind in all_kinds())
    if name is not None and name not in known:
        raise BadQuery(f"There is no kind {name!r}; there are {', '.join(known)}.", field="kind")
    return name


def _children(member: Member, _info: Any, *, limit: int, kind: str | None = None) -> list[Member]:
    return member.children(checked_kind(kind), checked_limit(limit))


def _links(member: Member, _info: Any, *, limit: int) -> list[Member]:
    return member.links(checked_limit(limit))


def _url(member: Member, _info: Any) -> str:
    return member.cohort.reading.url_of(member.row.path)


def _limit(default: int) -> GraphQLArgument:
    return GraphQLArgument(required(GraphQLInt), default_value=default)


class NodeTypes:
    """The interface `Node` and the types that implement it, made from the kinds that there are.

    `taken` are names of other types: a kind that would be called so becomes `…Node`. A kind or field whose name has
    other letters than GraphQL knows is left out: such nodes are `OtherNode`, as are those of plug-ins not enabled.
    """

    def __init__(self, taken: Iterable[str]):
        self.interface = GraphQLInterfaceType(
            "Node", self._common, resolve_type=self._type_of, description="Anything that stands in the tree."
        )
        names = {*taken, "Node", OTHER}
        self.by_kind: dict[str, GraphQLObjectType] = {}
        for kind in all_kinds():
            if _NAME.fullmatch(kind.name):
                self.by_kind[kind.name] = self._of_kind(kind, names)
        about = "A node of a plug-in that is not enabled."
        self.other = GraphQLObjectType(OTHER, self._common, interfaces=[self.interface], description=about)

    @property
    def all(self) -> list[GraphQLObjectType]:
        """Every type of a node."""
        return [*self.by_kind.values(), self.other]

    def _type_of(self, member: Member, *_others: Any) -> str:
        return self.by_kind.get(member.row.kind, self.other).name

    def _of_kind(self, kind: type[Kind], names: set[str]) -> GraphQLObjectType:
        name = "".join(part[:1].upper() + part[1:] for part in kind.name.split("_"))
        while name in names:
            name += "Node"
        names.add(name)
        about = kind.description or kind.label
        return GraphQLObjectType(name, lambda: self._fields_of(kind), interfaces=[self.interface], description=about)

    def _fields_of(self, kind: type[Kind]) -> dict[str, GraphQLField]:
        fields = self._common()
        if _NAME.fullmatch(kind.title_key) and kind.title_key not in fields:
            fields[kind.title_key] = GraphQLField(required(GraphQLString), resolve=of_row("title"))
        for field in kind.fields.values():
            if _NAME.fullmatch(field.name):
                fields[f"{field.name}_" if field.name in fields else field.name] = self._of_field(field)
        return fields

    def _of_field(self, field: Field) -> GraphQLField:
        about = " ".join(filter(None, (f"{field.label}.", field.help)))
        cost = costing(1 if field.in_lists else LONG_TEXT)
        if isinstance(field, Link):
            return self._of_link(field, about)
        type_ = VALUE_TYPES[field.graphql_type]
        name = field.name
        return GraphQLField(type_, resolve=lambda member, _info: member.value(name), description=about, extensions=cost)

    def _of_link(self, field: Link, about: str) -> GraphQLField:
        named = field.kinds[0] if len(field.kinds) == 1 and field.kinds[0] in self.by_kind else None
        type_ = self.by_kind[named] if named else self.interface
        name = field.name

        def resolve(member: Member, _info: Any) -> Member | None:
            linked = member.linked(name)
            return linked if linked is None or named in (None, linked.row.kind) else None

        return GraphQLField(type_, resolve=resolve, description=about, extensions=costing(2))

    def _common(self) -> dict[str, GraphQLField]:
        """The fields of every node. What cannot be seen is null or left out, as what is not there."""
        return {**_own_fields(), **_around(self.interface)}


def _own_fields() -> dict[str, GraphQLField]:
    text, moment = required(GraphQLString), required(DATE_TIME)
    columns = {
        "id": (required(GraphQLID), "id"),
        "kind": (text, "kind"),
        "path": (text, "path"),
        "slug": (text, "slug"),
        "title": (text, "title"),
        "version": (required(LONG), "version"),
        "created": (moment, "created_at"),
        "created_by": (text, "created_by"),
        "modified": (moment, "modified_at"),
        "modified_by": (text, "modified_by"),
    }
    fields = {name: GraphQLField(type_, resolve=of_row(column)) for name, (type_, column) in columns.items()}
    return fields | {"url": GraphQLField(text, resolve=_url, description="Its address for people.")}


def _around(node: GraphQLInterfaceType) -> dict[str, GraphQLField]:
    return {
        "parent": GraphQLField(
            node,
            resolve=lambda member, _info: member.parent(),
            extensions=costing(2),
            description="What it stands in.",
        ),
        "lineage": GraphQLField(
            many(node),
            resolve=lambda member, _info: member.lineage(),
            extensions=costing(2, many=8),
            description="What it stands in, and what that stands in, the root first.",
        ),
        "children": GraphQLField(
            many(node),
            {"kind": GraphQLArgument(GraphQLString), "limit": _limit(100)},
            resolve=_children,
            extensions=costing(5, many=100),
            description="The first of what it holds, in the order of the place; `items` has all, page by page.",
        ),
        "links": GraphQLField(
            many(node),
            {"limit": _limit(20)},
            resolve=_links,
            extensions=costing(5, many=20),
            description="What its texts link to, by title.",
        ),
    }
