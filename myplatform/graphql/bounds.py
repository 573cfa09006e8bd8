"""What a query may cost, judged before it runs.

A query's cost is the number of values that its answer can have at most: each field counts once for every thing that
the lists above it can hold, by their `limit`. What takes a statement or a long text declares more (`costing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

from .node_types import MOST

LONGEST = 20_000
"""Characters that a query can have."""
MOST_TOKENS = 2000
MOST_FIELDS = 300
"""Fields that a query can write: comparing them all with each other takes the square of this."""
MOST_ALIASES = 50
MOST_INTROSPECTIONS = 2
INTROSPECTION = ("__schema", "__type")
INTROSPECTION_COST = 100


@dataclass(frozen=True)
class Bounds:
    """What the settings allow: levels of fields, cost, seconds."""

    depth: int
    cost: int
    seconds: float


@dataclass(frozen=True)
class Measure:
    """Levels and cost of a part of a query."""

    depth: int = 0
    cost: int = 0


class Refused(GraphQLError):  # noqa: N818 - an outcome told to a person
    """A query that is not run; `code` says why to programs."""

    def __init__(self, message: str, code: str, nodes: Any = None):
        super().__init__(message, nodes, extensions={"code": code})


def ensure_short(document: DocumentNode) -> None:
    """Raise `Refused` for more fields, aliases or introspections than a query can write."""
    fields = list(_written(document))
    if len(fields) > MOST_FIELDS:
        raise Refused(f"A query can write {MOST_FIELDS} fields, this one has {len(fields)}.", "too-large")
    aliases = sum(each.alias is not None for each in fields)
    if aliases > MOST_ALIASES:
        raise Refused(f"A query can have {MOST_ALIASES} aliases, this one has {aliases}.", "too-many-aliases")
    introspections = sum(each.name.value in INTROSPECTION for each in fields)
    if introspections > MOST_INTROSPECTIONS:
        raise Refused(f"A query can ask {MOST_INTROSPECTIONS} times for the schema.", "too-large")


def _written(document: DocumentNode) -> Iterator[FieldNode]:
    waiting = [each.selection_set for each in document.definitions if getattr(each, "selection_set", None)]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                yield selection
            if (inside := getattr(selection, "selection_set", None)) is not None:
                waiting.append(inside)


def ensure_within(bounds: Bounds, measure: Measure) -> None:
    """Raise `Refused` for a query that is too deep or costs too much."""
    if measure.depth > bounds.depth:
        raise Refused(f"This query has {measure.depth} levels; {bounds.depth} are allowed.", "too-deep")
    if measure.cost > bounds.cost:
        raise Refused(
            f"The answer could have {measure.cost:,} values; {bounds.cost:,} are allowed. Ask for less at once: "
            "a smaller limit, fewer fields, fewer levels.",
            "too-costly",
        )


class Scale:
    """Measures the operations of one document, which is known to be valid, for the values of its variables."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]):
        self.schema, self.variables = schema, variables
        fragments = (each for each in document.definitions if isinstance(each, FragmentDefinitionNode))
        self.fragments = {each.name.value: each for each in fragments}
        self.measured: dict[tuple[str, int | None], Measure] = {}

    def of_operation(self, operation: OperationDefinitionNode) -> Measure:
        """Depth and cost of an operation."""
        defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}
        given = {name: _number(value) for name, value in defaults.items() if value is not None}
        self.variables = {**given, **self.variables}
        return self._of(operation.selection_set, self.schema.query_type, None)

    def _of(self, selections: SelectionSetNode, type_: Any, limit: int | None) -> Measure:
        depth = cost = 0
        for each in selections.selections:
            if isinstance(each, FieldNode):
                part = self._of_field(each, type_, limit)
            elif isinstance(each, FragmentSpreadNode):
                part = self._of_fragment(each.name.value, limit)
            else:
                part = self._of(each.selection_set, self._condition(each) or type_, limit)
            depth, cost = max(depth, part.depth), cost + part.cost
        return Measure(depth, cost)

    def _condition(self, fragment: Any) -> Any:
        condition = fragment.type_condition
        return self.schema.type_map[condition.name.value] if condition is not None else None

    def _of_fragment(self, name: str, limit: int | None) -> Measure:
        if (name, limit) not in self.measured:
            fragment = self.fragments[name]
            self.measured[name, limit] = self._of(fragment.selection_set, self._condition(fragment), limit)
        return self.measured[name, limit]

    def _of_field(self, field: FieldNode, type_: Any, limit_above: int | None) -> Measure:
        if field.name.value in INTROSPECTION:
            return Measure(1, INTROSPECTION_COST)
        definition = type_.fields.get(field.name.value)  # none for __typename
        given = definition.extensions if definition is not None else {}
        own, times = given.get("cost", 1), given.get("many", 1)
        if definition is None or field.selection_set is None:
            return Measure(1, own)
        limit = self._limit(field)
        if given.get("limited_above"):
            times = times if limit_above is None else limit_above
        elif times > 1 and limit is not None:
            times = limit
        inside = self._of(field.selection_set, get_named_type(definition.type), limit)
        return Measure(inside.depth + 1, own + times * inside.cost)

    def _limit(self, field: FieldNode) -> int | None:
        """The `limit` that a field is given; the highest there is where it cannot be read."""
        for argument in field.arguments or ():
            if argument.name.value == "limit":
                value = argument.value
                if isinstance(value, VariableNode):
                    if value.name.value not in self.variables:
                        return None
                    return _bounded(self.variables[value.name.value])
                return _number(value)
        return None


def _number(value: Any) -> int | None:
    return _bounded(int(value.value)) if isinstance(value, IntValueNode) and len(value.value) < 12 else MOST


def _bounded(value: Any) -> int:
    return min(max(value, 1), MOST) if isinstance(value, int) and not isinstance(value, bool) else MOST
