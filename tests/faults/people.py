"""People and programs that use a site and remember what it said that it kept."""

from __future__ import annotations

import hashlib
import io
import itertools
import random
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from lxml import html

from tests.faults.ledger import Announced, Client, Failed
from tests.faults.machine import PASSWORD
from tests.servers import wait_for

API = "/api/v1/content"
FILE_SIZE = 60_000


@dataclass
class Kept:
    """What the site said that it kept."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    edits: dict[str, dict[int, str]] = field(default_factory=dict)
    """Path of a page, version, the text that was sent."""
    pages: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Path of a file and the SHA-256 of its bytes."""
    jobs: dict[str, int] = field(default_factory=dict)
    """Path of a page that a job makes, and the job."""
    mentions: list[str] = field(default_factory=list)
    """Titles of pages on which somebody was mentioned."""

    def edit(self, path: str, version: int, text: str) -> None:
        """An edit was acknowledged."""
        with self.lock:
            versions = self.edits.setdefault(path, {})
            assert version not in versions, f"version {version} of {path} was given to two"
            versions[version] = text


    def wait_for_more(self, count: int) -> None:
        """Wait until so many more edits were kept."""
        before = sum(map(len, self.edits.values()))
        wait_for(lambda: sum(map(len, self.edits.values())) >= before + count, 60)


class Crowd:
    """Threads that go on until they are told to stop. What failed was noted by the ledger already."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.mistakes: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    def add(self, step: Callable[[], Any], *, pause: float = 0.0) -> None:
        """Somebody who takes this step again and again."""

        def go_on() -> None:
            while not self.over.is_set():
                try:
                    step()
                except Announced:
                    self.over.wait(1)  # as long as a script would; people wait longer
                except Failed:
                    self.over.wait(0.2)
                except Exception as error:  # noqa: BLE001 - told at the end
                    self.mistakes.append(error)
                    return
                if pause:
                    self.over.wait(pause)

        thread = threading.Thread(target=go_on, daemon=True)
        self.threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Let everybody finish what they do; what went wrong in the crowd itself is in `mistakes`."""
        self.over.set()
        for thread in self.threads:
            thread.join(90)
            if thread.is_alive():
                self.mistakes.append(TimeoutError("somebody did not come to an end"))

    def stop(self) -> None:
        """The same. Raises what went wrong in the crowd itself."""
        self.finish()
        if self.mistakes:
            raise self.mistakes[0]


def sign_in(client: Client, name: str) -> None:
    """Sign in by the form."""
    page = html.fromstring(client.ask("GET", "/-/sign-in").data)
    form = next(each for each in page.forms if each.method == "POST" and "password" in each.fields)
    values = {**dict(form.fields), "name": name, "password": PASSWORD}
    answer = send_form(client, "/-/sign-in", values)
    if answer.status != 303:
        raise Failed(answer.status, "not signed in")


def send_form(client: Client, path: str, values: dict[str, Any]) -> Any:
    """Send a form as a browser does."""
    body = urlencode({name: value for name, value in values.items() if value is not None})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.base}
    return client.ask("POST", path, body=body, headers=headers)


class Reader:
    """Looks at pages, lists and what search finds."""

    def __init__(self, client: Client, addresses: list[str], seed: int):
        self.client, self.random = client, random.Random(seed)
        self.addresses = addresses

    def step(self) -> None:
        """Look at one thing."""
        self.client.ask("GET", self.random.choice(self.addresses))


class Editor:
    """Edits pages in turn."""

    def __init__(self, client: Client, kept: Kept, pages: list[str], name: str):
        self.client, self.kept, self.pages, self.name = client, kept, pages, name
        self.numbers = itertools.count(1)

    def turn(self) -> tuple[str, str]:
        """The page whose turn it is, and its next text."""
        number = next(self.numbers)
        return self.pages[number % len(self.pages)], f"{self.name} wrote edit {number}."


class RestEditor(Editor):
    """Edits over REST, each edit from the version it saw."""

    def step(self) -> None:
        """One edit, of which another may be quicker."""
        path, text = self.turn()
        tag = self.client.ask("GET", API + path).headers["ETag"]
        answer = self.client.ask("PATCH", API + path, body={"body": text}, headers={"If-Match": tag})
        if answer.status == 200:
            self.kept.edit(path, answer.json()["version"], text)


class FormEditor(Editor):
    """Edits in a browser without scripts."""

    def step(self) -> None:
        """One edit; of two the slower sees the page about the conflict."""
        path, text = self.turn()
        page = html.fromstring(self.client.ask("GET", f"{path}/@edit").data)
        form = next(each for each in page.forms if "body" in each.fields)
        values = {**dict(form.fields), "body": text}
        version = int(values["version"])
        if send_form(self.client, f"{path}/@edit", values).status == 303:
            self.kept.edit(path, version + 1, text)


class Maker:
    """Makes pages, puts files, has jobs import pages, and mentions somebody in comments, in turn."""

    def __init__(self, client: Client, kept: Kept, place: str, *, mentions: str = "", seed: int = 0):
        self.client, self.kept, self.place = client, kept, place
        self.mentioned = mentions
        self.random = random.Random(seed)
        self.numbers = itertools.count(1)
        self.prefix = f"n{seed}"

    def step(self) -> None:
        """The next of these."""
        number = next(self.numbers)
        (self.page, self.file, self.job, self.mention)[number % 4](f"{self.prefix}-{number}")

    def page(self, name: str) -> None:
        """A new page."""
        values = {"kind": "page", "title": f"Page {name}", "slug": name, "body": f"Made as {name}."}
        if self.client.ask("POST", API + self.place, body=values).status == 201:
            self.kept.pages.append(f"{self.place}/{name}")

    def file(self, name: str) -> None:
        """A new file."""
        content = self.random.randbytes(FILE_SIZE)
        path = f"{self.place}/{name}.bin"
        headers = {"Content-Type": "application/octet-stream"}
        if self.client.ask("PUT", f"{API}{path}/@content", body=content, headers=headers).status in (200, 201):
            self.kept.files[path] = hashlib.sha256(content).hexdigest()

    def job(self, name: str) -> None:
        """An import, which makes one page."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as made:
            made.writestr(f"{name}.md", f"# Imported {name}\n\nOnce.")
        headers = {"Content-Type": "application/zip"}
        answer = self.client.ask("POST", f"{API}{self.place}/@import", body=packed.getvalue(), headers=headers)
        if answer.status == 202:
            self.kept.jobs[f"{self.place}/{name}"] = answer.json()["id"]

    def mention(self, name: str) -> None:
        """A page of its own on which somebody is mentioned."""
        if not self.mentioned:
            return
        title = f"Mention {name} end"
        values = {"kind": "page", "title": title, "slug": f"m-{name}"}
        if self.client.ask("POST", API + self.place, body=values).status == 201:
            comment = {"body": f"Look, @{self.mentioned}"}
            if self.client.ask("POST", f"{API}{self.place}/m-{name}/@comments", body=comment).status == 201:
                self.kept.mentions.append(title)


def patiently(do: Callable[[], Any], seconds: float = 60) -> Any:
    """What comes of it, tried again while the site says that it cannot do it now."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return do()
        except Announced:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
