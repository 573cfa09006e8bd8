"""What the hits of a search can be narrowed by, and how many hits each choice has, trimmed to the asker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..errors import BadQuery
from ..fields import DateTime
from ..fields import Text as TextField
from ..identity import Identity
from ..kinds import Kind, all_kinds
from ..models import descendants_of, is_live
from ..models.node import NODES
from .children import ANSWERED
from .listing import Collection, Column, Listing, parse
from .matching import matching
from .nodes import NodeRow, visible_nodes
from .paging import filtered_rows
from .visibility import may

FACETS = ("kind", "place", "author", "changed")
MOST_CHOICES = 20
HIT_FIELDS = (*ANSWERED, "excerpt", "is_in_file")
"""What there is to know of a hit."""


def searched_columns(source: Any) -> Collection:
    """What hits can be narrowed and sorted by, on the columns of `nodes` or of a selection of them."""
    title = Column("title", source.title, Kind.title_field(), nullable=False, sort=source.sort_title, fold=sort_key)
    columns = (
        Column.named("kind", source.kind, TextField("Kind")),
        Column.named("author", source.created_by, TextField("Who made it")),
        Column.named("changed", source.modified_at, DateTime("When it changed")),
        title,
    )
    return Collection({column.name: column for column in columns}, (), title, frozenset(HIT_FIELDS))


SEARCHED = searched_columns(NODES.c)


def parse_search(params: Iterable[tuple[str, str]], ignoring: Iterable[str] = ()) -> Listing:
    """The words, filters and order of a search. Raises `BadQuery`, for a kind that there is not too."""
    listing = parse(SEARCHED, params, ignoring)
    known = sorted(kind.name for kind in all_kinds())
    for each in listing.filters:
        if each.name != "kind" or each.operator not in ("", "in"):
            continue
        for name in each.value if each.operator == "in" else [each.value]:
            if name not in known:
                raise BadQuery(f"There is no kind {name!r}; there are {', '.join(known)}.", field="kind")
    return listing


@dataclass(frozen=True)
class Choice:
    """One choice of a facet: the value to narrow by, a title where it is a place, and its hits."""

    value: str
    title: str
    count: int


@dataclass(frozen=True)
class Facets:
    """The number of all hits, and for each facet its choices, those with most hits first."""

    total: int
    choices: Mapping[str, list[Choice]]


def facets_of(
    db: Session,
    asker: Identity,
    listing: Listing,
    *,
    under: NodeRow | None = None,
    names: Sequence[str] = FACETS,
    since: Mapping[str, dt.datetime] | None = None,
) -> Facets:
    """Counts the hits of `listing.words` under all filters, and each facet's choices under the filters of the others.

    The choices of "place" are the places directly below `under`, or of the top level; those of "changed" are the
    moments `since`, by their names. One statement, and one for the titles of places.
    """
    dialect = db.get_bind().dialect.name
    hits = _hits(db, asker, listing.words, under).cte("hits")
    offered = {"kind": [hits.c.kind], "author": [hits.c.created_by], "place": [_place(hits, under, dialect)]}
    parts = [_counted(hits, listing, dialect, "", literal("", Text))]
    parts += [_counted(hits, listing, dialect, name, each) for name in names for each in offered.get(name, ())]
    if "changed" in names:
        for word, moment in (since or {}).items():
            part = _counted(hits, listing, dialect, "changed", literal(word, Text))
            parts.append(part.where(hits.c.modified_at >= moment))
    _, values = filtered_rows(select(hits), searched_columns(hits.c), listing, dialect)
    rows = list(db.execute(union_all(*parts), values))
    places = visible_nodes(db, asker, (int(row.value) for row in rows if row.facet == "place" and row.value))
    return _sorted(rows, places, names)


def _hits(db: Session, asker: Identity, words: str, under: NodeRow | None) -> Select[Any]:
    names = ("kind", "title", "sort_title", "ancestry", "created_by", "modified_at")
    columns = [NODES.c[name] for name in names]
    hits = select(*columns).where(NODES.c.id.in_(matching(db, words)), is_live(), may(asker))
    if under is not None and under.parent_id is not None:
        hits = hits.where(descendants_of(under.ancestry, under.id))
    return hits


def _counted(hits: Any, listing: Listing, dialect: str, name: str, value: ColumnElement[Any]) -> Select[Any]:
    counted = select(literal(name, Text).label("facet"), value.label("value"), func.count().label("hits"))
    counted = counted.select_from(hits)
    narrowed, _ = filtered_rows(counted, searched_columns(hits.c), listing, dialect, but=name)
    return narrowed.group_by(value) if name in ("kind", "author", "place") else narrowed


def _place(hits: Any, under: NodeRow | None, dialect: str) -> ColumnElement[Any]:
    """The id, as text, of the step of a hit's ancestry directly below the place; empty for what stands there itself."""
    if under is not None and under.parent_id is not None:
        begins: Any = literal(len(f"{under.ancestry}{under.id}/") + 1)
    else:
        root = select(func.length(NODES.c.ancestry) + func.length(cast(NODES.c.id, Text)) + 2)
        begins = root.where(NODES.c.path == "/", is_live()).scalar_subquery()
    rest = func.substr(hits.c.ancestry, begins)
    if dialect == "postgresql":
        return func.split_part(rest, "/", 1)
    return func.substr(rest, 1, func.instr(rest, "/") - 1)


def _sorted(rows: list[Any], places: Mapping[int, NodeRow], names: Sequence[str]) -> Facets:
    choices: dict[str, list[Choice]] = {name: [] for name in names}
    for row in rows:
        if row.facet == "place":
            place = places.get(int(row.value or 0))
            if place is not None:
                choices["place"].append(Choice(place.path, place.title, row.hits))
        elif row.facet and row.hits:
            choices[row.facet].append(Choice(row.value, "", row.hits))
    for name, each in choices.items():
        if name != "changed":
            each.sort(key=lambda choice: (-choice.count, choice.value))
    total = next(row.hits for row in rows if row.facet == "")
    return Facets(total, {name: each[:MOST_CHOICES] for name, each in choices.items()})
