"""Checks of the machine: room on its disks, folders, packages, and connections for all processes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement
from sqlalchemy import make_url

from ..checks import PRODUCTION, Check, Examination, Finding, NotTried, Severity
from ..settings.ini import read_ini
from .database import connected, setting_of
from .parts import workers_seen

LEAST_FREE = 256 << 20
"""Bytes below which writing is about to fail."""
LEAST_SHARE = 0.10


def folders(examination: Examination) -> dict[str, Path]:
    """The folders that the site writes into, by what is in them."""
    settings = examination.settings
    found = {"temporary files": Path(tempfile.gettempdir())}
    if settings["files.url"].startswith("file:"):
        found["files"] = Path(unquote(urlsplit(settings["files.url"]).path))
    url = make_url(settings["database.url"])
    if url.get_backend_name() == "sqlite" and url.database:
        found["the database"] = Path(url.database).parent
    return found


def server_of(examination: Examination) -> dict[str, str]:
    """The lines of `[server:main]`; none where there is no file."""
    if examination.path is None or not examination.path.is_file():
        return {}
    return {entry.key: entry.value for entry in read_ini(examination.path).sections.get("server:main", ())}


def server_processes(examination: Examination) -> int:
    """How many processes serve the site, by `[server:main]`."""
    workers = server_of(examination).get("workers", "")
    return max(1, int(workers)) if workers.isdecimal() else 1


def there_is_room(examination: Examination) -> Iterator[Finding]:
    """Writing is not about to fail."""
    for what, folder in folders(examination).items():
        usage = shutil.disk_usage(_existing(folder))
        examination.tell(f"disk of {what}", f"{usage.free >> 20:,} of {usage.total >> 20:,} MiB free")
        if usage.free < LEAST_FREE:
            yield Finding(f"{usage.free >> 20:,} MiB are free for {what}", str(folder))


def there_is_much_room(examination: Examination) -> Iterator[Finding]:
    """A tenth of each disk is free."""
    for what, folder in folders(examination).items():
        usage = shutil.disk_usage(_existing(folder))
        if usage.free < usage.total * LEAST_SHARE:
            yield Finding(f"{usage.free / usage.total:.0%} of the disk are free for {what}", str(folder))


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next((each for each in (folder, *folder.parents) if each.exists()), Path("/"))


def folders_can_be_written(examination: Examination) -> Iterator[Finding]:
    """By the user who runs this, which has to be the one who runs the server."""
    for what, folder in folders(examination).items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix="probe-"):
                pass
        except OSError as error:
            user = os.getuid() if hasattr(os, "getuid") else "?"
            yield Finding(f"user {user} cannot write {what}: {error.strerror}", str(folder))


def packages_fit(_examination: Examination) -> Iterator[Finding]:
    """What is installed is what the program says that it needs."""
    try:
        wanted = metadata.requires("myplatform") or []
    except metadata.PackageNotFoundError:
        raise NotTried("myplatform is not installed as a package") from None
    for requirement in map(Requirement, wanted):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield Finding("is not installed", requirement.name)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            yield Finding(f"is {version}, and has to be {requirement.specifier}", requirement.name)


def processes(examination: Examination) -> dict[str, int]:
    """The processes of the site by what they do, as far as one machine can know."""
    settings = examination.settings
    found = {"server": server_processes(examination)}
    if not examination.registry["jobs"].is_embedded:
        found["worker and beat"] = len({(each.host, each.pid) for each in workers_seen(examination)}) or 1
    if settings["live.listen"] is not None and settings["live.url"] != "memory:":
        found["live"] = 1
    return found


def connections_are_enough(examination: Examination) -> Iterator[Finding]:
    """Every process may have its pool in use at once."""
    settings = examination.settings
    with connected(examination, only_postgresql=True) as connection:
        reserved = ("superuser_reserved_connections", "reserved_connections")
        kept = [setting_of(connection, name) for name in reserved]
        most = int(setting_of(connection, "max_connections")) - sum(int(each) for each in kept if each.isdecimal())
    there = processes(examination)
    each_one = settings["database.pool_size"] + settings["database.pool_overflow"]
    each_one += 2 if settings["live.url"].startswith("postgres") else 0
    needed = sum(there.values()) * each_one
    listed = ", ".join(f"{count} {name}" for name, count in there.items())
    examination.tell("connections", f"{needed} at most by processes ({listed}), of {most}")
    if needed > most:
        yield Finding(
            f"{sum(there.values())} processes ({listed}) may open {needed} connections; the server gives {most}",
            "database.pool_size",
        )


CHECKS = (
    Check(
        "PRT060",
        Severity.ERROR,
        "There is room on the disks",
        there_is_room,
        mend="make room, or a larger disk: myplatform tidy, old backups, logs",
    ),
    Check(
        "PRT061",
        Severity.ERROR,
        "Folders can be written",
        folders_can_be_written,
        mend="chown to the user who runs the server, and run this check as that user",
    ),
    Check(
        "PRT062",
        Severity.ERROR,
        "There are connections for every process",
        connections_are_enough,
        mend="lower database.pool_size, database.pool_overflow or workers, raise max_connections, or use PgBouncer",
    ),
    Check(
        "PRT063",
        Severity.WARNING,
        "Installed packages are those that the program needs",
        packages_fit,
        mend="pip install --upgrade myplatform",
    ),
    Check(
        "PRD019",
        Severity.WARNING,
        "A tenth of each disk is free",
        there_is_much_room,
        PRODUCTION,
        mend="make room, or a larger disk, before writing fails",
    ),
)
