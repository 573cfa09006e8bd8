"""Readiness for production as far as the settings tell; what does not apply is left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import make_url

from ..checks import PRODUCTION, Check, Examination, Finding, NotTried, Severity
from ..error_reports import before_send
from ..settings import declared
from .machine import server_of, server_processes

LONG_ENOUGH = 12
"""Characters of a password that nobody types."""
GUESSED = ("password", "passwort", "secret", "changeme", "change-me", "example", "myplatform", "intranet", "123456")
DEBUGGING = ("pyramid.reload_templates", "pyramid.reload_all", "pyramid.debug_all", "pyramid.debug_routematch")
DEBUGGING += ("pyramid.debug_authorization", "pyramid.debug_notfound", "pyramid.debug_templates")
YEAR = timedelta(days=365)
FROM_ELSEWHERE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph", "afs"})
MOUNTS = Path("/proc/mounts")
WEB_ROOTS = ("/var/www", "/srv/www", "/srv/http", "/usr/share/nginx", "/usr/share/httpd")
EVERYBODY = ("*", "0.0.0.0/0", "::/0")
MADE = "make one by: python -c 'import secrets; print(secrets.token_urlsafe())'"
CANARY = "a-canary-that-is-no-secret"


def is_local(host: str | None) -> bool:
    """Whether a host is this machine, or a socket on it."""
    if not host or host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def mode_is_production(examination: Examination) -> Iterator[Finding]:
    """`app.mode`."""
    if examination.settings["app.mode"] != "production":
        yield Finding("the site is being worked on", "app.mode", "app.mode = production")


def debugging_is_off(examination: Examination) -> Iterator[Finding]:
    """Toolbar and switches of Pyramid."""
    settings = examination.settings
    if any("debugtoolbar" in each for each in settings.plug_ins):
        yield Finding("pyramid_debugtoolbar shows everything to everybody", "pyramid.includes", "take its line out")
    if settings["app.debug_toolbar"] != "false":
        yield Finding("pyramid_debugtoolbar shows what requests ask", "app.debug_toolbar", "app.debug_toolbar = false")
    for key in DEBUGGING:
        if str(settings.get(key, "")).lower() in ("true", "1", "yes", "on", "t", "y"):
            yield Finding("is on", key, f"{key} = false")


def people_come_by_https(examination: Examination) -> Iterator[Finding]:
    """`site.url`; cookies are Secure and `__Host-` if and only if it is https."""
    url = examination.settings["site.url"]
    if not (url or "").startswith("https:"):
        yield Finding(f"is {url or 'not set'}", "site.url", "site.url = https://intranet.example.com")


def browsers_remember_https(examination: Examination) -> Iterator[Finding]:
    """`https.hsts_max_age`."""
    age = examination.settings["https.hsts_max_age"]
    if age < YEAR:
        yield Finding(f"is {age.days} days", "https.hsts_max_age", "https.hsts_max_age = 365d")


def secrets_are_secret(examination: Examination) -> Iterator[Finding]:
    """Nothing short, guessed or copied from the documentation."""
    settings = examination.settings
    for key, setting in declared().items():
        if not setting.secret or key not in settings:
            continue
        given = settings[key]
        for value in given if isinstance(given, tuple) else (given,):
            if reason := _weak(value, setting.example):
                yield Finding(
                    reason, key, MADE
                )


def _weak(value: Any, example: str) -> str | None:
    if not isinstance(value, str):
        return None
    if "://" not in value:
        return "is that of the documentation" if value == example else None
    parts = urlsplit(value)
    if parts.password is None:
        return None
    password = unquote(parts.password)
    if parts.password == urlsplit(example).password:
        return "the password is that of the documentation"
    if any(password.lower() == each or password.lower().startswith(each) for each in (*GUESSED, parts.username or "-")):
        return "the password can be guessed"
    return f"the password has fewer than {LONG_ENOUGH} characters" if len(password) < LONG_ENOUGH else None


def others_cannot_read_the_file(examination: Examination) -> Iterator[Finding]:
    """The INI file, and files that have secrets."""
    if examination.path is None or os.name != "posix":
        raise NotTried
    sources = {examination.settings.source(key) for key in examination.settings}
    paths = {examination.path, *(Path(each.removeprefix("file ")) for each in sources if each.startswith("file "))}
    for path in sorted(path for path in paths if path.is_file()):
        mode = path.stat().st_mode
        if mode & 0o007:
            yield Finding("can be read by every user of the machine", str(path), f"chmod 640 {path}")
        elif mode & 0o022:
            yield Finding("can be written by others", str(path), f"chmod 640 {path}")


def proxies_are_named(examination: Examination) -> Iterator[Finding]:
    """With https something stands before the server, and it is believed by its address."""
    server = server_of(examination)
    if not server or not (examination.settings["site.url"] or "").startswith("https:"):
        raise NotTried
    trusted = server.get("trusted_proxy", "").replace(",", " ").split()
    if not trusted:
        yield Finding("is missing: everybody seems to come from the web server's address", "trusted_proxy")
    elif any(each in EVERYBODY for each in trusted):
        yield Finding("believes everybody", "trusted_proxy")


def sqlite_has_one_process(examination: Examination) -> Iterator[Finding]:
    """One process and a disk of this machine."""
    url = make_url(examination.settings["database.url"])
    if url.get_backend_name() != "sqlite":
        raise NotTried
    if (count := server_processes(examination)) > 1:
        yield Finding(
            f"{count} processes share one SQLite file", "workers", "workers = 1, or PostgreSQL"
        )
    if not examination.registry["jobs"].is_embedded:
        yield Finding("workers share the SQLite file", "jobs.url", "jobs.url = thread:, or PostgreSQL")
    if (kind := file_system_of(Path(str(url.database)).parent)) in FROM_ELSEWHERE:
        yield Finding(
            f"the file is on {kind}, where locks cannot be relied upon", "database.url", "use a local disk"
        )


def file_system_of(folder: Path) -> str:
    """The kind of file system that a folder is on, "" where the system does not tell."""
    if not MOUNTS.is_file():
        return ""
    place, longest, kind = str(folder.resolve()), -1, ""
    for line in MOUNTS.read_text().splitlines():
        _device, mount, this, *_rest = line.split()
        mount = mount.replace("\\040", " ")
        if len(mount) >= longest and (place == mount or place.startswith(mount.rstrip("/") + "/")):
            longest, kind = len(mount), this
    return kind


def mail_is_sent(examination: Examination) -> Iterator[Finding]:
    """`log:` sends nothing."""
    if examination.settings["mail.url"].startswith("log:"):
        yield Finding("nothing is sent", "mail.url", "mail.url = smtp://USER:PASSWORD@HOST:587")


def processes_share(examination: Examination) -> Iterator[Finding]:
    """What is in the memory of one process, others do not know."""
    count = server_processes(examination)
    if count < 2:
        raise NotTried
    if examination.settings["cache.url"] == "memory:":
        yield Finding(
            f"{count} processes make everything each for itself", "cache.url", "cache.url = redis://HOST:PORT/0"
        )


def live_reaches_all(examination: Examination) -> Iterator[Finding]:
    """Rings of one process are heard by the live service."""
    settings, count = examination.settings, server_processes(examination)
    if settings["live.listen"] is None or (count < 2 and examination.registry["jobs"].is_embedded):
        raise NotTried
    if settings["live.url"] == "memory:":
        yield Finding("no process hears another", "live.url", "live.url = postgresql: or redis://HOST:PORT/0")


def files_are_not_served(examination: Examination) -> Iterator[Finding]:
    """The web server must not hand out what the site guards."""
    url = examination.settings["files.url"]
    if not url.startswith("file:"):
        raise NotTried
    folder = Path(unquote(urlsplit(url).path)).resolve()
    served = (*map(Path, WEB_ROOTS), Path(__file__).parent.parent / "static")
    if any(folder.is_relative_to(each) for each in served):
        yield Finding(
            "is where web servers hand out everything", str(folder), "files.url = file:///srv/myplatform/files"
        )


def reports_are_scrubbed(examination: Examination) -> Iterator[Finding]:
    """A canary does not come through."""
    if examination.settings["errors.sentry_dsn"] is None:
        raise NotTried
    report = {"message": f"password={CANARY}", "extra": {"api_key": CANARY, "url": f"smtp://us:{CANARY}@host"}}
    if CANARY in str(before_send(report, None)):
        yield Finding("a secret would be in a report of errors", "errors.sentry_dsn")


def silenced_checks_exist(examination: Examination) -> Iterator[Finding]:
    """An id that there is not silences nothing."""
    for name, _reason in examination.settings["check.silenced"] or ():
        if name not in examination.registry["checks"]:
            yield Finding("there is no such check", f"check.silenced {name}", "take its line out")


def needed(name: str, severity: Severity, title: str, run: Any, mend: str = "") -> Check:
    """A check that `check --production` runs besides those of the parts."""
    return Check(name, severity, title, run, PRODUCTION, mend)


CHECKS = (
    needed("PRD001", Severity.ERROR, "The site is in production", mode_is_production),
    needed("PRD002", Severity.ERROR, "Debugging is off", debugging_is_off),
    needed("PRD003", Severity.ERROR, "People come by https, so cookies are Secure and __Host-", people_come_by_https),
    needed("PRD004", Severity.WARNING, "Browsers remember https for a year", browsers_remember_https),
    needed("PRD005", Severity.ERROR, "Passwords and tokens cannot be guessed", secrets_are_secret),
    needed("PRD006", Severity.WARNING, "Others cannot read the INI file", others_cannot_read_the_file),
    needed(
        "PRD007",
        Severity.WARNING,
        "The web server before the site is named",
        proxies_are_named,
        "under [server:main]: trusted_proxy = 127.0.0.1, the address of the web server",
    ),
    needed("PRD008", Severity.ERROR, "SQLite has one process and a local disk", sqlite_has_one_process),
    needed("PRD016", Severity.WARNING, "Mail is sent", mail_is_sent),
    needed("PRD017", Severity.NOTE, "Processes share a cache", processes_share),
    needed("PRD018", Severity.ERROR, "The live service hears every process", live_reaches_all),
    needed("PRD020", Severity.ERROR, "Files are not where web servers hand out everything", files_are_not_served),
    needed(
        "PRD021",
        Severity.ERROR,
        "Reports of errors have no secrets",
        reports_are_scrubbed,
        "take errors.sentry_dsn out, and report this",
    ),
    needed("PRD022", Severity.NOTE, "Silenced checks exist", silenced_checks_exist),
)
