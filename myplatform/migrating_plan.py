"""What the statements of a migration do to a PostgreSQL database in use: which lock, for how long, at what risk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NONE = "none"
UNKNOWN = "ACCESS EXCLUSIVE"


@dataclass(frozen=True)
class Effect:
    """The lock that a statement takes on a table, and what it does while it holds it.

    `breaks` says why the release before this one would no longer run on the schema, if it would not.
    """

    lock: str
    table: str = ""
    note: str = ""
    breaks: str = ""

    def __str__(self) -> str:
        words = f"lock: {self.lock}{f' on {self.table}' if self.table else ''}"
        return "; ".join(
            filter(None, (words, self.note, self.breaks and f"BREAKS THE PREVIOUS RELEASE: {self.breaks}"))
        )


BRIEF = "for a moment; rewrites and reads nothing"
_TABLE = r"(?:ONLY )?\"?(?P<table>\w+)\"?"
_ALTER = rf"ALTER TABLE (?:IF EXISTS )?{_TABLE} "
RULES: tuple[tuple[str, Effect], ...] = (
    (r"BEGIN|COMMIT|--|SET |SELECT ", Effect(NONE)),
    (r"CREATE (?:OR REPLACE )?FUNCTION|CREATE EXTENSION|CREATE SCHEMA|CREATE TYPE", Effect(NONE)),
    (
        rf"CREATE (?:UNIQUE )?INDEX CONCURRENTLY .*?\bON {_TABLE}",
        Effect("SHARE UPDATE EXCLUSIVE", note="reads the table twice; readers and writers go on"),
    ),
    (rf"CREATE (?:UNIQUE )?INDEX .*?\bON {_TABLE}", Effect("SHARE", note="reads the whole table; writers wait")),
    (rf"COMMENT ON (?:TABLE|COLUMN) {_TABLE}", Effect("SHARE UPDATE EXCLUSIVE", note=BRIEF)),
    (
        rf"{_ALTER}ADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL",
        Effect(UNKNOWN, note=BRIEF, breaks="it writes rows without the column"),
    ),
    (rf"{_ALTER}ADD COLUMN .*\bDEFAULT .*\(", Effect(UNKNOWN, note="rewrites the table if the default varies")),
    (rf"{_ALTER}ADD COLUMN", Effect(UNKNOWN, note=BRIEF)),
    (rf"{_ALTER}ADD CONSTRAINT .*NOT VALID", Effect("SHARE ROW EXCLUSIVE", note=BRIEF)),
    (
        rf"{_ALTER}ADD CONSTRAINT .*FOREIGN KEY",
        Effect("SHARE ROW EXCLUSIVE", note="reads the whole table; writers wait"),
    ),
    (rf"{_ALTER}VALIDATE CONSTRAINT", Effect("SHARE UPDATE EXCLUSIVE", note="reads the whole table; all go on")),
    (
        rf"{_ALTER}ADD CONSTRAINT",
        Effect(UNKNOWN, note="reads the whole table", breaks="it may write what the constraint refuses"),
    ),
    (
        rf"{_ALTER}ALTER COLUMN \S+ SET NOT NULL",
        Effect(UNKNOWN, note="reads the whole table", breaks="it may write rows without the column"),
    ),
    (
        rf"{_ALTER}ALTER COLUMN \S+ (?:SET DATA )?TYPE",
        Effect(UNKNOWN, note="rewrites the table and its indexes", breaks="it knows the column by another type"),
    ),
    (rf"{_ALTER}ALTER COLUMN", Effect(UNKNOWN, note=BRIEF)),
    (rf"{_ALTER}(?:RENAME|SET SCHEMA)", Effect(UNKNOWN, note=BRIEF, breaks="it knows the old name")),
    (rf"{_ALTER}DROP (?:COLUMN|(?!CONSTRAINT))", Effect(UNKNOWN, note=BRIEF, breaks="it reads what is dropped")),
    (rf"{_ALTER}DROP CONSTRAINT", Effect(UNKNOWN, note=BRIEF)),
    (rf"DROP TABLE (?:IF EXISTS )?{_TABLE}", Effect(UNKNOWN, note=BRIEF, breaks="it reads what is dropped")),
    (r"DROP INDEX CONCURRENTLY", Effect("SHARE UPDATE EXCLUSIVE", note="readers and writers go on")),
    (r"DROP INDEX", Effect(UNKNOWN, note=BRIEF)),
    (rf"TRUNCATE (?:TABLE )?{_TABLE}", Effect(UNKNOWN, note=BRIEF, breaks="it reads what is dropped")),
    (rf"(?:INSERT INTO|UPDATE|DELETE FROM) {_TABLE}", Effect("ROW EXCLUSIVE", note="writes rows; others go on")),
)
"""Beginnings of statements with what they do; the first that fits tells."""
UNSEEN = Effect(UNKNOWN, note="not known here; taken to stop everybody")


def statements_of(script: str) -> Iterator[str]:
    """The statements of a script with the comments before them; what stands between $$ is not taken apart."""
    kept: list[str] = []
    for line in script.splitlines():
        if line.strip() or kept:
            kept.append(line)
        text = "\n".join(kept)
        if line.rstrip().endswith(";") and text.count("$$") % 2 == 0:
            yield text
            kept = []
    if any(line.strip() for line in kept):
        yield "\n".join(kept)


def effects_of(statement: str, new_tables: set[str]) -> list[Effect]:
    """What a statement does. `new_tables` are those made by the same plan, which nobody uses yet; it adds to them."""
    bare = " ".join(re.sub(r"^\s*--.*$", "", statement, flags=re.MULTILINE).split()).rstrip(";")
    if not bare:
        return [Effect(NONE)]
    if bare.upper().startswith("DO $$"):
        inside = re.split(
            r";", re.sub(r"^DO \$\$\s*BEGIN|EXCEPTION WHEN.*$|END \$\$.*$", "", bare, flags=re.IGNORECASE)
        )
        return [each for part in inside if part.strip() for each in effects_of(part, new_tables)] or [UNSEEN]
    made = re.match(rf"CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?{_TABLE}", bare, flags=re.IGNORECASE)
    if made:
        new_tables.add(made["table"])
        referred = set(re.findall(r"REFERENCES \"?(\w+)\"?", bare)) - new_tables
        return [Effect("SHARE ROW EXCLUSIVE", each, BRIEF) for each in sorted(referred)] or [
            Effect(NONE, note="a new table")
        ]
    for pattern, effect in RULES:
        if found := re.match(pattern, bare, flags=re.IGNORECASE):
            table = found.groupdict().get("table") or ""
            if table in new_tables:
                return [Effect(NONE, note=f"{table} is new")]
            return [Effect(effect.lock, table, effect.note, effect.breaks)]
    return [UNSEEN]


def _matters(effect: Effect) -> bool:
    """Whether somebody could have to wait for it; Alembic's own table is used by nobody else."""
    return effect.lock != NONE and effect.table != "alembic_version"


def annotated(script: str) -> str:
    """The script with a comment before each statement that says which lock it takes, and what for."""
    new_tables: set[str] = set()
    lines = []
    for statement in statements_of(script):
        lines += [f"-- {each}" for each in effects_of(statement, new_tables) if _matters(each)]
        lines += [statement, ""]
    return "\n".join(lines)
