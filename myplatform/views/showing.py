"""What every page about one node needs: the node with its fields, what the asker may do, its texts, who changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from ..fields import Field, Link, RichText
from ..kinds import Kind, kind_of, kinds_inside
from ..markup import Rendered
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.following import is_followed
from ..queries.nodes import NodeRow, values_of, visible_nodes
from ..resources import NodeResource
from .frame import kind_icon
from .rendering import rendered
from .toasts import toast_of


@dataclass(frozen=True)
class Fact:
    """A field with its value, ready for a page: `linked` is the node that a link names, if the asker may see it."""

    field: Field
    value: Any
    linked: NodeRow | None = None


def shown(request: Request, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The template's names for a page about the context node; `values` are its fields where they are known already."""
    resource: NodeResource = request.context
    node, kind = resource.node, kind_of(resource.node.kind)
    values = values if values is not None else values_of(request.db, kind, node.id)
    may = resource.decision_for(request.identity).permissions
    return {
        "node": node,
        "kind": kind,
        "values": values,
        "may": may,
        "new_kinds": new_kinds(kind) if Permission.ADD in may else [],
        "is_followed": is_followed(request.db, node.id, by=request.identity),
        "toast": toast_of(request),
    }


def names_of(request: Request) -> dict[str, str]:
    """The names of who made the context node and who changed it last."""
    node = request.context.node
    return principal_titles(request.db, {node.created_by, node.modified_by})


def new_kinds(kind: type[Kind]) -> list[dict[str, str]]:
    """What can be made inside a node of this kind: name, label and icon of each."""
    return [
        {"name": each.name, "label": each.label, "icon": kind_icon(each.name), "is_upload": each.is_upload}
        for each in kinds_inside(kind)
    ]


def texts(request: Request, kind: type[Kind], values: Mapping[str, Any]) -> list[tuple[Field, Rendered]]:
    """The Markdown fields of the context node that have something in them, rendered."""
    fields = (field for field in kind.fields.values() if isinstance(field, RichText))
    drawn = ((field, rendered(request, request.context.node, values.get(field.name))) for field in fields)
    return [(field, text) for field, text in drawn if text is not None]


def facts(request: Request, kind: type[Kind], values: Mapping[str, Any]) -> list[Fact]:
    """The fields that are no long texts and have a value, links with the nodes they name."""
    given = [
        (field, values.get(name))
        for name, field in kind.fields.items()
        if not isinstance(field, RichText) and values.get(name) not in (None, "", [])
    ]
    nodes = linked_nodes(request, given)
    return [Fact(field, value, nodes.get(value) if isinstance(field, Link) else None) for field, value in given]


def linked_nodes(request: Request, given: Iterable[tuple[Field, Any]]) -> dict[int, NodeRow]:
    """The visible nodes that the links among field values name, by id, in at most one statement."""
    ids = [value for field, value in given if isinstance(field, Link) and value is not None]
    return visible_nodes(request.db, request.identity, ids)
