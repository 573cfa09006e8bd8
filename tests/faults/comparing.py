"""Holds what a site said that it kept against what it has."""

from __future__ import annotations

import hashlib
from collections import Counter
from email import message_from_bytes
from email.policy import default
from typing import Any

from tests.faults.ledger import Client
from tests.faults.people import API, Kept, patiently


def lost(client: Client, kept: Kept) -> list[str]:
    """What was acknowledged and is not there, in words; nothing is the answer that everybody wants."""
    found = []
    for path, versions in kept.edits.items():
        found += _lost_edits(client, path, versions)
    for path in kept.pages:
        if _node(client, path) is None:
            found.append(f"the page {path}")
    for path, sha256 in kept.files.items():
        answer = patiently(lambda path=path: client.ask("GET", f"{API}{path}/@content"))
        if answer.status != 200 or hashlib.sha256(answer.data).hexdigest() != sha256:
            found.append(f"the file {path}")
    return found


def _lost_edits(client: Client, path: str, versions: dict[int, str]) -> list[str]:
    found = []
    for version, text in versions.items():
        answer = patiently(lambda version=version: client.ask("GET", f"{API}{path}/@history/{version}"))
        if answer.status != 200 or text not in answer.data.decode():
            found.append(f"version {version} of {path}: {text}")
    newest = _node(client, path)
    last = max(versions)
    if newest is None or newest["version"] < last or (newest["version"] == last and newest["body"] != versions[last]):
        found.append(f"the newest version of {path}")
    return found


def _node(client: Client, path: str) -> dict[str, Any] | None:
    answer = patiently(lambda: client.ask("GET", API + path))
    return answer.json() if answer.status == 200 else None


def jobs_gone_wrong(client: Client, kept: Kept) -> list[str]:
    """Jobs that were acknowledged and did not end well, or whose work shows that it was done twice."""
    found = []
    for path, job_id in kept.jobs.items():
        state = patiently(lambda job_id=job_id: client.ask("GET", f"/api/v1/jobs/{job_id}")).json()["state"]
        node = _node(client, path)
        if state != "done" or node is None or node["version"] != 1:
            found.append(f"job {job_id} ({state}) for {path}: {node and node['version']}")
    return found


def jobs_left(client: Client) -> int:
    """Jobs that still wait or run."""
    asked = patiently(lambda: client.ask("GET", "/api/v1/jobs?state__in=waiting,running&count=true&limit=1"))
    return int(asked.json()["total"])


def mails_gone_wrong(kept: Kept, messages: list[bytes]) -> tuple[list[str], list[str]]:
    """Mentions of which no mail tells, and those of which several do.

    A mail that a worker sent and was killed before it could note it comes again with the same Message-ID, by which mail
    programs and servers know that it is one.
    """
    told: Counter[str] = Counter()
    mails = {mail["Message-ID"]: mail for mail in (message_from_bytes(each, policy=default) for each in messages)}
    for mail in mails.values():
        body = mail.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        told.update(title for title in kept.mentions if f"{title}: " in text)
    return [title for title in kept.mentions if not told[title]], [t for t, count in told.items() if count > 1]
