"""Replaceable pieces of infrastructure: each is a protocol, and one URL in the INI chooses who keeps it."""

from __future__ import annotations

import hashlib
from pkgutil import resolve_name
from typing import Any

from sqlalchemy.engine import make_url

from ..errors import Unavailable
from ..settings import Settings, SettingsError
from ..settings.part_urls import scheme_of

__all__ = ["Unavailable", "open_part", "site_mark"]


def open_part(family: str, settings: Settings) -> Any:
    """The part that `FAMILY.url` names. Raises `SettingsError` where its packages are not installed."""
    url = settings[f"{family}.url"]
    scheme = scheme_of(family, url)
    try:
        opener = resolve_name(scheme.opener)
    except ImportError as error:
        missing = f"{scheme.name}: needs the package {error.name}, which is not installed"
        fix = f'pip install "myplatform[{scheme.extra}]"' if scheme.extra else ""
        problem = settings.problem(f"{family}.url", "CFG026", missing, fix)
        raise SettingsError([problem]) from None
    return opener(url, settings)


def site_mark(settings: Settings) -> str:
    """What keeps apart the keys, channels and queues of several sites on one server.

    All processes of a site have the same one, whatever names and passwords they show: it is made of where the site's
    database is and of the site's own address.
    """
    url = make_url(settings["database.url"])
    hosts = (url.query.get("host"), url.query.get("port"))  # of a socket in the file system, or of several servers
    told = (settings["site.url"], url.get_backend_name(), url.host, url.port, url.database, *hosts)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]
