"""Kinds of setting values: how the text of an INI file becomes a Python value, and back into text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
POSTGRESQL = "postgresql+psycopg"


class UnfitError(ValueError):
    """A text that is no value of its kind; `message` and `fix` are "" where the kind's own words suffice."""

    def __init__(self, message: str = "", fix: str = ""):
        super().__init__(message)
        self.message = message
        self.fix = fix


@dataclass(frozen=True)
class Kind:
    """One kind of value: `parse` raises `UnfitError`, whose stable id is `code`."""

    name: str
    accepted: str
    code: str
    type: type
    parse: Callable[[str], Any]
    render: Callable[[Any], str] = str
    unit: str = ""


def _text(text: str) -> str:
    if not text.strip():
        raise UnfitError()
    return text.strip()


def _boolean(text: str) -> bool:
    if text in ("true", "false"):
        return text == "true"
    words = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
    raise UnfitError(fix=words.get(text.lower(), text.lower() if text.lower() in ("true", "false") else ""))


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        grouped = re.fullmatch(r"[0-9]{1,3}([_,. '][0-9]{3})+", text)
        raise UnfitError(fix=re.sub(r"[_,. ']", "", text) if grouped else "")
    return int(text)


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if not match:
        raise UnfitError(fix=f"{text}s" if re.fullmatch(r"[0-9]{1,9}", text) else "")
    return timedelta(seconds=int(match[1]) * SECONDS[match[2]])


def render_duration(value: timedelta) -> str:
    """The shortest text of a duration in whole units, as in `90d`."""
    seconds = int(value.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % SECONDS[unit] == 0 and (seconds or unit == "s"))
    return f"{seconds // SECONDS[unit]}{unit}"


def _size(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,9})(B|KiB|MiB|GiB)", text)
    if not match:
        loose = re.fullmatch(r"([0-9]{1,9}) ?([kmg]?)i?b?", text.lower())
        raise UnfitError(fix=loose[1] + (f"{loose[2].upper()}iB" if loose[2] else "B") if loose else "")
    return int(match[1]) * BYTES[match[2]]


def render_size(value: int) -> str:
    """The shortest text of a number of bytes in whole units, as in `10MiB`."""
    unit = next(
        unit for unit in ("GiB", "MiB", "KiB", "B") if value % BYTES[unit] == 0 and (value or unit == "B")
    )
    return f"{value // BYTES[unit]}{unit}"


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        bare = re.fullmatch(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})", text)
        digits = bare[1] if bare else ""
        raise UnfitError(
            fix="#" + (digits if len(digits) == 6 else "".join(d * 2 for d in digits)) if bare else ""
        )
    return text.lower()


def _time_zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (LookupError, ValueError, OSError):
        close = difflib.get_close_matches(text, available_timezones(), n=1)
        raise UnfitError(fix=close[0] if close else "") from None


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise UnfitError(fix=text.replace("_", "-").split(".")[0] if "_" in text else "")
    return text


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def url_parts(text: str) -> Any:
    """The split URL; a port or bracket that makes no sense is unfit."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        hint = "characters such as / : @ # in a password are written %2F %3A %40 %23"
        raise UnfitError(f"the port is no number, or the host is none; {hint}") from None
    return parts


def _web_url(text: str) -> str:
    parts = url_parts(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnfitError(
            fix=f"https://{text}" if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?", text) else ""
        )
    if parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise UnfitError(
            "only scheme, host and port belong here", f"{parts.scheme}://{parts.netloc.split('@')[-1]}"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _site_url(text: str) -> str:
    parts = url_parts(text)
    path = parts.path.rstrip("/")
    if parts.hostname and (parts.username or parts.query or parts.fragment):
        bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"
        raise UnfitError("only scheme, host, port and path belong here", bare)
    if parts.hostname and path and not re.fullmatch(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)+", path):
        raise UnfitError("the path below which the site lies has letters, digits, dots and dashes between its slashes")
    if not parts.hostname or not text.endswith(parts.path):
        return _web_url(text)
    return _web_url(text.removesuffix(parts.path)) + path


def _database_url(text: str) -> str:
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite":
        return f"sqlite:///{absolute(rest.removeprefix('/'), 'sqlite:///')}"
    if scheme in ("postgresql", "postgres", POSTGRESQL):
        parts = url_parts(text)
        if not parts.path.strip("/"):
            raise UnfitError("the name of the database is missing after the host")
        if parts.fragment or "@" in parts.path or parts.netloc.count("@") > 1:
            raise UnfitError("characters such as / : @ # in a name or password are written %2F %3A %40 %23")
        return f"{POSTGRESQL}://{rest}"
    if scheme.startswith("postgresql+"):
        raise UnfitError(
            f"the driver here is psycopg, not '{scheme.partition('+')[2]}'", f"{POSTGRESQL}://{rest}"
        )
    raise UnfitError()


def _replica_urls(text: str) -> tuple[str, ...]:
    urls = () if text == "none" else tuple(_database_url(each) for each in text.split())
    if (not urls and text != "none") or any(not url.startswith(POSTGRESQL) for url in urls):
        raise UnfitError()
    return urls


def absolute(path: str, scheme: str) -> str:
    """A path that means the same wherever the program is started."""
    path = path.partition("?")[0] if path.startswith("/") else path
    if not path or path == ":memory:":
        raise UnfitError("a path is missing; nothing would be kept")
    if not (path.startswith("/") or re.match(r"[A-Za-z]:[\\/]", path)):
        raise UnfitError(
            f"the path '{path}' is relative to where the program starts", f"{scheme}%(here)s/{path}"
        )
    return path


def choice(*options: str) -> Kind:
    """One of a few words."""

    def parse(text: str) -> str:
        if text not in options:
            close = difflib.get_close_matches(text.lower(), options, n=1)
            raise UnfitError(fix=close[0] if close else "")
        return text

    return Kind("choice", "one of " + ", ".join(options), "CFG016", str, parse)


def words(*options: str) -> Kind:
    """Any number of a few words, separated by commas, spaces or lines; `none` stands for no word at all."""

    def parse(text: str) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(filter(None, re.split(r"[\s,]+", text))))
        if given == ("none",):
            return ()
        for word in given:
            if word not in options:
                close = difflib.get_close_matches(word.lower(), options, n=1)
                raise UnfitError(fix=text.replace(word, close[0]) if close else "")
        return given

    accepted = f"none, or any of {', '.join(options)}"
    return Kind("words", accepted, "CFG025", tuple, parse, lambda value: ", ".join(value) or "none")


TEXT = Kind("text", "some text", "CFG010", str, _text)
INTEGER = Kind("integer", "a whole number", "CFG011", int, _integer)
DURATION = Kind(
    "duration",
    "a number with s, m, h or d, as in 30m",
    "CFG012",
    timedelta,
    _duration,
    render_duration,
    "s m h d",
)
SIZE = Kind(
    "size",
    "a number with B, KiB, MiB or GiB, as in 10MiB",
    "CFG013",
    int,
    _size,
    render_size,
    "B KiB MiB GiB",
)
BOOLEAN = Kind(
    "boolean", "true or false", "CFG014", bool, _boolean, lambda value: "true" if value else "false"
)
COLOUR = Kind("colour", "a colour as #rrggbb", "CFG015", str, _colour)
WEB_URL = Kind("web address", "a URL as https://HOST", "CFG017", str, _web_url)
SITE_URL = Kind("site address", "a URL as https://HOST or https://HOST/PATH", "CFG017", str, _site_url)
DATABASE_URL = Kind(
    "database URL",
    "sqlite:////ABSOLUTE/FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE",
    "CFG018",
    str,
    _database_url,
)
DATABASE_URLS = Kind(
    "database URLs",
    f"none, or {POSTGRESQL}://USER:PASSWORD@HOST/DATABASE, one a line",
    "CFG044",
    tuple,
    _replica_urls,
    lambda value: "\n".join(value) or "none",
)
TIME_ZONE = Kind("time zone", "a time zone as Europe/Berlin", "CFG020", str, _time_zone)
LANGUAGE = Kind("language", "a language tag as en or de-AT", "CFG021", str, _language)
WORDS = Kind("list", "words separated by spaces or lines", "CFG022", tuple, _words, "\n".join)
