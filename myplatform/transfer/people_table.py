"""The employees of a directory as CSV that the import of people reads back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..content.people import Employee
from ..identity import Identity
from ..models import Node, is_live
from ..queries.nodes import NodeRow
from ..queries.visibility import may
from .people_columns import NAME, SLUG
from .tables import write_table

NODES = Node.__table__
EMPLOYEES = Employee.table


def people_table(
    db: Session,
    asker: Identity,
    employees: Sequence[NodeRow],
    values: Mapping[int, Mapping[str, Any]],
    photos: Mapping[int, str],
) -> str:
    """CSV with one line for each of `employees`; `values` has their fields and `photos` the files, by node id."""
    fields = [field for field in Employee.written_fields() if field.name not in ("manager", "photo")]
    names = _manager_names(db, asker, {values[each.id]["manager"] for each in employees} - {None})
    columns = [NAME, SLUG, *(field.name for field in fields), "manager", "photo"]
    rows = [
        [
            each.title,
            each.slug,
            *(field.to_form(values[each.id][field.name]) for field in fields),
            names.get(values[each.id]["manager"], ""),
            photos.get(each.id, ""),
        ]
        for each in employees
    ]
    return write_table(columns, rows)


def _manager_names(db: Session, asker: Identity, ids: set[int]) -> dict[int, str]:
    """What names each manager so that an import finds the same one: the e-mail address, else the name."""
    columns = (NODES.c.id, NODES.c.title, EMPLOYEES.c.email)
    joined = select(*columns).join(EMPLOYEES, EMPLOYEES.c.node_id == NODES.c.id).where(is_live(), may(asker))
    managers = list(db.execute(joined.where(NODES.c.id.in_(ids)))) if ids else []
    same_email = Counter(row.email.casefold() for row in managers if row.email)
    return {row.id: row.email if row.email and same_email[row.email.casefold()] == 1 else row.title for row in managers}
