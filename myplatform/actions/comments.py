"""Saying something about a node. Whoever is signed in and can see a node can comment on it.

Authors mend and remove what they said; editors of the node can remove anything and resolve threads too.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import Session

from ..errors import Invalid, Missing, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..markup import internal_targets, normalise_target
from ..models import Comment, Mention, Node, OwnEntry, User, utc_now
from ..permissions import Permission
from ..queries.access import permissions_on
from ..queries.nodes import NodeRow, node_by_id
from .recording import record

COMMENTS, MENTIONS, NODES = Comment.__table__, Mention.__table__, Node.__table__
LONGEST = 10_000
"""Characters of a comment."""
MOST_NAMED = 50
"""People that one comment can name."""
NAMED = re.compile(r"(?<![\w@/])@([\w.-]{1,64})")


def add_comment(db: Session, node: NodeRow, body: str, *, by: Identity, thread_id: int | None = None) -> Row[Any]:
    """Say something about a node that the caller has seen to be visible, or answer in one of its threads.

    Answering opens a resolved thread again. Raises `Invalid` and, for a thread of another node, `Missing`.
    """
    _may_speak(by)
    body = _checked(body)
    if thread_id is not None:
        _open_thread(db, thread_id, node)
    row = {"node_id": node.id, "thread_id": thread_id, "author": by.name, "body": body, "created_at": utc_now()}
    made = db.execute(insert(COMMENTS).values(row).returning(*COMMENTS.c)).one()
    _mention(db, made.id, body, by)
    record(db, by=by, action="commented", node=node, values={"comment": (None, made.id)})
    return made


def _open_thread(db: Session, thread_id: int, node: NodeRow) -> None:
    """Let the thread be answered in; it stays until the answer stands. Raises `Missing`."""
    thread = _comment(db, thread_id)
    if thread.node_id != node.id or thread.thread_id is not None:
        raise Missing
    there = (COMMENTS.c.id == thread_id, COMMENTS.c.removed_at.is_(None))
    opened = update(COMMENTS).where(*there).values(resolved_at=None, resolved_by=None)
    if not db.execute(opened).rowcount:
        raise Missing  # somebody removed it at this moment


def edit_comment(db: Session, comment_id: int, body: str, *, by: Identity) -> Row[Any]:
    """Say it differently. Raises `Missing`, `NotAllowed` for anybody but the author, and `Invalid`."""
    comment, node, _held = _seen(db, comment_id, by)
    if comment.author != by.name:
        raise NotAllowed(_("Only who wrote a comment can change it."))
    body = _checked(body)
    if body == comment.body:
        return comment
    changed = update(COMMENTS).where(COMMENTS.c.id == comment_id).values(body=body, edited_at=utc_now())
    made = db.execute(changed.returning(*COMMENTS.c)).one()
    _mention(db, comment_id, body, by)
    record(db, by=by, action="comment-edited", node=node, values={"comment": (comment_id, comment_id)})
    return made


def remove_comment(db: Session, comment_id: int, *, by: Identity) -> NodeRow:
    """Take its words away; without answers it goes altogether. Returns the node. Raises `Missing` and `NotAllowed`."""
    comment, node, held = _seen(db, comment_id, by)
    if comment.author != by.name and Permission.EDIT not in held:
        raise NotAllowed(_("Only who wrote a comment, or who can edit here, can remove it."), Permission.EDIT)
    this = COMMENTS.c.id == comment_id
    # Whoever answers at this moment is waited for.
    db.execute(select(COMMENTS.c.id).where(this).with_for_update()).all()
    answered = db.execute(select(COMMENTS.c.id).where(COMMENTS.c.thread_id == comment_id).limit(1)).first()
    if answered is None:
        db.execute(delete(COMMENTS).where(this))
    else:
        db.execute(update(COMMENTS).where(this).values(body="", removed_at=utc_now()))
        db.execute(delete(MENTIONS).where(MENTIONS.c.comment_id == comment_id))
    record(db, by=by, action="comment-removed", node=node, values={"comment": (comment_id, None)})
    return node


def resolve_thread(db: Session, comment_id: int, *, by: Identity, resolved: bool = True) -> NodeRow:
    """Call a thread settled, or open it again. Returns the node. Raises `Missing` and `NotAllowed`."""
    comment, node, held = _seen(db, comment_id, by)
    if comment.thread_id is not None:
        raise Invalid.one("", _("Only a whole thread can be resolved, by its first comment."))
    if comment.author != by.name and Permission.EDIT not in held:
        raise NotAllowed(_("Only who began a thread, or who can edit here, can resolve it."), Permission.EDIT)
    if (comment.resolved_at is not None) != resolved:
        values = {"resolved_at": utc_now() if resolved else None, "resolved_by": by.name if resolved else None}
        db.execute(update(COMMENTS).where(COMMENTS.c.id == comment_id).values(values))
        action = "comment-resolved" if resolved else "comment-reopened"
        record(db, by=by, action=action, node=node, values={"comment": (comment_id, comment_id)})
    return node


def see_mention(db: Session, comment_id: int, *, by: Identity) -> None:
    """What named `by` waits for them no more. Raises `NotAllowed`."""
    _may_speak(by)
    mine = (MENTIONS.c.comment_id == comment_id, MENTIONS.c.user_id == by.user_id, MENTIONS.c.seen_at.is_(None))
    db.execute(update(MENTIONS).where(*mine).values(seen_at=utc_now()))


def _may_speak(by: Identity) -> None:
    if by.user_id is None:
        raise NotAllowed(_("Sign in to say something."))
    if not by.may_write:
        raise NotAllowed(_("The token lacks the scope “write”."))


def _checked(body: str) -> str:
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Invalid.one("body", _("is empty: write something"))
    if len(body) > LONGEST:
        message = _("can have %(most)s characters at most; it has %(count)s", most=LONGEST, count=len(body))
        raise Invalid.one("body", message)
    if "\0" in body:
        raise Invalid.one("body", _("must not contain null characters"))
    return body


def _comment(db: Session, comment_id: int) -> Row[Any]:
    found = db.execute(select(*COMMENTS.c).where(COMMENTS.c.id == comment_id)).one_or_none()
    if found is None or found.removed_at is not None:
        raise Missing
    return found


def _seen(db: Session, comment_id: int, by: Identity) -> tuple[Row[Any], NodeRow, frozenset[Permission]]:
    """The comment, its node, and what `by` may do there. Raises `Missing` where `by` may not see it."""
    _may_speak(by)
    comment = _comment(db, comment_id)
    node = node_by_id(db, comment.node_id)
    held = permissions_on(db, by, node)
    if Permission.VIEW not in held:
        raise Missing
    return comment, node, held


def _mention(db: Session, comment_id: int, body: str, by: Identity) -> None:
    """Note whom a comment names: by @name, or by a link to their entry of the directory."""
    names = {name.rstrip(".-").lower() for name in NAMED.findall(body)}
    targets = (normalise_target(each.target, "/") for each in internal_targets(body))
    entries = {target for target in targets if isinstance(target, int)}
    if not names and not entries:
        return
    linked = select(OwnEntry.user_id).where(OwnEntry.employee_id.in_(entries))
    named = User.name.in_(names) | User.id.in_(linked)
    known = select(MENTIONS.c.user_id).where(MENTIONS.c.comment_id == comment_id)
    wanted = select(User.id).where(named, User.disabled_at.is_(None), User.name != by.name, User.id.not_in(known))
    rows = [{"comment_id": comment_id, "user_id": each} for each in db.scalars(wanted.limit(MOST_NAMED))]
    if rows:
        db.execute(insert(MENTIONS), rows)
