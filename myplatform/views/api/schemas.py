"""The schemas of OpenAPI: what is answered and what can be sent, made from the kinds that there are."""

from __future__ import annotations

from pydantic import TypeAdapter

from ...fields import Field, Link
from ...kinds import Kind, all_kinds
from ...permissions import Permission, Role, Scope
from ...queries.modes import MODE_WORDS
from ...slugs import MAX_LENGTH
from ...values import creation_model, edit_model
from .job_shape import JOB
from .notification_shape import notification_schemas
from .services import BASE
from .shapes import (
    FLAG,
    MOMENT,
    MOMENT_OR_NULL,
    NUMBER,
    REF,
    TEXT,
    TEXT_OR_NULL,
    WORDS,
    Schema,
    array,
    one_of,
    record,
    reference,
)
from .system_shape import SYSTEM

PAGED = ("Item", "Hit", "Version", "Trashed")

NODE_LINE: dict[str, Schema] = {
    "id": NUMBER,
    "kind": TEXT,
    "path": {"type": "string", "description": "Its address; begins with a slash."},
    "slug": TEXT,
    "title": TEXT,
    "version": {"type": "integer", "minimum": 1},
    "created": MOMENT,
    "created_by": TEXT,
    "modified": MOMENT,
    "modified_by": TEXT,
}


def all_schemas() -> dict[str, Schema]:
    """Every schema by name."""
    schemas = {**_kind_schemas(), **_fixed_schemas(), "Job": JOB, "System": SYSTEM}
    schemas |= {f"{name}Page": _page_of(name) for name in (*PAGED, "User", "GroupLine", "Token", "Job")}
    schemas["HitPage"]["properties"]["facets"] = _facets()
    return schemas


def _page_of(name: str) -> Schema:
    following = {**TEXT_OR_NULL, "format": "uri", "description": "The address of the next page."}
    total = {"type": "integer", "minimum": 0, "description": "How many there are on all pages, with `count=true`."}
    return record({"items": array(reference(name)), "next": following, "total": total}, "total")


def _facets() -> Schema:
    choice = record({"value": {**TEXT, "description": "What to filter by."}, "title": TEXT, "count": NUMBER})
    about = "The choices of each facet that `facets` names, with how many hits each gives."
    return {"type": "object", "additionalProperties": array(choice), "description": about}


def _kind_schemas() -> dict[str, Schema]:
    schemas: dict[str, Schema] = {}
    made, changed, answered = {}, {}, {}
    for kind in all_kinds():
        name = kind.__name__
        answered[kind.name] = f"{name}Node"
        changed[kind.name] = f"{name}NodeChanges"
        schemas[f"{name}Node"] = node_schema(kind)
        schemas[f"{name}NodeChanges"] = _changes_schema(kind)
        if not kind.is_upload:
            made[kind.name] = f"New{name}Node"
            schemas[f"New{name}Node"] = _creation_schema(kind)
    schemas["Node"] = _by_kind(answered)
    schemas["NewNode"] = _by_kind(made)
    schemas["NodeChanges"] = {"anyOf": [reference(name) for name in changed.values()]}
    return schemas


def _by_kind(names: dict[str, str]) -> Schema:
    mapping = {kind: REF.format(model=name) for kind, name in names.items()}
    return {
        "oneOf": [reference(name) for name in names.values()],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }


def node_schema(kind: type[Kind]) -> Schema:
    """A node of this kind as it is answered."""
    properties = {
        **NODE_LINE,
        "kind": {"const": kind.name},
        "parent_id": {"type": ["integer", "null"]},
        "url": {"type": "string", "format": "uri", "description": "Its address for people."},
    }
    if kind.title_key != "title":
        properties[kind.title_key] = {**TEXT, "description": "The same as `title`."}
    properties |= {name: stored_schema(field) for name, field in kind.fields.items()}
    return record(properties, description=kind.description)


def stored_schema(field: Field) -> Schema:
    """A value as it is answered: it can be empty even where it is required, as the field may be younger."""
    if isinstance(field, Link):
        schema: Schema = {"type": ["integer", "null"], "description": "The id of a node."}
    else:
        value = TypeAdapter(field.annotation()).json_schema(mode="serialization")
        kept = {name: value[name] for name in ("type", "format", "enum", "items", "const") if name in value}
        schema = {"anyOf": [kept, {"type": "null"}]}
    return schema | {"title": field.label} | ({"readOnly": True} if field.read_only else {})


def _creation_schema(kind: type[Kind]) -> Schema:
    schema = creation_model(kind).model_json_schema(ref_template=REF)
    slug = {"type": ["string", "null"], "maxLength": MAX_LENGTH, "description": "The last segment of its path."}
    schema["properties"] = {"kind": {"const": kind.name}, "slug": slug, **schema["properties"]}
    schema["required"] = ["kind", *schema.get("required", ())]
    return schema


def _changes_schema(kind: type[Kind]) -> Schema:
    schema = edit_model(kind).model_json_schema(ref_template=REF)
    for value in schema["properties"].values():
        value.pop("default", None)  # what is left out stays; it does not become null
    return schema


def _fixed_schemas() -> dict[str, Schema]:
    return {
        "Problem": _problem(),
        "Item": _in_list({})
        | {"description": "A node with the fields of its kind that lists show, or those that `fields` names."},
        "Hit": _in_list({"excerpt": TEXT | {"description": "HTML in which only <mark> stands."}, "is_in_file": FLAG}),
        "Trashed": _in_list(
            {"position": NUMBER, "trashed": MOMENT, "trashed_by": TEXT, "can_restore": FLAG, "can_purge": FLAG}
        ),
        **_history_schemas(),
        **_access_schemas(),
        **_sharing_schemas(),
        **_account_schemas(),
        **_comment_schemas(),
        **notification_schemas(),
        "Health": record({"status": {"const": "fine"}}),
        "Readiness": record({"status": one_of("fine", "degraded", "unavailable"), "checks": {}}, "checks"),
        "Modes": record({word: reference("Mode") for word in MODE_WORDS}),
        "Mode": {"properties": {"reason": TEXT, "since": MOMENT, "until": MOMENT_OR_NULL, "by": TEXT}},
        "Description": {"type": "object", "required": ["openapi", "info", "paths"]},
    }


def _in_list(further: Schema) -> Schema:
    """A node in a list, where `fields` may have named less."""
    return {"type": "object", "properties": {**NODE_LINE, **further}, "required": ["id", "kind", "path"]}


def _history_schemas() -> dict[str, Schema]:
    node = record({name: NODE_LINE[name] for name in ("id", "kind", "path", "title", "version")})
    change = {"id": NUMBER, "at": MOMENT, "actor": TEXT, "action": TEXT, "changed": WORDS}
    return {
        "Version": record({**change, "version": NUMBER, "note": TEXT_OR_NULL}),
        "OldVersion": record({"id": NUMBER, "kind": TEXT, "version": NUMBER, "title": TEXT}),
        "Change": record({**change, "node": node}),
        "Feed": record({"items": array(reference("Change")), "cursor": TEXT}),
        "Undone": record({**NODE_LINE, "trashed": FLAG}),
    }


def _access_schemas() -> dict[str, Schema]:
    grant = record({"principal": TEXT, "role": one_of(*Role)})
    permissions = array(one_of(*Permission))
    return {
        "Grants": record(
            {
                "inherit": FLAG,
                "grants": array(grant),
                "effective": array(record({"principal": TEXT, "role": one_of(*Role), "path": TEXT_OR_NULL})),
            }
        ),
        "Decision": record(
            {
                "user": TEXT,
                "path": TEXT,
                "permissions": permissions,
                "reasons": array(
                    record({"principal": TEXT, "role": one_of(*Role), "path": TEXT, "permissions": permissions})
                ),
                "inheritance_stops_at": TEXT_OR_NULL,
            }
        ),
    }


def _comment_schemas() -> dict[str, Schema]:
    comment = {
        "id": NUMBER,
        "node": NUMBER,
        "thread": {"type": ["integer", "null"], "description": "The comment that it answers; null for the first one."},
        "author": TEXT,
        "body": {**TEXT, "description": "Markdown; empty once it was removed."},
        "created": MOMENT,
        "edited": MOMENT_OR_NULL,
        "removed": FLAG,
        "resolved": MOMENT_OR_NULL,
        "resolved_by": TEXT_OR_NULL,
    }
    return {"Comment": record(comment), "CommentList": record({"items": array(reference("Comment"))})}


def _sharing_schemas() -> dict[str, Schema]:
    role = {"enum": [*(each.value for each in Role), None]}
    sides = {"before": role, "after": role}
    asked = {"id": NUMBER, "user": TEXT_OR_NULL, "path": TEXT, "permission": one_of(*Permission), "message": TEXT}
    when = {"asked": MOMENT, "answered": {**MOMENT, "type": ["string", "null"]}}
    answered = {**when, "role": role, "reply": TEXT_OR_NULL}
    warnings = {"loses_own": FLAG, "only_administrators": FLAG, "places_inside": NUMBER}
    everybody = {"signed_in": record(sides), "public": record({**sides, "is_on": FLAG})}
    changes = array(record({**sides, "count": NUMBER, "users": WORDS}))
    return {
        "Effect": record({"changes": changes, **everybody, **warnings}),
        "Requests": record({"waiting": array(reference("Request")), "own": array(reference("Request"))}),
        "Request": record({**asked, **answered}),
        "Asked": record({"status": {"const": "asked"}}),
    }


def _account_schemas() -> dict[str, Schema]:
    scopes = array(one_of(*Scope))
    user = {"id": NUMBER, "name": TEXT, "display_name": TEXT, "email": TEXT_OR_NULL, "created": MOMENT}
    user |= {"is_admin": FLAG, "enabled": FLAG}
    group = {"id": NUMBER, "name": TEXT, "title": TEXT, "created": MOMENT, "member_count": NUMBER}
    member = record({"principal": TEXT, "title": TEXT})
    token = {"id": NUMBER, "name": TEXT, "user": TEXT, "scopes": scopes}
    used = {"prefix": TEXT, "created": MOMENT, "expires": MOMENT_OR_NULL, "last_used": MOMENT_OR_NULL}
    nullable_scopes = {"anyOf": [scopes, {"type": "null"}], "description": "null for a browser's session."}
    me = {"name": TEXT, "display_name": TEXT, "is_admin": FLAG, "groups": WORDS, "scopes": nullable_scopes}
    return {
        "User": record(user, *(name for name in user if name != "id")),
        "GroupLine": record(group, *(name for name in group if name != "id")),
        "Group": record({**group, "members": array(member)}),
        "Token": record({**token, **used}, *token.keys() - {"id"}, *used),
        "NewTokenMade": record({**token, "expires": MOMENT, "token": {**TEXT, "description": "Shown only now."}}),
        "Me": record(me),
        "UserEntry": record({"user": TEXT, "entry": TEXT_OR_NULL}),
    }


def _problem() -> Schema:
    wrong = record({"field": TEXT, "message": {**TEXT, "description": "How to mend it."}})
    members = {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "request_id": {**TEXT, "description": "The log has it too."},
        "errors": array(wrong),
        "current": {**NUMBER, "description": "The version that stands now."},
        "permission": {**TEXT, "description": "The permission that is missing."},
        "scope": {**TEXT, "description": "The scope that the token lacks."},
        "limit": {**NUMBER, "description": "How many bytes are allowed."},
        "code": TEXT,
    }
    optional = ("errors", "current", "permission", "scope", "limit", "code")
    return record(members, *optional, description=f"Every refusal below {BASE} (RFC 9457).")
