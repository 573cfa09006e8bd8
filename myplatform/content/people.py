"""A directory of people and the employees in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import FieldError
from ..fields import Date, DayOfYear, Email, Integer, Link, Person, RichText, Text
from ..kinds import Kind
from ..languages import gettext as _


class People(Kind):
    """A directory of employees."""

    name = "people"
    label = "People directory"
    plural = "People directories"
    icon = "users"
    description = "Holds the people who work here."
    table_name = "people_directories"
    contains = ("employee",)

    body = RichText("Text", help="Shown above the directory.")


class Employee(Kind):
    """A person who works here; the title of the node is the name."""

    name = "employee"
    label = "Employee"
    icon = "user"
    description = "A person with contact, job and manager."
    placed_anywhere = False
    contains = ("file",)
    title_label = "Name"
    title_key = "name"
    title_length = 100
    found_by = ("email", "department", "job_title")

    age = Integer("Age", min=0, max=150)
    department = Text("Department", max_length=100, indexed=True)
    email = Email("E-mail", indexed=True)
    phone = Text("Phone", max_length=50)
    job_title = Text("Job title", max_length=200, indexed=True)
    manager = Person("Manager", indexed=True)
    location = Text("Location", max_length=200, indexed=True)
    hire_date = Date("Hire date", indexed=True)
    photo = Link("Photo", kinds=("file",), in_lists=False, help="An image kept below the person.")
    pronouns = Text("Pronouns", max_length=50, in_lists=False, help="Such as she/her.")
    skills = Text(
        "Skills and languages", max_length=500, in_lists=False, help="Separated by commas; colleagues find you by them."
    )
    working_hours = Text("Working hours", max_length=200, in_lists=False, help="Such as Monday to Thursday, 8 to 14.")
    absent_until = Date("Away until", in_lists=False, help="The last day away; afterwards it is no longer shown.")
    absence_note = Text("Note while away", max_length=200, in_lists=False, help="Such as who stands in.")
    birthday = DayOfYear("Birthday", in_lists=False, help="Month and day, such as 03-31; the year is not kept.")

    @classmethod
    def check(cls, db: Session, node_id: int | None, values: Mapping[str, Any]) -> Iterable[FieldError]:
        """Nobody is their own manager, directly or through others."""
        manager = values.get("manager")
        if manager is None or node_id is None:
            return
        seen: set[int] = set()
        while manager is not None and manager not in seen:
            if manager == node_id:
                yield FieldError(
                    "manager", _("would make this person their own manager, directly or through others")
                )
                return
            seen.add(manager)
            manager = db.execute(
                select(cls.table.c.manager).where(cls.table.c.node_id == manager)  # type: ignore[union-attr]
            ).scalar_one_or_none()

    @classmethod
    def summary(cls, values: Mapping[str, Any]) -> str:
        """Job title and department."""
        return " · ".join(filter(None, (values.get("job_title"), values.get("department"))))
