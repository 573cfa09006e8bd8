"""A site of several processes, made from `production.ini` with some of its lines changed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from tests import servers

SAMPLE = Path(__file__).parents[2] / "production.ini"
PROGRAM = str(Path(sys.executable).with_name("myplatform"))
PASSWORD = "a-long-enough-secret"


def with_lines(sample: str, values: Mapping[str, str]) -> str:
    """The INI file with other values in lines that stand there, be they defaults behind a #; others are an error."""
    for key, value in values.items():
        line = re.compile(rf"^#?{re.escape(key)} = .*$", re.MULTILINE)
        sample, count = line.subn(lambda _found, value=value, key=key: f"{key} = {value}", sample, count=1)
        assert count == 1, f"production.ini has no line {key}"
    return sample


class Machine:
    """The processes of a site whose INI file and log are in a folder, by names that the caller gives them."""

    def __init__(self, folder: Path, database: str, values: Mapping[str, str]):
        self.folder = folder
        self.log = folder / "log"
        self.environment = os.environ | {"DATABASE_URL": database, "PYTHONUNBUFFERED": "1"}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.write(values)

    def write(self, values: Mapping[str, str], name: str = "site.ini") -> None:
        """Write the INI file."""
        (self.folder / name).write_text(with_lines(SAMPLE.read_text(encoding="utf-8"), values), encoding="utf-8")

    def run(self, *command: str, given: str | None = None, **environment: str) -> str:
        """What a `myplatform` command prints; one that fails is an error."""
        done = self.outcome(*command, given=given, **environment)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def outcome(self, *command: str, given: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """A `myplatform` command that has ended."""
        return subprocess.run(
            [PROGRAM, "-c", "site.ini", *command],
            cwd=self.folder,
            env=self.environment | environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def start(self, name: str, *command: str, prefix: tuple[str, ...] = (), **options: Any) -> None:
        """Begin a `myplatform` command that goes on, after words such as those that give it another clock."""
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*prefix, PROGRAM, "-c", "site.ini", *command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **options,
            )

    def serve(self, name: str, port: int, **options: Any) -> None:
        """Begin the server at a port; returns when it answers."""
        self.start(name, "serve", "--listen", f"127.0.0.1:{port}", **options)
        self.until_answers(name, f"http://127.0.0.1:{port}/healthz")

    def live(self, name: str, port: int) -> None:
        """Begin the live service, whose port `live.listen` names; returns when it answers."""
        self.start(name, "live")
        self.until_answers(name, f"http://127.0.0.1:{port}/healthz")

    def until_answers(self, name: str, url: str) -> None:
        """Wait until a process answers there."""

        def answers() -> bool:
            assert self.processes[name].poll() is None, self.tail()
            try:
                with urlopen(url, timeout=5) as answer:
                    return bool(answer.status == 200)
            except HTTPError:
                return False
            except OSError:
                return False

        servers.wait_for(answers, 60)
        assert self.processes[name].poll() is None, f"another process answers at {url}: {self.tail()}"

    def end(self, name: str, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        """Send a process a signal, and wait until it is over."""
        process = self.processes.pop(name)
        process.send_signal(number)
        return process.wait(seconds)

    def tail(self) -> str:
        """The end of what the processes said."""
        return self.log.read_text(errors="replace")[-4000:]

    def check(self) -> str:
        """What `check --data` finds, which must be nothing."""
        done = self.outcome("check", "--data", "--hashes", "--fail-level", "note")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Nothing found" in done.stderr, done.stderr
        return done.stderr

    def add_user(self, name: str, *, is_admin: bool = False) -> None:
        """A user who can sign in with PASSWORD."""
        options = ["--admin"] if is_admin else []
        email = ["--email", f"{name}@example.com"]
        self.run("user", "add", name, "--password-stdin", *email, *options, given=f"{PASSWORD}\n")

    def token(self, name: str) -> str:
        """A new token of a user."""
        scopes = [word for scope in ("read", "write", "admin") for word in ("--scope", scope)]
        return self.run("token", "add", name, *scopes).strip()

    def close(self) -> None:
        """End what still runs."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self.processes.values():
            process.wait()
