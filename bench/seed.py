"""Fills an empty database for a comparison: an administrator and the employees of a CSV file, in its order."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from myplatform.actions.content import create_node, ensure_root
from myplatform.actions.users import create_user
from myplatform.content import BUILT_IN
from myplatform.database import make_engine, make_session_factory, open_session
from myplatform.identity import SYSTEM
from myplatform.kinds import add_kind, kind_named
from myplatform.migrating import upgrade
from myplatform.settings import load


def main() -> None:
    """Make the schema, the account and the people directory with everybody in the file."""
    for kind in BUILT_IN:
        add_kind(kind)
    engine = make_engine(load(Path(__file__).with_name("bench.ini")))
    upgrade(engine)
    with open_session(make_session_factory(engine)) as db:
        root = ensure_root(db)
        name, password = os.environ["LOGIN_USER"], os.environ["LOGIN_PASSWORD"]
        create_user(db, name=name, display_name=name.title(), password=password, is_admin=True, by=SYSTEM)
        people = create_node(db, root, kind_named("people"), {"title": "People"}, by=SYSTEM).node
        employee = kind_named("employee")
        with Path(os.environ["EMPLOYEES_CSV"]).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                values = {"title": row["name"], "age": int(row["age"]), "department": row["department"]}
                create_node(db, people, employee, values, by=SYSTEM, slug=row["id"])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
