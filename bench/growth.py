"""Grows a tree and measures what people and programs ask most: does it stay flat?

One site with 1,000 nodes and one with many more, each with 1,000 people and 200 folders with a grant of their own.
An ordinary member of five groups asks for a node, a list, a search, a page with its navigation and the feed.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session
from webob import Request

from myplatform import make_app
from myplatform.actions.content import create_node, ensure_root
from myplatform.actions.groups import add_member, create_group
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.tokens import create_token
from myplatform.actions.users import create_user
from myplatform.actions.vocabulary import fill_words
from myplatform.collation import sort_key
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import Change, Group, Node, SearchDocument, utc_now
from myplatform.queries.nodes import NodeRow, node_by_path
from myplatform.settings import Settings, from_values

FOLDERS = 200
PEOPLE = 1000
LISTED = 150
"""Pages of the first folder in either tree, so that its list, its page and their navigation show as much."""
GROUPS = 50
WORDS = [
    "travel",
    "leave",
    "budget",
    "laptop",
    "meeting",
    "security",
    "policy",
    "report",
    "review",
    "invoice",
    "training",
    "holiday",
    "project",
]
BATCH = 5000


@dataclass(frozen=True)
class Question:
    """One request, by name; `{n}` in its path is a random folder."""

    name: str
    path: str


QUESTIONS = (
    Question("get a node", "/api/v1/content/area-{n}/page-{n}-1"),
    Question("list of 100", "/api/v1/content/area-0/@items?limit=100"),
    Question("list of people", "/api/v1/content/people/@items?sort=name&limit=100"),
    Question("search", "/api/v1/search?q=travel+mark{n}"),
    Question("find by a letter", "/-/find?q=p"),
    Question("find by two words", "/-/find?q=page+{n}"),
    Question("search with facets", "/-/search/results?q=travel+mark{n}"),
    Question("navigation and page", "/area-0/page-0-1"),
    Question("feed of 100", "/api/v1/changes?limit=100"),
)


def measure(database_url: str, nodes: int, *, folder: str, rounds: int = 40) -> dict[str, float]:
    """Grow an empty database to that many nodes and return the median milliseconds of each question."""
    settings: Settings = from_values(
        {
            "database.url": database_url,
            "files.url": f"file://{folder}",
            "database.auto_migrate": "true",
            "help.import": "false",
        }
    )
    app = make_app(settings)
    with open_session(app.registry["session_factory"]) as db:
        secret = grow(db, nodes)
    analyse(app.registry["engine"])
    chance = random.Random(7)
    times = {}
    for question in QUESTIONS:
        spent = [_ask(app, question.path.format(n=10 * chance.randrange(FOLDERS // 10)), secret) for _ in range(rounds)]
        times[question.name] = statistics.median(spent[rounds // 4 :])
    app.registry["engine"].dispose()
    return times


def _ask(app: Any, path: str, secret: str) -> float:
    request = Request.blank(path, headers={"Authorization": f"Bearer {secret}"})
    begin = time.perf_counter()
    response = request.get_response(app)
    spent = (time.perf_counter() - begin) * 1000
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status}")
    return spent


def grow(db: Session, nodes: int) -> str:
    """Fill an empty site with that many nodes; returns the token of an ordinary member."""
    root = ensure_root(db)
    user = create_user(db, name="member", display_name="Member", password="correct horse battery", by=SYSTEM)
    for number in range(GROUPS):
        group: Group = create_group(db, by=SYSTEM, name=f"group-{number}")
        if number % 10 == 0:
            add_member(db, group, by=SYSTEM, member=user)
    folders = [_folder(db, root, number) for number in range(FOLDERS)]
    _people(db, root)
    each = (nodes - PEOPLE - FOLDERS) // FOLDERS
    for number, folder in enumerate(folders):
        _pages(db, folder, number, LISTED if number == 0 else max(each, 2))
    fill_words(db)
    return create_token(db, user, name="bench", scopes=("read",), by=SYSTEM).secret


def _folder(db: Session, root: NodeRow, number: int) -> NodeRow:
    folder = create_node(db, root, kind_named("folder"), {"title": f"Area {number}"}, by=SYSTEM).node
    set_grants(db, folder, [Granted(f"group:group-{number % GROUPS}", "reader")], inherits=False, by=SYSTEM)
    return node_by_path(db, folder.path)


def _people(db: Session, root: NodeRow) -> None:
    people = create_node(db, root, kind_named("people"), {"title": "People"}, by=SYSTEM).node
    set_grants(db, people, [Granted("signed-in", "reader")], inherits=True, by=SYSTEM)
    people = node_by_path(db, people.path)
    for number in range(PEOPLE):
        values = {
            "title": f"Person {number}",
            "age": 20 + number % 45,
            "department": f"Department {number % 20}",
        }
        create_node(db, people, kind_named("employee"), values, by=SYSTEM)


def _pages(db: Session, folder: NodeRow, number: int, count: int) -> None:
    """Pages of one folder, written as rows: growing by single actions would take longer than the measurement."""
    chance = random.Random(number)
    table = kind_named("page").table
    assert table is not None
    first = db.execute(select(Node.id).order_by(Node.id.desc()).limit(1)).scalar_one() + 1
    for batch in _batches(range(first, first + count)):
        rows = [_row(folder, number, node_id - first, node_id) for node_id in batch]
        marks = [f" mark{number}" if node_id == first else "" for node_id in batch]
        texts = [" ".join(chance.choices(WORDS, k=40)) + mark for mark in marks]
        db.execute(insert(Node.__table__), rows)
        db.execute(insert(table), [{"node_id": i, "body": b} for i, b in zip(batch, texts, strict=True)])
        _index(db, [(row["id"], row["title"], body) for row, body in zip(rows, texts, strict=True)])
        db.execute(insert(Change.__table__), [_change(row) for row in rows])
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT setval(pg_get_serial_sequence('nodes', 'id'), (SELECT max(id) FROM nodes))"))


def _batches(ids: range) -> Iterator[range]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _row(folder: NodeRow, area: int, number: int, node_id: int) -> dict[str, Any]:
    title = f"Page {area} {number}"
    return {
        "id": node_id,
        "parent_id": folder.id,
        "kind": "page",
        "slug": f"page-{area}-{number}",
        "path": f"{folder.path}/page-{area}-{number}",
        "ancestry": f"{folder.ancestry}{folder.id}/",
        "title": title,
        "sort_title": sort_key(title),
        "created_at": utc_now(),
        "created_by": "system",
        "modified_at": utc_now(),
        "modified_by": "system",
        "access_id": folder.access_id,
    }


def _change(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": row["created_at"],
        "actor": "system",
        "action": "created",
        "node_id": row["id"],
        "node_kind": row["kind"],
        "node_path": row["path"],
        "node_title": row["title"],
        "node_version": 1,
        "access_id": row["access_id"],
        "values": {"title": [None, row["title"]]},
    }


def _index(db: Session, documents: list[tuple[int, str, str]]) -> None:
    rows = [{"node_id": node_id, "title": title, "body": body} for node_id, title, body in documents]
    db.execute(insert(SearchDocument), rows)
    if db.get_bind().dialect.name == "postgresql":
        db.execute(
            text(
                "UPDATE search_documents SET document = setweight(to_tsvector('english', title), 'A') || "
                "setweight(to_tsvector('english', body), 'B') WHERE document IS NULL"
            )
        )


def analyse(engine: Any) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")
