"""`myplatform serve` with both servers: what is listened to, which percent signs and proxies are understood."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from myplatform.settings.reference import LOGGING
from tests.servers import wait_for

APPLICATION = """
import json
import os

def main(global_config, **settings):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        asked = {"address": environ["REMOTE_ADDR"], "scheme": environ["wsgi.url_scheme"]}
        asked["pid"] = os.getpid()
        asked["prefix"] = environ["SCRIPT_NAME"]
        asked["id"] = environ.get("myplatform.request_id")
        answer = {"title": settings["site.title"], **asked}
        return [json.dumps(answer).encode()]
    return application
"""
INI = """\
[app:main]
use = call:echo_application:main
site.title = 100% %(here)s

[server:main]
use = egg:{server}
listen = 127.0.0.1:0
{proxy}

""" + LOGGING
SERVERS = ["waitress#main", "myplatform#processes"]
PROXIES = {
    "waitress#main": "trusted_proxy = 127.0.0.1\ntrusted_proxy_headers = x-forwarded-for x-forwarded-proto",
    "myplatform#processes": "trusted_proxy = 127.0.0.1 10.0.0.0/8",
}
FORGED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=192.0.2.7;proto=https;host=evil.example",
    "X-Real-IP": "192.0.2.7",
    "X-Request-ID": "forged",
    "Script-Name": "/evil",
}


def ini_of(server, proxy=None):
    """A file that serves the application with a server behind a proxy."""
    return INI.format(server=server, proxy=PROXIES[server] if proxy is None else proxy)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with an application that answers what it was asked, as the current one."""
    (tmp_path / "echo_application.py").write_text(APPLICATION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH")))))
    return tmp_path


def start(*options):
    """A server process."""
    program = Path(sys.executable).with_name("myplatform")
    return subprocess.Popen(
        [program, "-c", "site.ini", "serve", *options],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def serving(*options, seen=None):
    """The URL of a server, which is ended afterwards; its process is put into the list `seen`."""
    with start(*options) as process:
        if seen is not None:
            seen.append(process)
        too_late = threading.Timer(30, process.kill)
        too_late.start()
        try:
            for line in process.stderr:
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield found[0]
                    break
            else:
                pytest.fail("the server did not start")
        finally:
            too_late.cancel()
            process.terminate()


@pytest.mark.parametrize("server", SERVERS)
def test_serves_behind_a_proxy_with_literal_percent_signs(folder, server):
    (folder / "site.ini").write_text(ini_of(server))
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    with serving() as url, urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        told = json.load(answer)
    expected = {"title": f"100% {folder}", "address": "192.0.2.7", "scheme": "https"}
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize("server", SERVERS)
def test_forged_headers_have_no_effect(folder, server):
    (folder / "site.ini").write_text(ini_of(server, ""))
    with serving() as url, urllib.request.urlopen(urllib.request.Request(url, headers=FORGED), timeout=20) as answer:
        told = json.load(answer)
    del told["pid"]
    seen = {"address": "127.0.0.1", "scheme": "http", "prefix": "", "id": None}
    assert told == {"title": f"100% {folder}", **seen}


def test_an_address_of_a_proxy_that_is_none_starts_nothing(folder):
    (folder / "site.ini").write_text(ini_of("myplatform#processes", "trusted_proxy = localhost"))
    with start() as process:
        _, message = process.communicate(timeout=30)
    assert process.returncode == 78
    assert "CFG043: expected addresses, networks or unix" in message


@pytest.mark.parametrize("server", SERVERS)
def test_the_option_wins_over_the_file(folder, server):
    (folder / "site.ini").write_text(ini_of(server).replace("127.0.0.1:0", "127.0.0.1:1"))
    with serving("--listen", "127.0.0.1:0") as url:
        assert urllib.request.urlopen(url, timeout=20).status == 200


def test_a_busy_address_is_named_in_one_line(folder):
    (folder / "site.ini").write_text(ini_of(SERVERS[0]))
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with start("--listen", f"127.0.0.1:{busy.getsockname()[1]}") as process:
            _, message = process.communicate(timeout=30)
    assert process.returncode == 1
    assert message == "Error: Cannot listen: Address already in use. Another address: --listen 127.0.0.1:PORT\n"


def test_processes_are_replaced_without_a_failed_request(folder):
    (folder / "site.ini").write_text(ini_of("myplatform#processes", "workers = 2"))
    processes = []
    with serving(seen=processes) as url:
        assert urllib.request.urlopen(url, timeout=20).status == 200
        pids, failed, is_over = set(), [], threading.Event()

        def ask():
            while not is_over.is_set():
                try:
                    with urllib.request.urlopen(url, timeout=20) as answer:
                        pids.add(json.load(answer)["pid"])
                except (OSError, ValueError) as error:
                    failed.append(error)

        askers = [threading.Thread(target=ask) for _ in range(4)]
        drain = threading.Thread(target=processes[0].stderr.read, daemon=True)
        for thread in (*askers, drain):
            thread.start()
        wait_for(lambda: len(pids) == 2)
        processes[0].send_signal(signal.SIGHUP)
        wait_for(lambda: len(pids) == 4)
        is_over.set()
        for thread in askers:
            thread.join()
    assert failed == []
