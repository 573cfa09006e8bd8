"""Fields that name other nodes: checked to exist, to be of the right kind, and to be visible to whoever sets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..errors import FieldError
from ..fields import Link
from ..identity import Identity
from ..kinds import Kind
from ..languages import gettext as _
from ..models import Node, is_live
from ..queries.visibility import may

NODES = Node.__table__


def resolved_links(
    db: Session, kind: type[Kind], given: Mapping[str, Any], *, by: Identity, errors: list[FieldError]
) -> dict[str, Any]:
    """The values with every link as a node id; what cannot be resolved is added to `errors`."""
    fields = dict(given)
    links = {
        name: value
        for name, value in given.items()
        if value is not None and isinstance(kind.fields[name], Link)
    }
    if not links:
        return fields
    wanted = {name: _identifier(value) for name, value in links.items()}
    ids = [value for value in wanted.values() if isinstance(value, int)]
    paths = [value for value in wanted.values() if isinstance(value, str)]
    statement = select(NODES.c.id, NODES.c.path, NODES.c.kind).where(
        or_(NODES.c.id.in_(ids), NODES.c.path.in_(paths)), is_live(), may(by)
    )
    rows = db.execute(statement).all()
    found: dict[int | str, Any] = {row.id: row for row in rows} | {row.path: row for row in rows}
    for name, value in wanted.items():
        row = found.get(value)
        kinds = kind.fields[name].kinds  # type: ignore[attr-defined]
        if row is None:
            errors.append(FieldError(name, _("names nothing that you can see: %(name)s", name=links[name])))
        elif kinds and row.kind not in kinds:
            given = {"kinds": " / ".join(kinds), "path": row.path, "kind": row.kind}
            errors.append(FieldError(name, _("must name a %(kinds)s, but %(path)s is a %(kind)s", **given)))
        else:
            fields[name] = row.id
    return fields


def _identifier(value: Any) -> int | str:
    if isinstance(value, str):
        return int(value) if value.isdecimal() and len(value) < 19 else "/" + value.strip("/")
    return int(value)
