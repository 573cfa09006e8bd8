"""The keys about the directory of people: what people change about themselves, what is shown of them."""

from __future__ import annotations

from .kinds import BOOLEAN, words
from .setting import Setting

PERSONAL_FIELDS = ("age", "department", "email", "phone", "job_title", "location", "hire_date", "photo", "pronouns")
PERSONAL_FIELDS += ("skills", "working_hours", "absent_until", "absence_note", "birthday")

PEOPLE: tuple[Setting, ...] = (
    Setting(
        "people.own_fields",
        words(*PERSONAL_FIELDS),
        "phone, location, photo, pronouns, skills, working_hours, absent_until, absence_note, birthday",
        "What people may change on their own entry of the directory, though they may not edit it otherwise.",
        "phone, photo",
    ),
    Setting(
        "people.birthdays",
        BOOLEAN,
        "false",
        "Whether pages show birthdays, of which day and month alone are kept.",
        "true",
    ),
)
