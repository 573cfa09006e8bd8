"""The whole site of production.ini replaces its processes while people read and write: no request fails."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests import servers
from tests.deploy.test_behind_nginx import answers, database, filled, production_ini

__all__ = ["database"]


@pytest.fixture
def served(database: str, tmp_path: Path) -> Iterator[tuple[psutil.Process, str, str]]:
    """The main process of `myplatform serve`, its address, and a token."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    ini = production_ini(tmp_path, url).replace("\nworkers = 1\n", "\nworkers = 2\n")
    (tmp_path / "production.ini").write_text(ini)
    token, _place = filled(database, tmp_path)
    command = [Path(sys.executable).with_name("myplatform"), "-c", tmp_path / "production.ini", "serve"]
    log = tmp_path / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{port}"],
            stdout=written,
            stderr=written,
            env=os.environ | {"DATABASE_URL": database},
        )
        try:
            servers.wait_for(lambda: process.poll() is not None or answers(port), 60)
            assert process.poll() is None, log.read_text()
            yield psutil.Process(process.pid), url, token
        finally:
            process.terminate()
            assert process.wait(30) == 0
    assert "Traceback" not in log.read_text()


def pids(main: psutil.Process) -> set[int]:
    """The processes that answer."""
    return {each.pid for each in main.children()}


def test_readers_and_editors_notice_nothing(served: tuple[psutil.Process, str, str]) -> None:
    main, url, token = served
    answered: list[tuple[str, int]] = []
    failed: list[Exception] = []
    is_over = threading.Event()

    def again_and_again(act: Callable[[requests.Session], requests.Response]) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {token}"
            while not is_over.is_set():
                try:
                    answer = act(session)
                    answered.append((answer.request.method or "", answer.status_code))
                except requests.RequestException as error:
                    failed.append(error)

    def read(session: requests.Session) -> requests.Response:
        return session.get(f"{url}/api/v1/content/", timeout=20)

    def write(session: requests.Session) -> requests.Response:
        page = {"kind": "page", "title": "Written meanwhile", "body": "Words"}
        return session.post(f"{url}/api/v1/content/", json=page, timeout=20)

    threads = [threading.Thread(target=again_and_again, args=[act]) for act in (read, read, write, write)]
    servers.wait_for(lambda: len(pids(main)) == 2)
    old = pids(main)
    with contextlib.ExitStack() as ending:
        for thread in threads:
            thread.start()
            ending.callback(thread.join)
        ending.callback(is_over.set)
        servers.wait_for(lambda: len(answered) > 20)
        main.send_signal(signal.SIGHUP)
        servers.wait_for(lambda: len(pids(main)) == 2 and not pids(main) & old)
        seen = len(answered)
        servers.wait_for(lambda: len(answered) > seen + 20)
    assert failed == []
    assert set(answered) == {("GET", 200), ("POST", 201)}
