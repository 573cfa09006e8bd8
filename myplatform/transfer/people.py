"""`import people`: a CSV file becomes a people directory, all or nothing; again, and only what differs changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..actions.content import create_node, edit_node
from ..actions.rows import reserve_node_ids
from ..collation import sort_key
from ..content.people import Employee
from ..errors import Conflict, Invalid
from ..identity import Identity
from ..kinds import kind_named
from ..models import Node, is_live
from ..permissions import Permission
from ..queries.nodes import NODE_COLUMNS, NodeRow
from ..queries.visibility import may
from ..slugs import slug_from, slug_problem
from ..values import from_form
from .managers import Directory, Person, cycles, managers_first
from .people_columns import FIRST_NAME, LAST_NAME, NAME, SLUG, mapped_columns, name_of
from .places import ensure_place, require
from .progress import Progress, silent
from .report import Remark, Report
from .tables import Row, Table, TableRefused

NODES = Node.__table__
EMPLOYEES = Employee.table


@dataclass
class _Employee:
    """A row on its way to a node."""

    row: Row
    cells: dict[str, str]
    existing: Any = None
    node_id: int = 0
    values: dict[str, Any] = field(default_factory=dict)


def import_people(
    db: Session,
    table: Table,
    path: str,
    *,
    by: Identity,
    progress: Progress = silent,
    reserved: Mapping[str, int] | None = None,
) -> Report:
    """Bring the people of `table` into the directory at `path`, made where it is missing.

    Somebody is found again by e-mail, else by name. Columns that are missing leave what is stored alone, empty
    cells clear it. `reserved` has node ids for new people by slug, if texts already refer to them; photos are
    then left to the caller. Raises `TableRefused` with all errors of all rows, and then nothing may be kept.
    """
    return _Import(db, table, by, reserved).run("/" + path.strip("/"), progress)


class _Import:
    def __init__(self, db: Session, table: Table, by: Identity, reserved: Mapping[str, int] | None) -> None:
        self.db = db
        self.table = table
        self.by = by
        self.reserved = dict(reserved or {})
        self.report = Report()
        self.errors: list[Remark] = []
        self.columns, doubled = mapped_columns(table.columns)
        for name, columns in doubled.items():
            self._error(1, None, f"the columns {_listed(columns)} all hold the {name}; keep one")
        if NAME not in self.columns and not {FIRST_NAME, LAST_NAME} <= set(self.columns):
            self._error(1, None, "no column holds the names; call one of them “name”")
        if reserved is not None:
            self.columns.pop("photo", None)
        self._refuse_if_wrong()

    def run(self, path: str, progress: Progress) -> Report:
        self.place = ensure_place(self.db, path, "people", by=self.by, report=self.report)
        people = [_Employee(row, self._cells(row)) for row in self.table.rows]
        self._count_left_out()
        stored = self._stored()
        self._find_again(people, [each for each in stored if each.parent_id == self.place.id])
        for person in people:
            self._check(person)
        self._refuse_if_wrong()
        self._number(people)
        order = self._resolve_managers(people, stored)
        self._refuse_if_wrong()
        by_id = {person.node_id: person for person in people}
        for done, node_id in enumerate(order, start=1):
            self._write(by_id[node_id])
            progress(done, len(order), by_id[node_id].cells[NAME])
        self._refuse_if_wrong()
        return self.report

    def _cells(self, row: Row) -> dict[str, str]:
        cells = {name: row.cells[place] for name, place in self.columns.items()}
        return {**cells, NAME: name_of(cells)}

    def _count_left_out(self) -> None:
        used = set(self.columns.values())
        unknown = [(place, name) for place, name in enumerate(self.table.columns) if place not in used]
        counted = {name: sum(1 for row in self.table.rows if row.cells[place]) for place, name in unknown}
        self.report.left_out = +Counter(counted)  # empty columns are no loss

    def _stored(self) -> list[Any]:
        """All employees that may be seen, in this directory and elsewhere: anybody can be a manager."""
        columns = (*NODE_COLUMNS, EMPLOYEES.c.email, EMPLOYEES.c.manager)
        joined = select(*columns).join(EMPLOYEES, EMPLOYEES.c.node_id == NODES.c.id)
        visible = may(self.by) | (NODES.c.parent_id == self.place.id)
        return list(self.db.execute(joined.where(is_live(), visible).order_by(NODES.c.id)))

    def _find_again(self, people: list[_Employee], stored: list[Any]) -> None:
        by_slug = {row.slug: row for row in stored}
        by_email = {row.email.casefold(): row for row in stored if row.email}
        by_name: dict[str, list[Any]] = {}
        for row in stored:
            by_name.setdefault(row.sort_title, []).append(row)
        emails = {person.cells.get("email", "").casefold() for person in people}
        seen: dict[int | str, int] = {}
        for person in people:
            email = person.cells.get("email", "").casefold()
            slug = person.cells.get(SLUG) or ""
            person.existing = by_slug.get(slug) or (by_email.get(email) if email else None)
            called = by_name.get(sort_key(person.cells[NAME]), [])
            if person.existing is None and not slug and len(called) == 1:
                other = (called[0].email or "").casefold()
                if not email or not other or other not in emails:
                    person.existing = called[0]
            key = person.existing.id if person.existing is not None else slug or email or sort_key(person.cells[NAME])
            if key and key in seen:
                column = SLUG if slug else "email" if email else NAME
                self._error(person.row.line, column, f"is the same person as on line {seen[key]}")
            seen.setdefault(key, person.row.line)

    def _check(self, person: _Employee) -> None:
        given = {name: [text] for name, text in person.cells.items() if name in Employee.fields or name == NAME}
        given.pop("manager", None)
        try:
            person.values = from_form(Employee, given, partial=person.existing is not None)
        except Invalid as problem:
            for each in problem.errors:
                self._error(person.row.line, each.field, each.message)
        slug = person.cells.get(SLUG)
        if slug and (reason := slug_problem(slug)):
            self._error(person.row.line, SLUG, reason)

    def _number(self, people: list[_Employee]) -> None:
        new = [person for person in people if person.existing is None]
        for person in new:
            slug = person.cells.get(SLUG) or slug_from(person.cells[NAME])
            person.node_id = self.reserved.pop(slug, 0)
        unnumbered = [person for person in new if not person.node_id]
        for person, node_id in zip(unnumbered, reserve_node_ids(self.db, len(unnumbered)), strict=True):
            person.node_id = node_id
        for person in people:
            person.node_id = person.node_id or person.existing.id

    def _resolve_managers(self, people: list[_Employee], stored: list[Any]) -> list[int]:
        """Set each row's manager; the ids of the rows in an order that writes managers before their people."""
        lines = {person.node_id: person for person in people}
        others = [row for row in stored if row.id not in lines]
        here = [Person(row.id, row.title, row.email) for row in others if row.parent_id == self.place.id]
        elsewhere = [Person(row.id, row.title, row.email) for row in others if row.parent_id != self.place.id]
        directory = Directory(self._as_persons(people), here, elsewhere)
        managers = {row.id: row.manager for row in stored}
        for person in people:
            managers.setdefault(person.node_id, None)
            if "manager" not in person.cells:
                continue
            words = person.cells["manager"]
            if words and (problem := directory.problem(words)):
                self._error(person.row.line, "manager", problem)
                continue
            managers[person.node_id] = directory.called(words)[0].id if words else None
            person.values["manager"] = managers[person.node_id]
        found = cycles(managers)
        for circle in found:
            self._refuse_circle(circle, lines, directory)
        return [] if found else managers_first(lines, managers)

    def _as_persons(self, people: list[_Employee]) -> Iterator[Person]:
        for person in people:
            stored = person.existing.email if person.existing is not None else None
            yield Person(person.node_id, person.cells[NAME], person.cells.get("email") or stored)

    def _refuse_circle(self, circle: list[int], lines: dict[int, _Employee], directory: Directory) -> None:
        names = " → ".join(directory.by_id[each].name for each in [*circle, circle[0]])
        for each in circle:
            if each in lines and "manager" in lines[each].cells:
                text = f"nobody can be above themselves, but here are {names}"
                self._error(lines[each].row.line, "manager", text)

    def _write(self, person: _Employee) -> None:
        try:
            node = self._created(person) if person.existing is None else self._edited(person)
        except Invalid as problem:
            for each in problem.errors:
                self._error(person.row.line, each.field, each.message)
            return
        except Conflict as problem:
            self._error(person.row.line, SLUG, problem.message)
            return
        if person.existing is None:
            self.report.created.append(node.path)
        else:
            is_changed = node.version != person.existing.version
            (self.report.changed if is_changed else self.report.unchanged).append(node.path)

    def _created(self, person: _Employee) -> NodeRow:
        if self.place.path not in self.report.created:
            require(self.db, self.by, self.place, Permission.ADD)
        slug = person.cells.get(SLUG) or None
        kind = kind_named("employee")
        made = create_node(self.db, self.place, kind, person.values, by=self.by, slug=slug, node_id=person.node_id)
        return made.node

    def _edited(self, person: _Employee) -> NodeRow:
        node = self.db.execute(select(*NODE_COLUMNS).where(NODES.c.id == person.node_id)).one()
        edited = edit_node(self.db, node, person.values, by=self.by, expected_version=None).node
        if edited.version != node.version:
            require(self.db, self.by, node, Permission.EDIT)
        return edited

    def _error(self, line: int, name: str | None, message: str) -> None:
        place = self.columns.get(name) if name else None
        column = self.table.columns[place] if place is not None else name
        self.errors.append(Remark(self.table.name, line, f'column "{column}": {message}' if column else message))

    def _refuse_if_wrong(self) -> None:
        if self.errors:
            raise TableRefused(self.errors)


def _listed(columns: list[str]) -> str:
    return ", ".join(f"“{column}”" for column in columns)
