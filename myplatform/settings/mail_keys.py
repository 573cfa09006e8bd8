"""The keys about mail: who takes it, and whom it comes from."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import parse_qsl

from .kinds import DURATION, Kind, UnfitError, absolute, url_parts
from .part_urls import Scheme, offer, part_url
from .setting import Setting

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _log_url(url: str) -> str:
    """`log:` alone, or with a folder that keeps every message."""
    rest = url.removeprefix("log:")
    return f"log://{absolute(rest.removeprefix('//'), 'log://')}" if rest else url


def _smtp_url(url: str) -> str:
    """A server with its port, if wanted a name and password, and how it is encrypted."""
    parts = url_parts(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    is_encrypted = parts.scheme == "smtps"
    if not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise UnfitError()
    if unknown := options.keys() - ({"ca"} if is_encrypted else {"ca", "tls"}):
        raise UnfitError(f"'{min(unknown)}' is no option here")
    if options.get("tls", "starttls") not in ("starttls", "none"):
        raise UnfitError("tls is starttls or none")
    if "ca" in options:
        absolute(options["ca"], "/")
    if (parts.username is None) != (parts.password is None):
        raise UnfitError("a name needs its password, as in smtp://NAME:PASSWORD@HOST:587")
    if parts.password and options.get("tls") == "none" and parts.hostname not in LOOPBACK:
        raise UnfitError("without tls the password would be readable on the network")
    return url


offer(
    "mail",
    Scheme("log", "myplatform.parts.mail:log_mail", "log: or log:///ABSOLUTE/FOLDER", _log_url),
    Scheme("smtp", "myplatform.parts.mail_smtp:smtp_mail", "smtp://USER:PASSWORD@HOST:587", _smtp_url),
    Scheme("smtps", "myplatform.parts.mail_smtp:smtp_mail", "smtps://USER:PASSWORD@HOST:465", _smtp_url),
)


def _mailbox(text: str) -> str:
    name, address = parseaddr(text)
    try:
        return str(Address(display_name=name, addr_spec=address)) if "@" in address else _unfit(text)
    except (ValueError, IndexError, HeaderParseError):
        return _unfit(text)


def _unfit(text: str) -> str:
    raise UnfitError(fix=f"{text} <intranet@example.com>" if text and not set(text) & set("<>@,\r\n") else "")


MAILBOX = Kind(
    "mailbox", "an address as intranet@example.com or Intranet <intranet@example.com>", "CFG051", str, _mailbox
)

MAIL: tuple[Setting, ...] = (
    Setting(
        "mail.url",
        part_url("mail", "CFG049"),
        "log:",
        "Who takes the mail of the site: the log, which sends nothing, or a mail server.",
        "smtp://intranet:${SMTP_PASSWORD}@mail.example.com:587",
        secret=True,
    ),
    Setting(
        "mail.from",
        MAILBOX,
        None,
        "Whom the mail of the site comes from; the mail server must let it send as this.",
        "Intranet <intranet@example.com>",
    ),
    Setting(
        "mail.timeout",
        DURATION,
        "10s",
        "How long a mail server may take for each step before the message is tried again later.",
        "30s",
        at_least="1s",
        at_most="5m",
    ),
)
