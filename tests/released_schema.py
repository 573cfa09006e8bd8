"""The schema of the last release, written down in `released_schema.json`; made anew when a version is released:

    python -m tests.released_schema
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect

from myplatform.backups.shapes import shapes

PATH = Path(__file__).with_suffix(".json")


def described(connection: Connection) -> dict[str, Any]:
    """Every table: each column with the sort of its values and whether it may be empty, and what is unique."""
    inspector = inspect(connection)
    found = {}
    for shape in shapes(connection, everything=True):
        columns = {each["name"]: each for each in inspector.get_columns(shape.name)}
        unique = [each["column_names"] for each in inspector.get_unique_constraints(shape.name)]
        unique += [each["column_names"] for each in inspector.get_indexes(shape.name) if each["unique"]]
        found[shape.name] = {
            "columns": {name: [sort, columns[name]["nullable"]] for name, sort in shape.columns},
            "unique": sorted({",".join(map(str, names)) for names in unique}),
        }
    return dict(sorted(found.items()))


def released() -> dict[str, Any]:
    """What was written down: the revision, and the tables."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def main() -> None:
    """Write down the schema as the migrations make it now."""
    from myplatform.database import make_engine
    from myplatform.migrating import head_revision, upgrade
    from tests.conftest import site_settings

    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(site_settings(f"sqlite:///{folder}/x.sqlite", Path(folder)))
        upgrade(engine)
        with engine.connect() as connection:
            tables = described(connection)
        engine.dispose()
    PATH.write_text(json.dumps({"revision": head_revision(), "tables": tables}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
