"""Asking for access, and answering. Asking costs, answers and records the same whether there is anything or not."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from sqlalchemy import Row, ScalarSelect, func, select, update
from sqlalchemy.orm import Session

from ..errors import Invalid, NotAllowed, Throttled
from ..identity import Identity
from ..languages import gettext as _
from ..models import AccessRequest, is_live, utc_now
from ..models.node import LONGEST_PATH, NODES
from ..permissions import Permission, Role, Scope
from ..queries.nodes import node_by_id
from ..queries.requests import REQUESTS, asked_lately, request_waiting
from .inserting import insert_into
from .locking import lock_subtree
from .recording import record
from .sharing import Granted, granted_on, set_grants

DAY = dt.timedelta(days=1)
LONGEST_MESSAGE = 1000
ASKED_FOR = (Permission.VIEW, Permission.ADD, Permission.EDIT, Permission.TRASH, Permission.SHARE, Permission.PURGE)
_PERMALINK = re.compile(r"/-/id/([0-9]{1,18})", re.ASCII)


def ask_for_access(
    db: Session, path: str, *, by: Identity, message: str = "", permission: str = Permission.VIEW, per_day: int
) -> None:
    """Ask those who may share what stands at an address for a permission there; asking again replaces the message.

    Nothing tells whether there is anything. Raises `Invalid`, `Throttled` after `per_day` addresses in a day.
    """
    if by.user_id is None or by.seen_as is not None:
        raise NotAllowed(_("Only somebody who is signed in can ask for access."))
    if by.scopes is not None and Scope.WRITE not in by.scopes:
        raise NotAllowed(_("A token needs the scope write to ask for access."))
    path, message = _checked(path, message, permission)
    if asked_lately(db, by.user_id, utc_now() - DAY) >= per_day:
        raise Throttled(_("You have asked for a lot today. Go on tomorrow."), int(DAY.total_seconds()))
    asked = {"message": message, "permission": permission, "asked_at": utc_now(), "node_id": _standing_at(path)}
    statement = insert_into(db, AccessRequest).values(user_id=by.user_id, path=path, **asked)
    is_same = {"index_elements": ["user_id", "path"], "index_where": REQUESTS.c.answered_at.is_(None)}
    db.execute(statement.on_conflict_do_update(**is_same, set_=asked))
    values = {"path": (None, path), "permission": (None, str(permission)), "message": (None, message)}
    record(db, by=by, action="access-requested", subject=f"user:{by.name}", values=values)


def grant_request(
    db: Session, request_id: int, role: str, *, by: Identity, reply: str = ""
) -> tuple[Row[Any], int | None]:
    """Give the asker a role on the place; returns the request and the change, if sharing changed by it.

    Raises `Missing` for a request that does not wait for `by`, and what `set_grants` raises.
    """
    asked = request_waiting(db, by, request_id)
    node = lock_subtree(db, node_by_id(db, asked.node_id))  # or what others change meanwhile would be written over
    principal = f"user:{asked.user_name}"
    kept = [grant for grant in granted_on(db, node.id) if grant.principal != principal]
    grants = [*kept, Granted(principal, role)]
    _node, change = set_grants(db, node, grants, inherits=node.inherits, by=by)
    _answer(db, asked, by=by, role=Role(role), reply=reply)
    return asked, change


def decline_request(db: Session, request_id: int, *, by: Identity, reply: str = "") -> Row[Any]:
    """Say no. Raises `Missing` for a request that does not wait for `by`."""
    asked = request_waiting(db, by, request_id)
    _answer(db, asked, by=by, role=None, reply=reply)
    return asked


def _answer(db: Session, asked: Row[Any], *, by: Identity, role: Role | None, reply: str) -> None:
    """Close all that the same person asked for at the same place."""
    reply = reply.strip()
    if len(reply) > LONGEST_MESSAGE:
        raise Invalid.one("reply", _("can have at most %(n)s characters", n=LONGEST_MESSAGE))
    answer = {"answered_at": utc_now(), "answered_by": by.name, "role": role, "reply": reply}
    same = (REQUESTS.c.user_id == asked.user_id, REQUESTS.c.node_id == asked.node_id, REQUESTS.c.answered_at.is_(None))
    db.execute(update(AccessRequest).where(*same).values(**answer))
    values = {"path": (None, asked.node_path), "role": (None, role), "reply": (None, reply)}
    action = "access-granted" if role is not None else "access-declined"
    record(db, by=by, action=action, subject=f"user:{asked.user_name}", values=values)


def _checked(path: str, message: str, permission: str) -> tuple[str, str]:
    path = unicodedata.normalize("NFC", path.strip())
    too_long = len(path.encode(errors="replace")) > LONGEST_PATH
    if not path.startswith("/") or too_long or "\0" in path:
        raise Invalid.one("path", _("must be an address on this site, such as /handbook"))
    message = message.strip()
    if len(message) > LONGEST_MESSAGE:
        raise Invalid.one("message", _("can have at most %(n)s characters", n=LONGEST_MESSAGE))
    if permission not in ASKED_FOR:
        raise Invalid.one("permission", _("must be one of %(names)s", names=", ".join(ASKED_FOR)))
    return path if path == "/" else path.rstrip("/"), message


def _standing_at(path: str) -> ScalarSelect[int]:
    """The id of the live node at the address, found by the statement that keeps the request."""
    link = _PERMALINK.fullmatch(path)
    place = NODES.c.id == int(link[1]) if link else NODES.c.path == path
    return select(func.max(NODES.c.id)).where(place, is_live()).scalar_subquery()
