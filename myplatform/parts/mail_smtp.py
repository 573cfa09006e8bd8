"""Mail by SMTP: encrypted, certificate checked, one connection a message."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from ..settings import Settings
from . import Unavailable
from .mail import MailRefused

PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpMail:
    """A mail server. `sender` is the address that it must let us send as; `timeout` is in seconds, for each step."""

    host: str
    port: int
    sender: str
    timeout: float
    encryption: str
    """"implicit", "starttls" or "none"."""
    user: str = ""
    password: str = ""
    authorities: str | None = None

    def __repr__(self) -> str:
        return f"<SmtpMail {self.host}:{self.port}>"

    def send(self, message: EmailMessage) -> None:
        """Hand over a message to one person."""
        try:
            with self._connected() as server:
                refused = server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _outcome(*max(error.recipients.values())) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(f"{self.host}: {error}") from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _outcome(error.smtp_code, error.smtp_error) from error
        if refused:  # some got it: sending to all again would give it to these twice
            raise MailRefused(f"refused for {', '.join(refused)}")

    def probe(self) -> str:
        """Connect, sign in and ask whether we may send as `sender`; nothing is sent."""
        with self._connected() as server:
            try:
                code, answer = server.mail(self.sender)
                server.rset()
            except (smtplib.SMTPException, OSError) as error:
                raise self._down(error) from error
            if code != 250:
                raise Unavailable(f"{self.host} does not let us send as {self.sender}: {_words(answer)}")
            return f"{self.host}:{self.port} ({_words(server.ehlo_resp).partition(' ')[0]})"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A server that knows us. What goes wrong on the way is temporary: somebody can mend it."""
        server = None
        try:
            server = self._opened()
            if self.user:
                server.login(self.user, self.password)
            else:
                server.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError) as error:
            _close(server)
            raise self._down(error) from error
        try:
            yield server
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
                raise
            raise self._down(error) from error
        finally:
            _close(server)

    def _opened(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=self.authorities)
        if self.encryption == "implicit":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        if self.encryption == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    def _down(self, error: Exception) -> Unavailable:
        reason = _words(error.smtp_error) if isinstance(error, smtplib.SMTPResponseException) else str(error)
        return Unavailable(f"the mail server {self.host}:{self.port} does not take mail: {reason}")


def _close(server: smtplib.SMTP | None) -> None:
    """Say good-bye; a message that was taken stays taken if nobody answers."""
    if server is not None:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _outcome(code: int, answer: bytes | str) -> Exception:
    """What a refusal means: from 500 on it is for good."""
    words = f"{code} {_words(answer)}"
    return MailRefused(words) if code >= 500 else Unavailable(f"the mail server asks to try again later: {words}")


def _words(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer or "")
    return " ".join(text.split())


def smtp_mail(url: str, settings: Settings) -> SmtpMail:
    """The mail server of an `smtp://` or `smtps://` URL."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    return SmtpMail(
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        sender=parseaddr(settings["mail.from"])[1],
        timeout=settings["mail.timeout"].total_seconds(),
        encryption="implicit" if parts.scheme == "smtps" else options.get("tls", ["starttls"])[0],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        authorities=options.get("ca", [None])[0],
    )
