"""Mail servers for tests, on aiosmtpd."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote

import trustme

from .running import free_port


class MailServer:
    """A mail server that takes what a test lets it take. `url` has what `mail.url` needs to reach it.

    `answers` maps an address or a command ("MAIL", "DATA") to what is answered instead of taking it; `taken` has the
    messages, as (sender, recipients, bytes).
    """

    USER, PASSWORD = "intranet", "p@ss/word"

    def __init__(self, *, encryption: str = "none", knows_us: bool = False):
        from aiosmtpd.controller import Controller

        self.taken: list[tuple[str, list[str], bytes]] = []
        self.answers: dict[str, str] = {}
        self.delay = 0.0
        self.encryption, self.knows_us = encryption, knows_us
        options: dict[str, Any] = {"auth_require_tls": encryption == "starttls"}
        if knows_us:
            options["authenticator"] = self._authenticate
        context = None
        if encryption != "none":
            self.authority = trustme.CA()
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.authority.issue_cert("127.0.0.1").configure_cert(context)
            if encryption == "starttls":
                options |= {"tls_context": context, "require_starttls": True}
        self.port = free_port()
        implicit = context if encryption == "implicit" else None
        self._make = lambda: Controller(self, hostname="127.0.0.1", port=self.port, ssl_context=implicit, **options)
        self.controller = self._make()

    def url(self, folder: Path, *, password: str = PASSWORD) -> str:
        """What `mail.url` is; the certificate of the authority is kept in `folder`."""
        name = f"{self.USER}:{quote(password, safe='')}@" if self.knows_us else ""
        scheme = "smtps" if self.encryption == "implicit" else "smtp"
        if self.encryption == "none":
            return f"{scheme}://{name}127.0.0.1:{self.port}?tls=none"
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        return f"{scheme}://{name}127.0.0.1:{self.port}?ca={folder / 'ca.pem'}"

    def __enter__(self) -> MailServer:
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop(no_assert=True)

    def stop(self) -> None:
        """Be away until `start`."""
        self.controller.stop(no_assert=True)

    def start(self) -> None:
        """Listen at the same port again."""
        self.controller = self._make()
        self.controller.start()

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        from aiosmtpd.smtp import AuthResult

        is_right = (data.login, data.password) == (self.USER.encode(), self.PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Whether a sender is taken."""
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        if self.knows_us and not session.authenticated:
            return "530 sign in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Whether a recipient is taken."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Whether a message is taken."""
        await asyncio.sleep(self.delay)
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"
