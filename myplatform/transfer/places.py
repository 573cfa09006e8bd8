"""Where an import goes: the node at a path, made together with the folders above it where it is missing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ..actions.content import create_node, ensure_root
from ..errors import Invalid, Missing, NotAllowed
from ..identity import Identity
from ..kinds import kind_named
from ..permissions import Permission
from ..queries.nodes import NodeRow, find_by_path, permitted
from ..slugs import slug_problem
from .planning import readable_title
from .report import Report


def ensure_place(db: Session, path: str, kind: str, *, by: Identity, report: Report) -> NodeRow:
    """The node of `kind` at `path`; raises `Invalid` where something else stands there, `NotAllowed`, `Missing`."""
    found = find_by_path(db, path)
    if found is None:
        above, _, slug = path.rpartition("/")
        if problem := slug_problem(slug):
            raise Invalid.one("path", problem)
        parent = ensure_folder(db, above or "/", by=by, report=report)
        values = {"title": readable_title(slug)}
        made = create_node(db, parent, kind_named(kind), values, by=by, slug=slug).node
        report.created.append(made.path)
        return made
    if not permitted(db, by, found.id):
        raise Missing(f"There is nothing at {path}.")
    if found.kind != kind:
        wanted, there = kind_named(kind).label.lower(), kind_named(found.kind).label.lower()
        raise Invalid.one("path", f"there is a {there} at {path}, not a {wanted}; choose another path")
    return found


def ensure_folder(db: Session, path: str, *, by: Identity, report: Report) -> NodeRow:
    """The node at `path` to put something into; folders are made where there is none."""
    if path == "/":
        found = ensure_root(db)
    else:
        found = find_by_path(db, path) or ensure_place(db, path, "folder", by=by, report=report)
    require(db, by, found, Permission.ADD)
    return found


def require(db: Session, by: Identity, node: NodeRow, permission: Permission) -> None:
    """Raise `NotAllowed` unless `by` has the permission on the node."""
    if not permitted(db, by, node.id, permission):
        raise NotAllowed(f"{by.display_name} may not {permission.value} at {node.path}.", permission.value)
