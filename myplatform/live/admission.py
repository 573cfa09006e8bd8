"""Who is let in: by the address asked for, the page it was asked from, the secret shown, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.http11 import Request

from ..models import utc_now
from ..operators import has_operations_token
from ..schemes import cookie_prefix, declared_origin, prefix_of
from ..settings import Settings
from .reading import Who

PATH = "/-/live"
COOKIE = "myplatform"
RETRY_AFTER = 10
"""Seconds after which somebody who found no room should ask again."""


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """Why somebody is not let in, as status of the answer and words."""

    def __init__(self, status: HTTPStatus, words: str, retry_after: int = 0):
        super().__init__(words)
        self.status = status
        self.retry_after = retry_after


class Admission:
    """The rules of the door."""

    def __init__(self, settings: Settings, port: str | None):
        self._settings = settings
        self._site = declared_origin(settings)
        self._prefix = prefix_of(settings)
        self._port = port
        self._most = settings["live.max_sockets"]
        self._most_each = settings["live.max_sockets_per_user"]

    def credential(self, request: Request, count: int) -> dict[str, str | None]:
        """The secret of the session or token that the handshake shows. Raises `Refusal`.

        A browser sends its cookie whatever page asks it to, so with a cookie the page must be one of the site.
        """
        if not request.path.partition("?")[0].endswith(PATH):
            raise Refusal(HTTPStatus.NOT_FOUND, f"Sockets are at {PATH}.")
        if count >= self._most:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "There is no room for another socket.", RETRY_AFTER)
        authorization = request.headers.get("Authorization", "")
        if authorization[:7].lower() == "bearer ":
            return {"token": authorization[7:].strip(), "session": None}
        if not self._is_ours(request.headers.get("Origin", ""), request.headers.get("Host", "")):
            raise Refusal(HTTPStatus.FORBIDDEN, "Only pages of the site open a socket with its cookie.")
        secret = _cookie(request.headers.get_all("Cookie"), self._cookie_name())
        if secret is None:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Sign in first.")
        return {"session": secret, "token": None}

    def is_operator(self, request: Request) -> bool:
        """Whether it shows the operations token."""
        authorization = request.headers.get("Authorization", "")
        token = authorization[7:].strip() if authorization[:7].lower() == "bearer " else None
        return has_operations_token(token, self._settings)

    def _cookie_name(self) -> str:
        return cookie_prefix(https=self._site.startswith("https:"), path=self._prefix) + COOKIE

    def _is_ours(self, origin: str, host: str) -> bool:
        """Whether the page that asks is one of the site: at `site.url`, or at the same host and the site's port."""
        if self._site:
            return origin == self._site
        try:
            page, here = urlsplit(origin), urlsplit(f"//{host}")
            return (
                page.scheme in ("http", "https")
                and page.hostname == here.hostname
                and (self._port is None or str(page.port or "") == self._port)
            )
        except ValueError:
            return False

    def check(self, who: Who, open_sockets: Mapping[int | None, int]) -> None:
        """Raise `Refusal` where the secret is good for nothing, the site closed, or too many sockets open already."""
        identity, closed = who.identity, who.maintenance
        if identity is None:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "The session or token is not valid.")
        if closed is not None and not identity.is_admin:
            words = f"The site is closed for maintenance: {closed.reason}"
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, words, closed.seconds_left(utc_now()))
        if open_sockets.get(identity.user_id, 0) >= self._most_each:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "You have too many sockets open.", RETRY_AFTER)


def _cookie(headers: list[str], name: str) -> str | None:
    for part in "; ".join(headers).split(";"):
        key, _, value = part.strip().partition("=")
        if key == name and value:
            return value
    return None
