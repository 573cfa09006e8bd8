"""Who takes the mail of the site: one URL in the INI chooses; a message is taken, refused for good, or tried again."""

from __future__ import annotations

import logging
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from pyramid.config import Configurator

from ..settings import Settings
from . import Unavailable, open_part

log = logging.getLogger(__name__)


class MailRefused(Exception):  # noqa: N818 - an outcome, not a programming error
    """The message will not be taken however often it is sent; the text says why, for administrators."""


class Mail(Protocol):
    """Who takes mail; every implementation passes the same tests. `mail_messages.compose` makes messages."""

    def send(self, message: EmailMessage) -> None:
        """Hand over a message to one person; returns when it was taken.

        Raises `MailRefused` where trying again is of no use, and `Unavailable` where it is.
        """

    def probe(self) -> str:
        """Whether mail would be taken now, without sending any: who answers. Raises `Unavailable`."""


class LogMail:
    """Sends nothing: names each message in the log, and keeps it as a file where there is a folder."""

    def __init__(self, folder: Path | None = None):
        self.folder = folder

    def send(self, message: EmailMessage) -> None:
        """Name the message in the log, without its words: these may hold what only its reader should know."""
        content = message.as_bytes()
        if self.folder is not None:
            self._keep(content)
        log.info("mail to %s: %s (%d bytes, not sent)", message["To"], message["Subject"], len(content))

    def probe(self) -> str:
        """What becomes of messages."""
        if self.folder is None:
            return "the log; nothing is sent"
        self._keep(b"").unlink()
        return f"the folder {self.folder}; nothing is sent"

    def _keep(self, content: bytes) -> Path:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{uuid4()}.eml"
            path.write_bytes(content)
        except OSError as error:
            raise Unavailable(f"the folder of mail cannot be written: {error.strerror}") from error
        return path


def log_mail(url: str, _settings: Settings) -> LogMail:
    """The log, or the folder that a `log://` URL names."""
    path = unquote(urlsplit(url).path)
    return LogMail(Path(path) if path else None)


def includeme(config: Configurator) -> None:
    """`registry["mail"]`, the mail of `mail.url`."""
    config.registry["mail"] = open_part("mail", config.registry["settings"])
