"""What `[server:main]` says, judged before anything starts: where to listen, whom to believe, the server's own options.

The servers judge their options themselves: gunicorn's and waitress' own readers are asked about each, where they are
installed. A server of another package is only asked for where it listens.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from ipaddress import ip_network
from pathlib import Path

from .ini import Entry, read_ini, replaced
from .reporting import Problem

SECTION = "server:main"
PROCESSES, WAITRESS = "egg:myplatform#processes", "egg:waitress"
UNIX = "unix"
"""What `trusted_proxy` calls whoever speaks over a socket of the file system."""
OURS = frozenset({"use", "listen", "trusted_proxy"})
ADDRESSES = frozenset({"use", "listen", "host", "port", "unix_socket", "sockets", "trusted_proxy"})
"""What waitress takes that it would look up or open, and what it warns of when it stands alone."""
HIGHEST_PORT = 65535

Judge = Callable[[str, str], None]
"""Takes an option and its text; raises ValueError or TypeError for one that the server would refuse."""


def server_problems(path: Path, given: Mapping[str, str]) -> list[Problem]:
    """Everything wrong with `[server:main]` of a file, as far as that can be said without listening."""
    ini = read_ini(path)
    if SECTION not in ini.sections:
        return []  # said by `myplatform serve`; other commands need none
    problems: list[Problem] = []
    entries = replaced(ini, SECTION, given, problems)
    use = entries["use"].value if "use" in entries else ""
    problems.extend(loader_problems(entries.values(), "paste.server", f"{WAITRESS}#main"))
    if not entries.keys() & {"use", "paste.server_runner", "paste.server_factory"}:
        message, line = "names no server", ini.heads[SECTION]
        fix = f"use = {WAITRESS}#main"
        problems.append(Problem(ini.name, line, SECTION, "", None, "CFG004", message, fix))
    for entry in entries.values():
        if entry.key == "listen" and not entry.broken:
            problems.extend(_listening(entry))
        elif entry.key == "port" and use.startswith(WAITRESS) and not is_address(f":{entry.value}"):
            problems.append(entry.problem("CFG045", f"expected a number; got {entry.value!r}", "port = 6543"))
    if use == PROCESSES:
        problems.extend(_processes(entries))
    elif use.startswith(WAITRESS):
        problems.extend(_waitress(entries))
    return problems


def loader_problems(entries: Iterable[Entry], group: str, usual: str) -> Iterator[Problem]:
    """What is wrong with `use = egg:PACKAGE#NAME`: there is no such package, or it has no such name to load."""
    for entry in entries:
        if entry.key != "use" or not entry.value.startswith("egg:") or entry.broken:
            continue
        package, _, name = entry.value.partition("\n")[0].removeprefix("egg:").partition("#")
        try:
            names = [each.name for each in distribution(package).entry_points if each.group.startswith(group)]
        except (PackageNotFoundError, ValueError):
            yield entry.problem("CFG029", f"no package '{package}' is installed", f"use = {usual}")
            continue
        if (name or "main") not in names:
            yield entry.problem("CFG029", f"the package {package} has no '{name or 'main'}' here", f"use = {usual}")


def _listening(entry: Entry) -> list[Problem]:
    wrong = [each for each in entry.value.split() if not is_address(each)]
    if entry.value and not wrong:
        return []
    message = f"expected HOST:PORT{f'; got {wrong[0]!r}' if wrong else ''}"
    return [entry.problem("CFG045", message, f"{entry.key} = 127.0.0.1:6543")]


def is_address(text: str) -> bool:
    """Whether a server can be told to listen there."""
    if text.startswith(("unix:", "fd://")):
        return True
    host, _colon, port = text.rpartition(":")
    return port.isdecimal() and int(port) <= HIGHEST_PORT and (":" not in host or host.endswith("]"))


def _processes(entries: Mapping[str, Entry]) -> list[Problem]:
    problems = []
    if (proxies := entries.get("trusted_proxy")) is not None:
        problems.extend(_proxies(proxies))
    try:
        from gunicorn.config import Config  # noqa: PLC0415 - an extra; serving without it is refused in words
    except ImportError:
        return problems
    config = Config()
    own = {key: entry for key, entry in entries.items() if key not in OURS}
    return problems + _judged(own, {*config.settings, *OURS}, config.set)


def _proxies(entry: Entry) -> list[Problem]:
    try:
        for text in entry.value.replace(",", " ").split():
            if text != UNIX:
                ip_network(text)
    except ValueError as error:
        message = f"expected addresses, networks or {UNIX}: {error}"
        return [entry.problem("CFG043", message, "trusted_proxy = 127.0.0.1 10.0.0.0/24")]
    return []


def _waitress(entries: Mapping[str, Entry]) -> list[Problem]:
    from waitress.adjustments import Adjustments  # noqa: PLC0415 - needed where it is named only

    proxy = {"trusted_proxy": entries["trusted_proxy"].value} if "trusted_proxy" in entries else {}

    def judge(key: str, text: str) -> None:
        with warnings.catch_warnings(action="ignore"):
            Adjustments(**(proxy if key.startswith("trusted_proxy") else {}), **{key: text})

    known = {name for name in vars(Adjustments) if not name.startswith("_")}
    return _judged({key: entry for key, entry in entries.items() if key not in ADDRESSES}, known, judge)


def _judged(entries: Mapping[str, Entry], known: Collection[str], judge: Judge) -> list[Problem]:
    problems = []
    for key, entry in entries.items():
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            message = f"unknown key of this server{hint}"
            problems.append(Problem(entry.file, entry.line, SECTION, key, None, "CFG002", message))
            continue
        try:
            judge(key, entry.value)
        except (ValueError, TypeError) as error:
            problems.append(entry.problem("CFG046", f"the server refuses it: {error}"))
    return problems
