"""Nodes, changes and accounts as programs get them: plain dictionaries that become JSON as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from zlib import crc32

from .kinds import Kind, kind_of
from .queries.access import Decision
from .queries.children import ANSWERED
from .queries.effects import Effect
from .queries.nodes import Entry, NodeRow

UrlOf = Callable[[str], str]
"""The address, for people, of the node at a path."""


def node_document(entry: Entry, url_of: UrlOf) -> dict[str, Any]:
    """A node with all its fields; the title also goes by the kind's own key for it."""
    node = entry.node
    kind = kind_of(node.kind)
    document = {
        "id": node.id,
        "kind": node.kind,
        "path": node.path,
        "slug": node.slug,
        "title": node.title,
        "version": node.version,
        "parent_id": node.parent_id,
        "created": node.created_at,
        "created_by": node.created_by,
        "modified": node.modified_at,
        "modified_by": node.modified_by,
        "url": url_of(node.path),
    }
    if kind.title_key != "title":
        document[kind.title_key] = node.title
    document.update(entry.values)
    return document


def node_line(node: NodeRow) -> dict[str, Any]:
    """A node without its fields, as lists of different kinds name it."""
    values = (
        node.id,
        node.kind,
        node.path,
        node.slug,
        node.title,
        node.version,
        node.created_at,
        node.created_by,
        node.modified_at,
        node.modified_by,
    )
    return dict(zip(ANSWERED, values, strict=True))


def etag_of(node: NodeRow) -> str:
    """A strong entity tag: another version, another address or another set of fields give another one."""
    return f'"{node.version}-{crc32(node.path.encode(), _signature(kind_of(node.kind))):08x}"'


@cache
def _signature(kind: type[Kind]) -> int:
    return crc32(",".join((kind.title_key, *kind.fields)).encode())


def change_document(change: Any) -> dict[str, Any]:
    """One change of the feed; a node that is gone is still named as it was."""
    return {
        "id": change.id,
        "at": change.at,
        "actor": change.actor,
        "action": change.action,
        "node": {
            "id": change.node_id,
            "kind": change.node_kind,
            "path": change.node_path,
            "title": change.node_title,
            "version": change.node_version,
        },
        "changed": list(change.values),
    }


def version_line(change: Any) -> dict[str, Any]:
    """One change of a node's history."""
    return {
        "id": change.id,
        "version": change.node_version,
        "at": change.at,
        "actor": change.actor,
        "action": change.action,
        "changed": list(change.values),
        "note": change.note,
    }


def decision_document(user: str, node: NodeRow, decision: Decision) -> dict[str, Any]:
    """What a user may do on a node and which grants say so, the nearest first."""
    return {
        "user": user,
        "path": node.path,
        "permissions": sorted(decision.permissions),
        "reasons": [
            {
                "principal": reason.principal,
                "role": reason.role,
                "path": reason.node.path,
                "permissions": list(reason.permissions),
            }
            for reason in decision.reasons
        ],
        "inheritance_stops_at": decision.stopped_at.path if decision.stopped_at is not None else None,
    }


def effect_document(effect: Effect) -> dict[str, Any]:
    """What a change of sharing would do to whom; null is no access."""
    return {
        "changes": [
            {
                "before": shift.before,
                "after": shift.after,
                "count": shift.count,
                "users": [person.name for person in shift.people],
            }
            for shift in effect.shifts
        ],
        "signed_in": {"before": effect.signed_in[0], "after": effect.signed_in[1]},
        "public": {"before": effect.public[0], "after": effect.public[1], "is_on": effect.public_is_on},
        "loses_own": effect.loses_own,
        "only_administrators": effect.only_administrators,
        "places_inside": effect.places_inside,
    }


def request_document(asked: Any) -> dict[str, Any]:
    """A request for access: of the place only what the reader of it may know."""
    return {
        "id": asked.id,
        "user": getattr(asked, "user_name", None),
        "path": asked.node_path or asked.path,
        "permission": asked.permission,
        "message": asked.message,
        "asked": asked.asked_at,
        "answered": asked.answered_at,
        "role": asked.role,
        "reply": asked.reply,
    }


def job_document(job: Any, *, is_admin: bool) -> dict[str, Any]:
    """A job, without what it was asked with, which may be somebody's secret."""
    result = {name: value for name, value in (job.result or {}).items() if name != "sha256"}
    return {
        "id": job.id,
        "kind": job.kind,
        "title": job.title,
        "state": job.state,
        "user": job.asked_by,
        "attempts": job.attempts,
        "created": job.created_at,
        "run_at": job.run_at,
        "started": job.started_at,
        "ended": job.ended_at,
        "progress": {"done": job.done, "total": job.total, "text": job.progress},
        "reason": job.reason,
        "fault": job.fault if is_admin else None,
        "result": result or None,
    }


def grant_documents(grants: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Grants as principal and role."""
    return [{"principal": principal, "role": role} for principal, role in grants]
