"""A small site for the tests of REST, and programs that call it for people with different rights."""

from __future__ import annotations

from typing import Any

import pytest
from webtest import TestApp, TestResponse

from myplatform.actions.sharing import set_grants
from myplatform.actions.users import create_user
from myplatform.identity import SYSTEM
from myplatform.queries.nodes import node_by_path
from tests.conftest import Site

PROBLEM = "application/problem+json"


class Api:
    """Programs of an administrator (Ada), an editor (Ben), a reader (Cleo) and somebody without rights (Dan)."""

    def __init__(self, site: Site):
        self.site = site
        with site.session() as db:  # without passwords, which take their time
            for name in ("ada", "ben", "cleo", "dan"):
                create_user(db, name=name, display_name=name.title(), is_admin=name == "ada", by=SYSTEM)
            set_grants(db, node_by_path(db, "/"), [], inherits=False, by=SYSTEM)  # nothing is for everybody
        self.folder = site.node("/", "folder", "Handbook").node
        site.grant("/handbook", ("user:ben", "editor"), ("user:cleo", "reader"))
        self.page = site.node("/handbook", "page", "Leave", body="# Leave\n\nAsk early.").node
        site.node("/", "people", "People")
        self.john = site.node("/people", "employee", "John Doe", age=30, department="HR").node
        self.ada, self.ben, self.cleo, self.dan = (site.client(name) for name in ("ada", "ben", "cleo", "dan"))
        self.visitor = site.browser()


@pytest.fixture
def api(site: Site) -> Api:
    """The site and its callers, on each database."""
    return Api(site)


def content(path: str) -> str:
    """The address of a node for programs."""
    return f"/api/v1/content{path}"


def node(number: int, view: str = "") -> str:
    """The address of a node by its id."""
    return f"/api/v1/nodes/{number}{view}"


def match(tag: Any) -> dict[str, str]:
    """The header that names the version a change is made from."""
    return {"If-Match": str(tag)}


def problem(response: TestResponse) -> dict[str, Any]:
    """The refusal, after making sure of its shape."""
    assert response.content_type == PROBLEM
    body = response.json
    assert {"type", "title", "status", "detail", "request_id"} <= set(body)
    assert body["status"] == response.status_int
    return body


def wrong_fields(response: TestResponse) -> dict[str, str]:
    """The message for each wrong field of a refusal."""
    return {each["field"]: each["message"] for each in problem(response)["errors"]}


def put_bytes(app: TestApp, url: str, body: bytes, status: int, **headers: str) -> TestResponse:
    """Send bytes as they are."""
    return app.request(
        url,
        method="PUT",
        body=body,
        headers={"Content-Type": "application/octet-stream", **headers},
        status=status,
    )
