"""The examples of the manual's page on REST, run one after another on a new site."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import orjson
from webtest import TestApp, TestResponse

from myplatform.actions.users import create_user
from myplatform.identity import SYSTEM
from tests.conftest import Site

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
FILES = {"plan.txt": b"We meet on Monday.\n"}


def examples() -> list[tuple[str, str]]:
    """Each command of the page with the answer that it promises."""
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if not re.match(r"\$ [A-Z]+=", line)]
    commands, answers = lines[::2], lines[1::2]
    assert all(command.startswith("$ curl ") for command in commands)
    assert all(answer[:3].isdigit() for answer in answers)
    return [(command[2:], answer) for command, answer in zip(commands, answers, strict=True)]


def curl(app: TestApp, command: str, token: str) -> TestResponse:
    """What the site answers to a command."""
    words = shlex.split(command.replace("$API", "/api/v1").replace("$AUTH", f"Authorization: Bearer {token}"))[1:]
    method, headers, body, url = "", {}, b"", ""
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body, method = words.pop(0).encode(), method or "POST"
        elif word == "-T":
            body, method = FILES[words.pop(0)], "PUT"
        else:
            url = word
    if body:
        headers.setdefault("Content-Type", "application/octet-stream")
    return app.request(url, method=method or "GET", headers=headers, body=body, expect_errors=True)


def has(found: Any, promised: Any) -> bool:
    """Whether an answer has at least what was promised."""
    if isinstance(promised, dict):
        return isinstance(found, dict) and all(name in found and has(found[name], promised[name]) for name in promised)
    if isinstance(promised, list):
        return len(found) == len(promised) and all(map(has, found, promised))
    return found == promised


def test_the_manual_tells_the_truth(site: Site):
    with site.session() as db:
        create_user(db, name="ada", display_name="Ada Example", is_admin=True, by=SYSTEM)
    app = site.client("ada")
    token, app.authorization = app.authorization[1], None
    tried = examples()
    for command, answer in tried:
        response = curl(app, command, token)
        status, _, promised = answer.partition(" ")
        assert response.status_int == int(status), (command, response.text)
        if promised.startswith("{"):
            assert has(response.json, orjson.loads(promised)), (command, response.json)
        else:
            assert response.text == promised, command
    assert len(tried) > 30
