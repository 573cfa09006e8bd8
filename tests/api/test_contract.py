"""The service keeps to its own description: every operation is called with generated data, valid and invalid."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.engine.context import EngineContext

from myplatform.actions.own_entries import link_entry
from myplatform.identity import SYSTEM
from myplatform.models import User
from myplatform.queries.nodes import node_by_path
from tests.api.conftest import Api, content, put_bytes
from tests.conftest import Site, site_settings

EXAMPLES = 2
COMPARES = re.compile("^(ne|[gl]te?)$")


class Kept:
    """A site on SQLite whose database is put back before each operation is tried."""

    def __init__(self, folder: Path, template: Path):
        self.path = folder / "site.sqlite"
        shutil.copy(template, self.path)
        more = {"http.compress": "false"}  # a client without a server in between decodes nothing
        self.site = Site(site_settings(f"sqlite:///{self.path}", folder, **more))
        with self.site.session() as db:
            from myplatform.actions.content import ensure_root

            ensure_root(db)
        self.api = Api(self.site)
        put_bytes(self.api.ben, content("/handbook/plan.txt/@content"), b"We meet on Monday.", 201)
        self.api.ada.post_json("/api/v1/groups", {"name": "hr"}, status=201)
        trashed = self.site.node("/handbook", "page", "Old").node
        self.api.ben.delete(content("/handbook/old"), status=204)
        with self.site.session() as db:
            ada = db.query(User).filter_by(name="ada").one()
            link_entry(db, ada, node_by_path(db, "/people/john-doe"), by=SYSTEM)
        self.ids = [self.api.folder.id, self.api.page.id, self.api.john.id, trashed.id]
        self.site.engine.dispose()
        self.kept = folder / "kept.sqlite"
        shutil.copy(self.path, self.kept)

    def put_back(self) -> None:
        """Forget what was done since."""
        self.site.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.kept, self.path)

    def description(self) -> dict[str, Any]:
        """The document as it is served, its path parameters narrowed to what exists: else all would be 404."""
        document = self.api.ada.get("/api/v1/openapi.json").json
        known = {
            "path": ["handbook", "handbook/leave", "people", "people/john-doe", "handbook/plan.txt"],
            "id": self.ids,
            "name": ["hr", "dan"],
            "principal": ["user:dan", "group:hr"],
            "mode": ["read-only"],
            "version": [1, 2],
        }
        filters: set[str] = set()
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["parameters"] = one_of_each_sort(operation["parameters"], filters)
                for parameter in operation["parameters"]:
                    makes_what_it_names = operation["operationId"] == "replaceContent"
                    if parameter["in"] == "path" and not makes_what_it_names:
                        parameter["schema"] = {"enum": known[parameter["name"]]}
                        parameter.pop("example")
        return document


def one_of_each_sort(parameters: list[dict[str, Any]], filters: set[str]) -> list[dict[str, Any]]:
    """The parameters, but of filters the first of each list, and those of a sort that is not among `filters` yet.

    All lists read their filters alike: what is refused depends on the schema of values, not on the field or list, and
    on the operator only where it is none that compares.
    """
    names = {each["name"] for each in parameters}
    kept = []
    is_first = True
    for each in parameters:
        name, _, operator = each["name"].partition("__")
        if f"{name}__isnull" in names:
            sort = json.dumps([COMPARES.sub("", operator), each["schema"]])
            if sort in filters and not is_first:
                continue
            filters.add(sort)
            is_first = False
        kept.append(each)
    return kept


def some_value(schema: dict[str, Any]) -> str:
    """A value that the schema of a filter allows."""
    if schema["type"] == "array":
        return some_value(schema["items"])
    values = {"date": "2026-03-31", "date-time": "2026-03-31T12:00:00Z"}
    if "-" in schema.get("pattern", ""):
        return "03-31"  # a day of any year
    return values.get(schema.get("format", ""), {"integer": "7", "boolean": "true"}.get(schema["type"], "x"))


@pytest.fixture(scope="session")
def kept_site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Kept]:
    kept = Kept(tmp_path_factory.mktemp("contract"), sqlite_template)
    yield kept
    kept.site.engine.dispose()


LISTS_ALIKE = ["listTrash", "listTokens", "listUsers", "listJobs"]
LEARN_NOTHING = {"error-feedback": {"enabled": False}}
CONFIGURATION = {
    "workers": 1,
    # Learning from refusals would take "an address cannot be empty" for "an address is required".
    "phases": {"stateful": {"enabled": False}, "fuzzing": LEARN_NOTHING},
    "generation": {"deterministic": True, "max-examples": EXAMPLES, "no-shrink": True},
    "checks": {
        # Whether a valid body is accepted also depends on what no schema can say: that a place holds this kind,
        # that a link names something, that a version is the present one, that a name is free.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "403", "404", "409", "412", "416", "422"]},
        # A missing If-Match has a status of its own.
        "missing_required_header": {"expected-statuses": ["428", "400", "403", "415", "422"]},
        "negative_data_rejection": {
            "expected-statuses": ["400", "403", "404", "409", "412", "413", "415", "422", "428"]
        },
    },
    "operations": [
        {
            # The list grammar of listGroups with more fields; trying each value of each once is enough.
            "include-operation-id": LISTS_ALIKE,
            "phases": {"coverage": {"enabled": False}},
        },
        # The values of editNode, without a place to be taken from.
        {"include-operation-id": "editOwnEntry", "phases": {"coverage": {"enabled": False}}},
        # The same view as listItems.
        {"include-operation-id": "listItemsById", "enabled": False},
        # The same views as by path: only who finds the node is another.
        {"include-operation-id-regex": "ById$", "phases": {"coverage": {"enabled": False}}},
        {
            # If-Match is needed only where a file stands already.
            "include-operation-id": "replaceContent",
            "checks": {
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", "400", "403", "404", "409", "412", "422", "428"]
                }
            },
        },
        {
            # No schema can say that a cursor was given out, that a place or user is there, that filters are of one
            # kind, or how many of them are too many.
            "include-method": "GET",
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "304", "400", "403", "404", "416"]}},
        },
    ],
}


@pytest.fixture
def without_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some checks hand the WSGI transport what only sockets take, and it refuses that."""
    monkeypatch.setitem(sys.modules, "flask", None)  # it would be looked for on the disk before each call
    real = EngineContext.get_transport_kwargs

    def kept(self: EngineContext, operation: Any = None) -> dict[str, Any]:
        return {name: value for name, value in real(self, operation).items() if name in ("headers", "session")}

    monkeypatch.setattr(EngineContext, "get_transport_kwargs", kept)


@pytest.fixture
def hooked() -> Iterator[None]:
    """Leaves no hook behind."""
    yield
    schemathesis.hooks.unregister_all()


@pytest.mark.usefixtures("without_sockets", "hooked")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the test's client leaves the files of downloads open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_service_keeps_to_its_description(kept_site: Kept) -> None:
    config = schemathesis.Config.from_dict(CONFIGURATION)
    schema = schemathesis.openapi.from_dict(kept_site.description(), config=config)
    schema.app = kept_site.site.application
    schema.config.update(headers={"Authorization": f"Bearer {kept_site.api.ada.authorization[1]}"})
    tried: list[str] = []

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        if tried[-1:] != [case.operation.label]:
            tried.append(case.operation.label)
            kept_site.put_back()

    failures: dict[str, str] = {}
    calls = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures[f"error: {getattr(event, 'label', '')}"] = str(getattr(event, "value", None) or event.exception)
        elif isinstance(event, events.ScenarioFinished):
            calls += len(event.recorder.interactions)
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        key = f"{event.recorder.label}: {check.name}"
                        failures.setdefault(key, described(event.recorder, case_id, check))
    assert not failures, "\n\n".join(f"{key}\n{value}" for key, value in failures.items())
    assert len(set(tried)) > 50
    assert calls > 1000


def test_every_filter_of_a_list_is_taken(kept_site: Kept) -> None:
    document = kept_site.api.ada.get("/api/v1/openapi.json").json
    parameters = document["paths"]["/api/v1/content/{path}/@items"]["get"]["parameters"]
    filters = [each for each in parameters if "__" in each["name"]]
    assert len(filters) > 150
    for each in filters:
        query = {"depth": "all", each["name"]: some_value(each["schema"])}
        answer = kept_site.api.ada.get(content("/@items"), query, expect_errors=True)
        if "Several kinds have" in answer:
            kind = re.search(r"kind=(\w+)", answer.json["detail"])[1]
            answer = kept_site.api.ada.get(content("/@items"), {**query, "kind": kind})
        assert answer.status_int == 200, each["name"]


def described(recorder: Any, case_id: str, check: Any) -> str:
    """A failure with the call that led to it."""
    failure = check.failure_info.failure
    interaction = recorder.interactions.get(case_id)
    status = interaction.response.status_code if interaction and interaction.response else "none"
    return f"{failure.title}: {failure.message}\nstatus {status}: {check.failure_info.code_sample}"
