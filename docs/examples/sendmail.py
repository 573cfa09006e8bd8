"""Mail through the `sendmail` program of this machine: a part of one's own.

Enable it in the INI file, with this folder on Python's path:

    pyramid.includes = sendmail
    mail.url = sendmail:///usr/sbin/sendmail
"""

import subprocess
from email.message import EmailMessage
from pathlib import Path

from pyramid.config import Configurator

from myplatform.parts import Unavailable
from myplatform.parts.mail import MailRefused
from myplatform.settings import Settings
from myplatform.settings.kinds import UnfitError
from myplatform.settings.part_urls import Scheme, offer

TRY_AGAIN = 75
"""The exit code EX_TEMPFAIL of programs that take mail."""


class Sendmail:
    """Hands each message to a program, which takes it or ends with an exit code that says why not."""

    def __init__(self, program: Path, seconds: float):
        self.program, self.seconds = program, seconds

    def send(self, message: EmailMessage) -> None:
        """Hand over a message to the people in its headers."""
        self._run(["-i", "-t"], message.as_bytes())

    def probe(self) -> str:
        """Whether the program can be started."""
        self._run(["-bv", "postmaster"], b"")
        return str(self.program)

    def _run(self, arguments: list[str], content: bytes) -> None:
        try:
            ended = subprocess.run(  # noqa: S603 - the program of the INI file, and no word of the message
                [self.program, *arguments], input=content, capture_output=True, timeout=self.seconds, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{self.program} takes no mail: {error}") from error
        said = ended.stderr.decode(errors="replace").strip()
        if ended.returncode == TRY_AGAIN:
            raise Unavailable(f"{self.program} asks to try again later: {said}")
        if ended.returncode:
            raise MailRefused(f"{self.program} refuses: {said}")


def check(url: str) -> str:
    """The URL as it is kept."""
    if not url.startswith("sendmail:///"):
        raise UnfitError("the program is named by its whole path", "sendmail:///usr/sbin/sendmail")
    return url


def open_sendmail(url: str, settings: Settings) -> Sendmail:
    """The part that a `sendmail:` URL names; called at the start."""
    return Sendmail(Path(url.removeprefix("sendmail://")), settings["mail.timeout"].total_seconds())


offer("mail", Scheme("sendmail", "sendmail:open_sendmail", "sendmail:///PROGRAM", check))


def includeme(config: Configurator) -> None:
    """Importing this module has offered the scheme; there is nothing more to do."""
