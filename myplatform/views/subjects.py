"""What views of one subject, written as a class, ask with."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from ..models import User
from ..queries.accounts import user_named


class Subject:
    """The views of one subject; each request makes one."""

    def __init__(self, request: Request):
        self.request = request
        self.db = request.db
        self.by = request.identity
        self.settings: Any = request.registry["settings"]


class SubjectOfUser(Subject):
    """The same, of the user whom the URL names."""

    @property
    def user(self) -> User:
        """Raises `Missing`."""
        return user_named(self.db, self.request.matchdict["name"])
