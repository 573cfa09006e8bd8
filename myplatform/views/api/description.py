"""The whole API as an OpenAPI 3.1 document, made from what the services declare and the kinds that there are."""

from __future__ import annotations

import re
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from cornice import Service
from pydantic import BaseModel
from pyramid.registry import Registry
from pyramid.security import NO_PERMISSION_REQUIRED

from ...models.base import LARGEST_ID
from ...permissions import SCOPE_OF, Permission
from ...queries.modes import MODE_WORDS
from ...security import COOKIE
from .operations import Answer, Operation
from .schemas import all_schemas
from .services import CONTENT, NODES, services_for
from .shapes import REF, Schema, reference

TAGS = {
    "content": "Pages, folders, people and whatever else the tree holds.",
    "files": "Bytes of files.",
    "history": "Versions and going back to them.",
    "sharing": "Who may do what.",
    "comments": "What is said about things.",
    "following": "Whose changes come first on the home page.",
    "search": "Finding things.",
    "changes": "What happened, for those who follow it.",
    "trash": "What was deleted.",
    "jobs": "What takes longer than a request.",
    "users": "Accounts.",
    "groups": "Groups of accounts.",
    "tokens": "Credentials of programs.",
    "administration": "How the site is doing, and whether it is open.",
    "description": "This description.",
    "health": "For whoever starts and watches the site.",
}
INTRODUCTION = """\
One tree of nodes; each has one address for people and one for programs: `/handbook/leave` is
`/api/v1/content/handbook/leave` here. Lists share one grammar of filters, sort, fields, limit, cursor and count.
Refusals are `application/problem+json`. Changes name the version that they were made from (`If-Match`).
"""
PATH_PARAMETERS: dict[str, Schema] = {
    "path": {"type": "string", "minLength": 1, "description": "The node's path without the first slash."},
    "id": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
    "version": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    "name": {"type": "string", "minLength": 1, "pattern": "^[^/\\u0000]+$"},
    "principal": {"type": "string", "pattern": "^(user|group):[^/\\u0000]+$"},
    "mode": {"enum": list(MODE_WORDS)},
}
EXAMPLES = {"path": "handbook/leave", "id": 7, "version": 3, "name": "ada", "principal": "user:ada"}
EXAMPLES |= {"mode": "read-only"}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": 'The ETag, or the version in quotes ("7"), that the change was made from; * overwrites knowingly.',
    "schema": {"anyOf": [{"const": "*"}, {"type": "string", "pattern": '^"[1-9][0-9]{0,8}"$'}]},
    "example": "*",
}
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def describe(registry: Registry) -> Schema:
    """The document, for the services and kinds of this site."""
    paths: dict[str, dict[str, Schema]] = {}
    for service in registry.cornice_services.values():
        for method, _view, args in service.definitions:
            if "operation" in args and method != "HEAD":
                path = address(service, args)
                described = described_operation(service, method, args)
                methods = paths.setdefault(path, {})
                earlier = methods.get(method.lower())
                methods[method.lower()] = described if earlier is None else merged(earlier, described)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": registry["settings"]["site.title"],
            "version": version("myplatform"),
            "description": INTRODUCTION,
        },
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {**all_schemas(), **_body_schemas(registry)},
            "securitySchemes": _security_schemes(),
        },
        "security": [{"token": []}, {"session": []}],
    }


def address(service: Service, args: dict[str, Any]) -> str:
    """The address of a view as OpenAPI writes it."""
    if service not in (CONTENT, NODES):
        return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", service.path)
    start = "/api/v1/content/{path}" if service is CONTENT else "/api/v1/nodes/{id}"
    name = args.get("name", "")
    steps = "".join(f"/{{{step}}}" for step in args["operation"].steps)
    return start + (f"/{name}" if name else "") + steps


def described_operation(service: Service, method: str, args: dict[str, Any]) -> Schema:
    """One operation of the document."""
    operation: Operation = args["operation"]
    path = address(service, args)
    by_id = service is NODES and CONTENT in services_for(args.get("name", ""), operation)
    described: Schema = {
        "operationId": f"{operation.id}ById" if by_id else operation.id,
        "summary": operation.summary,
        "description": _description(operation, args["permission"]),
        "tags": [operation.tag],
        "parameters": [*_path_parameters(path), *_parameters(operation, method)],
        "responses": _responses(operation, method, path, args["permission"]),
    }
    if operation.body is not None:
        described["requestBody"] = _request_body(operation)
    if args["permission"] == NO_PERMISSION_REQUIRED:
        described["security"] = []
    return described


def merged(first: Schema, second: Schema) -> Schema:
    """Two operations that share method and address, as one."""
    responses = {**second["responses"], **first["responses"]}
    return first | {
        "summary": f"{first['summary']}; {second['summary'][0].lower()}{second['summary'][1:]}",
        "description": f"{first['description']}\n\n{second['summary']}: {second['description']}",
        "parameters": _merged_parameters(first["parameters"], second["parameters"]),
        "responses": dict(sorted(responses.items())),
    }


def _merged_parameters(first: list[Schema], second: list[Schema]) -> list[Schema]:
    """Those of both; what only one of them needs can be left out."""
    by_name = {each["name"]: each for each in (*second, *first)}
    return [each if each["in"] == "path" else each | {"required": False} for each in by_name.values()]


def _description(operation: Operation, permission: str) -> str:
    if permission == NO_PERMISSION_REQUIRED:
        return operation.description
    needs = f"Needs the permission `{permission}`; of a token, the scope `{SCOPE_OF[Permission(permission)]}`."
    return f"{operation.description}\n\n{needs}".strip()


def _path_parameters(path: str) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": PATH_PARAMETERS[name],
            "example": EXAMPLES[name],
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _parameters(operation: Operation, method: str) -> list[Schema]:
    parameters = list(operation.parameters()) if operation.parameters is not None else []
    if operation.precondition:
        parameters.append({**IF_MATCH, "required": operation.precondition == "required"})
    if 304 in operation.answers and method == "GET":
        description = "The ETag that the caller has already: 304 if it is still the same."
        parameters.append(
            {"name": "If-None-Match", "in": "header", "description": description, "schema": {"type": "string"}}
        )
    if 206 in operation.answers:
        schema = {"type": "string", "pattern": "^bytes=[0-9]{1,9}-$"}
        parameters.append({"name": "Range", "in": "header", "description": "Part of the bytes.", "schema": schema})
    return parameters


def _request_body(operation: Operation) -> Schema:
    if operation.body == "bytes":
        schema: Schema = {"type": "string", "format": "binary"}
        return {"required": False, "content": {"application/octet-stream": {"schema": schema}}}  # a file can be empty
    name = operation.body if isinstance(operation.body, str) else operation.body.__name__
    content: Schema = {"schema": reference(name)}
    if operation.example is not None:
        content["example"] = operation.example
    can_be_missing = not isinstance(operation.body, str) and getattr(operation.body, "can_be_missing", False)
    return {"required": not can_be_missing, "content": {"application/json": content}}


def _responses(operation: Operation, method: str, path: str, permission: str) -> Schema:
    responses = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    statuses = set(operation.problems)
    if permission != NO_PERMISSION_REQUIRED:
        statuses |= {401, 403}
    if "{path}" in path or "{id}" in path:
        statuses.add(404)
    if operation.precondition:
        statuses |= {400, 412} | ({428} if operation.precondition == "required" else set())
    if method in WITH_BODY and operation.body is not None:
        statuses |= {400, 413}
    for status in statuses:
        responses[str(status)] = _refusal(status)
    return dict(sorted(responses.items()))


def _answer(answer: Answer) -> Schema:
    described: Schema = {"description": answer.description}
    if answer.headers:
        described["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in answer.headers.items()
        }
    if answer.schema is not None:
        described["content"] = {answer.media_type: {"schema": reference(answer.schema)}}
    elif answer.media_type == "*/*":
        described["content"] = {"*/*": {}}
    return described


def _refusal(status: int) -> Schema:
    content = {"application/problem+json": {"schema": reference("Problem")}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _body_schemas(registry: Registry) -> dict[str, Schema]:
    """The schemas of bodies that are pydantic models, with the models that they use."""
    found: dict[str, Schema] = {}
    for service in registry.cornice_services.values():
        for _method, _view, args in service.definitions:
            body = args["operation"].body if "operation" in args else None
            if isinstance(body, type) and issubclass(body, BaseModel):
                schema = body.model_json_schema(ref_template=REF)
                found |= schema.pop("$defs", {})
                found[body.__name__] = schema
    return found


def _security_schemes() -> Schema:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of an account."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": "The browser's session; requests that change something also send X-CSRF-Token.",
        },
    }
