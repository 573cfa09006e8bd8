"""What can be asked: the roots of a query, over the same lists, search and feed as REST."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from ..errors import BadQuery
from ..kinds import kind_of
from ..models.base import LARGEST_ID
from ..queries.changes import feed
from ..queries.children import items_of, parse_items
from ..queries.listing import RESERVED
from ..queries.nodes import ROOT_PATH, NodeRow, node_by_path, visible_by_path, visible_nodes
from ..queries.search import search
from ..queries.search_facets import parse_search
from .cohorts import Reading
from .node_types import NodeTypes, checked_kind, checked_limit, costing
from .scalars import DATE_TIME, LONG, many, required

ROOT_COST = 20
FILTER = GraphQLInputObjectType(
    "Filter",
    {
        "name": GraphQLInputField(required(GraphQLString), description="Such as `department` or `age__gte`."),
        "value": GraphQLInputField(required(GraphQLString), description="As it stands in an address of REST."),
    },
    description="One filter of the list grammar of REST.",
)
TYPES = ("Query", "Filter", "Items", "Hit", "Hits", "Change", "Changes", "Viewer", "ID", "Int", "String", "Boolean")
TYPES += ("Float", "Long", "Decimal", "Date", "DateTime")

Given = dict[str, Any]


def make_schema() -> GraphQLSchema:
    """The schema of the kinds that there are now."""
    nodes = NodeTypes(TYPES)
    text, number, node = GraphQLArgument(GraphQLString), GraphQLArgument(GraphQLInt), nodes.interface
    paging = {"limit": number, "cursor": text, "count": GraphQLArgument(GraphQLBoolean)}
    filters = GraphQLArgument(GraphQLList(GraphQLNonNull(FILTER)))
    listing = {"filter": filters, "q": text, "sort": text, **paging}
    root = costing(ROOT_COST)
    page = GraphQLField(_items_type(node), extensions=root)
    within = {"kind": text, "under": text}
    place = {"path": GraphQLArgument(required(GraphQLString), default_value=ROOT_PATH), "depth": text, "kind": text}
    fields = {
        "node": GraphQLField(node, {"path": text, "id": GraphQLArgument(GraphQLID)}, resolve=_node, extensions=root),
        "items": _asking(page, {**place, **listing}, _items, "One page of what a place holds; depth is 1 or all."),
        "people": _asking(page, listing, _people, "One page of the employees of all directories."),
        "search": GraphQLField(
            _hits_type(node),
            {"q": required_text(), "filter": filters, "sort": text, **within, **paging},
            resolve=_search,
            extensions=root,
        ),
        "changes": GraphQLField(
            _changes_type(node), {"after": text, "limit": number, **within}, resolve=_changes, extensions=root
        ),
        "viewer": GraphQLField(required(_viewer_type(node)), resolve=lambda _root, info: info.context, extensions=root),
    }
    return GraphQLSchema(GraphQLObjectType("Query", fields), types=nodes.all)


def required_text() -> GraphQLArgument:
    """An argument of words that must be given."""
    return GraphQLArgument(required(GraphQLString))


def _asking(like: GraphQLField, arguments: Any, resolve: Any, about: str) -> GraphQLField:
    return GraphQLField(like.type, arguments, resolve=resolve, extensions=like.extensions, description=about)


def _listed(type_: Any, default: int) -> GraphQLField:
    """A list whose length the `limit` of the field above it says."""
    return GraphQLField(many(type_), extensions={**costing(many=default), "limited_above": True})


def _items_type(node: Any) -> GraphQLObjectType:
    fields = {"items": _listed(node, 100), "next": GraphQLField(GraphQLString), "total": GraphQLField(LONG)}
    return GraphQLObjectType("Items", fields, description="One page; `next` is the cursor of the next one.")


def _hits_type(node: Any) -> GraphQLObjectType:
    excerpt = GraphQLField(required(GraphQLString), description="HTML in which only the found words are marked.")
    hit = GraphQLObjectType("Hit", {"node": GraphQLField(required(node)), "excerpt": excerpt})
    fields = {"items": _listed(hit, 20), "next": GraphQLField(GraphQLString), "total": GraphQLField(LONG)}
    return GraphQLObjectType("Hits", fields)


def _changes_type(node: Any) -> GraphQLObjectType:
    text = required(GraphQLString)
    names = {"actor": text, "action": text, "kind": text, "path": GraphQLString, "title": text, "version": LONG}
    columns = {name: GraphQLField(type_) for name, type_ in names.items()}
    fields = {
        "id": GraphQLField(required(GraphQLID)),
        "at": GraphQLField(required(DATE_TIME)),
        **columns,
        "changed": GraphQLField(many(GraphQLString), description="The names of what changed."),
        "node": GraphQLField(node, description="The node as it is now; null where it is gone or in the trash."),
    }
    change = GraphQLObjectType("Change", fields, description="What happened to a node, which is named as it was.")
    feed_fields = {"items": _listed(change, 100), "cursor": GraphQLField(text)}
    return GraphQLObjectType("Changes", feed_fields, description="Ask again with `after` set to the cursor.")


def _viewer_type(node: Any) -> GraphQLObjectType:
    def of_asker(type_: Any, value: Any) -> GraphQLField:
        return GraphQLField(type_, resolve=lambda reading, _info: value(reading.asker))

    text = required(GraphQLString)
    fields = {
        "name": of_asker(text, lambda asker: asker.name),
        "display_name": of_asker(text, lambda asker: asker.display_name),
        "is_admin": of_asker(required(GraphQLBoolean), lambda asker: asker.is_admin),
        "groups": of_asker(many(GraphQLString), lambda asker: _groups(asker.principals)),
        "scopes": of_asker(
            GraphQLList(GraphQLNonNull(GraphQLString)),
            lambda asker: None if asker.scopes is None else sorted(asker.scopes),
        ),
        "entry": GraphQLField(node, resolve=_entry, description="The entry of a people directory that the user is."),
    }
    return GraphQLObjectType("Viewer", fields, description="Whom the token or session speaks for.")


def _groups(principals: Iterable[str]) -> list[str]:
    return [each.removeprefix("group:") for each in principals if each.startswith("group:")]


def _entry(reading: Reading, _info: Any) -> Any:
    found = visible_nodes(reading.db, reading.asker, [reading.asker.entry_id])
    return reading.member(found.get(reading.asker.entry_id))


def _at(reading: Reading, path: str) -> NodeRow | None:
    """The visible node at a path."""
    path = "/" + path.strip("/")
    return visible_by_path(reading.db, reading.asker, [path]).get(path)


def _node(_root: Any, info: Any, *, path: str | None = None, id: str | None = None) -> Any:  # noqa: A002 - GraphQL's
    reading: Reading = info.context
    reading.ensure_time()
    if (path is None) == (id is None):
        raise BadQuery("node takes either a path or an id.")
    if path is not None:
        return reading.member(_at(reading, path))
    number = int(id) if id.isascii() and id.isdigit() and len(id) < 20 else 0
    found = visible_nodes(reading.db, reading.asker, [number] if 0 < number <= LARGEST_ID else [])
    return reading.member(found.get(number))


def _pairs(given: Given, *names: str) -> list[tuple[str, str]]:
    """The arguments and filters as the list grammar reads them from an address. Raises `BadQuery`."""
    pairs = [(name, _as_text(given[name])) for name in names if given.get(name) is not None]
    for each in given.get("filter") or ():
        if each["name"] in RESERVED or each["name"] == "depth":
            raise BadQuery(f"{each['name']!r} is an argument of its own, no filter.", field="filter")
        pairs.append((each["name"], each["value"]))
    return pairs


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _items(_root: Any, info: Any, *, path: str, **given: Any) -> Given | None:
    reading: Reading = info.context
    reading.ensure_time()
    container = _at(reading, path)
    return _page(reading, container, given) if container is not None else None


def _people(_root: Any, info: Any, **given: Any) -> Given:
    info.context.ensure_time()
    root = node_by_path(info.context.db, ROOT_PATH)
    return _page(info.context, root, {**given, "kind": "employee", "depth": "all"})


def _page(reading: Reading, container: NodeRow, given: Given) -> Given:
    pairs = _pairs(given, "q", "sort", "limit", "cursor", "count", "depth", "kind")
    query = parse_items(kind_of(container.kind), pairs)
    query = replace(query, listing=replace(query.listing, fields=("title",)))
    page = items_of(reading.db, reading.asker, container, query)
    ids = [row["id"] for row in page.rows]
    rows = visible_nodes(reading.db, reading.asker, ids)
    items = reading.members(rows[number] for number in ids if number in rows)
    return {"items": items, "next": page.next_cursor, "total": page.total}


def _search(_root: Any, info: Any, *, limit: int = 20, cursor: str | None = None, **given: Any) -> Given | None:
    reading: Reading = info.context
    reading.ensure_time()
    listing = parse_search(_pairs(given, "q", "sort", "count", "kind"))
    under = _at(reading, given["under"]) if given.get("under") else None
    if given.get("under") and under is None:
        return None
    limits = {"limit": checked_limit(limit, 100), "cursor": cursor, "count": listing.count}
    found = search(reading.db, reading.asker, given["q"], under=under, listing=listing, **limits)
    members = reading.members(hit.node for hit in found.hits)
    items = [{"node": member, "excerpt": str(hit.excerpt)} for member, hit in zip(members, found.hits, strict=True)]
    return {"items": items, "next": found.next_cursor, "total": found.total}


def _changes(_root: Any, info: Any, *, limit: int = 100, after: str | None = None, **given: Any) -> Given | None:
    reading: Reading = info.context
    reading.ensure_time()
    under = _at(reading, given["under"]) if given.get("under") else None
    if given.get("under") and under is None:
        return None
    kind = checked_kind(given.get("kind"))
    found = feed(reading.db, reading.asker, after=after, limit=checked_limit(limit), under=under, kind=kind)
    rows = visible_nodes(reading.db, reading.asker, [row.node_id for row in found.rows])
    members = {member.row.id: member for member in reading.members(rows.values())}
    return {"items": [_change(row, members.get(row.node_id)) for row in found.rows], "cursor": found.cursor}


def _change(row: Any, member: Any) -> Given:
    return {
        "id": row.id,
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "kind": row.node_kind,
        "path": row.node_path,
        "title": row.node_title,
        "version": row.node_version,
        "changed": list(row.values),
        "node": member,
    }
