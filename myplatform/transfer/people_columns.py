"""Which column of a table of people holds which field of an employee."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ..content.people import Employee
from ..slugs import slug_from, slug_problem
from .tables import Table

NAME = "name"
SLUG = "slug"
FIRST_NAME, LAST_NAME = "first_name", "last_name"

_OTHER_WORDS = {
    NAME: "full name, display name, employee name, employee, person",
    FIRST_NAME: "first name, given name, forename",
    LAST_NAME: "last name, surname, family name",
    SLUG: "slug, address in the tree",
    "email": "e-mail, mail, email address, e-mail address, work email, business email",
    "job_title": "title, position, role, job",
    "department": "dept, department name, division, team, unit",
    "manager": "manager name, manager email, manager e-mail, supervisor, reports to, boss, line manager",
    "hire_date": "hired, date hired, date of hire, start date, joined, joining date, employed since",
    "location": "office, site, city, place, work location",
    "phone": "phone number, telephone, tel, mobile, mobile phone, work phone",
    "age": "age in years",
    "skills": "languages, expertise, competencies",
    "birthday": "birth date, date of birth",
    "absent_until": "out of office until, absent until",
    "absence_note": "out of office note, absence note",
}


def mapped_columns(columns: Iterable[str]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """The place of the column for each field found, and for doubly named fields the columns that compete.

    A field's own name and label win over other words for it; a word whose field is taken so stays unknown.
    """
    named = [_plain(column) for column in columns]
    found: dict[str, int] = {}
    doubled: dict[str, list[str]] = {}
    for words in (_own_words(), _all_words()):
        before = dict(found)
        for place, (column, plain) in enumerate(zip(columns, named, strict=True)):
            field = words.get(plain)
            if field is None or field in before or place in before.values():
                continue
            if field in found:
                doubled.setdefault(field, [list(columns)[found[field]]]).append(column)
            else:
                found[field] = place
    return found, doubled


def names_and_slugs(table: Table) -> Iterator[tuple[str, str]]:
    """The name and the wanted slug of each row, whether or not it can be taken over."""
    columns, _ = mapped_columns(table.columns)
    for row in table.rows:
        cells = {name: row.cells[place] for name, place in columns.items()}
        name = name_of(cells)
        given = cells.get(SLUG, "")
        yield name, slug_from(name) if not given or slug_problem(given) else given


def photos(table: Table) -> Iterator[tuple[str, str]]:
    """The slug and the photo's file of each row that names one."""
    place = mapped_columns(table.columns)[0].get("photo")
    if place is not None:
        for row, (_, slug) in zip(table.rows, names_and_slugs(table), strict=True):
            if row.cells[place]:
                yield slug, row.cells[place]


def name_of(cells: Mapping[str, str]) -> str:
    """The name in a row's cells by field, put together from its parts where it has no column of its own."""
    return cells.get(NAME) or f"{cells.get(FIRST_NAME, '')} {cells.get(LAST_NAME, '')}".strip()


def _own_words() -> dict[str, str]:
    words = {_plain(NAME): NAME}
    for field in Employee.written_fields():
        words |= {_plain(field.name): field.name, _plain(field.label): field.name}
    return words


def _all_words() -> dict[str, str]:
    other = {_plain(word): field for field, words in _OTHER_WORDS.items() for word in words.split(",")}
    return other | _own_words()


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.casefold())
