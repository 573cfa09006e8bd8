"""One query from its text to the answer: read, checked against the schema and the bounds, run, errors in one shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute_sync,
    parse,
    print_schema,
    validate,
)

from ..errors import BadQuery, Problem
from .bounds import LONGEST, MOST_TOKENS, Bounds, Refused, Scale, ensure_short, ensure_within
from .cohorts import Reading, TookTooLong
from .registered import NOT_FOUND, Registered
from .schema import make_schema

CODES: dict[type[Problem], str] = {BadQuery: "bad-query", TookTooLong: "too-late"}
KEPT_DOCUMENTS = 100
MOST_ERRORS = 20


@dataclass(frozen=True)
class Asked:
    """What a caller sent."""

    query: str | None
    variables: Mapping[str, Any]
    operation: str | None = None
    extensions: Mapping[str, Any] | None = None


class Service:
    """The schema of this application, ready to answer; with queries that are registered, if there are any."""

    def __init__(self, registered: Registered | None = None) -> None:
        self.registered = registered or Registered()
        self.schema: GraphQLSchema = make_schema()
        self.sdl = print_schema(self.schema)
        self._document = lru_cache(maxsize=KEPT_DOCUMENTS)(self._read)

    def answer(self, asked: Asked, reading: Reading, bounds: Bounds, request_id: str) -> tuple[bool, dict[str, Any]]:
        """Whether the query was run, and the answer: `data`, and `errors` where there are any.

        What is neither the caller's fault nor a bound is raised as it was, for the site to answer and to log.
        """
        try:
            document = self._document(self.registered.query(asked.query, asked.extensions))
            self._ensure_within(bounds, document, asked)
        except GraphQLErrors as refused:
            return False, {"errors": [_formatted(each, request_id) for each in refused.errors]}
        except GraphQLError as refused:
            is_question = refused.message == NOT_FOUND[0]  # whoever speaks the protocol sends the query now
            return is_question, {"errors": [_formatted(refused, request_id)]}
        result = execute_sync(
            self.schema,
            document,
            context_value=reading,
            variable_values=dict(asked.variables),
            operation_name=asked.operation,
        )
        return _answered(result, request_id)

    def problems(self, queries: Iterable[str]) -> list[str]:
        """What is wrong with each of some queries that cannot be run; "" for those that can."""
        return [self._problem(each) for each in queries]

    def _problem(self, query: str) -> str:
        try:
            self._read(query)
        except (GraphQLError, GraphQLErrors) as refused:
            return str(refused).partition("\n")[0]
        return ""

    def _read(self, query: str) -> DocumentNode:
        """The query as a valid document. Raises `GraphQLErrors`."""
        if len(query) > LONGEST:
            raise Refused(f"A query can have {LONGEST:,} characters, this one has {len(query):,}.", "too-large")
        try:
            document = parse(query, max_tokens=MOST_TOKENS)
            ensure_short(document)
            errors = validate(self.schema, document, max_errors=MOST_ERRORS)
        except RecursionError:
            raise Refused("This query is nested too deep.", "too-deep") from None
        if errors:
            raise GraphQLErrors(errors)
        return document

    def _ensure_within(self, bounds: Bounds, document: DocumentNode, asked: Asked) -> None:
        """Raise `Refused` where an operation that may be run is too deep or costs too much."""
        for each in document.definitions:
            if isinstance(each, OperationDefinitionNode):
                name = each.name.value if each.name is not None else None
                if asked.operation in (None, name):
                    ensure_within(bounds, Scale(self.schema, document, asked.variables).of_operation(each))


class GraphQLErrors(Exception):  # noqa: N818 - an outcome told to a person
    """Everything that is wrong with a query."""

    def __init__(self, errors: list[GraphQLError]):
        super().__init__("; ".join(each.message for each in errors))
        self.errors = errors


def _answered(result: ExecutionResult, request_id: str) -> tuple[bool, dict[str, Any]]:
    errors = result.errors or []
    for each in errors:
        if each.original_error is not None and not isinstance(each.original_error, Problem | GraphQLError):
            raise each.original_error
    was_run = result.data is not None or any(each.path for each in errors)
    told = {"errors": [_formatted(each, request_id) for each in errors[:MOST_ERRORS]]} if errors else {}
    return was_run, ({"data": result.data} if was_run else {}) | told


def _formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error as every answer has it: for people `message`, for programs `code`, for the log `request_id`."""
    formatted: dict[str, Any] = dict(error.formatted)
    problem = error.original_error
    extensions = {"code": "invalid", **(error.extensions or {})}
    if isinstance(problem, Problem):
        formatted["message"] = problem.message
        extensions["code"] = next((code for kind, code in CODES.items() if isinstance(problem, kind)), "refused")
        if getattr(problem, "field", ""):
            extensions["field"] = problem.field
    return formatted | {"extensions": {**extensions, "request_id": request_id}}
