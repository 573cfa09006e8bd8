"""Users, groups, members, sessions and tokens as pages show them, and the names of principals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from ..errors import Missing
from ..identity import SYSTEM_NAME
from ..languages import gettext as _
from ..languages import mark
from ..models import BrowserSession, Group, Membership, Token, User
from ..models.clock import database_now
from ..permissions import ADMINISTRATORS, PUBLIC, SIGNED_IN

TITLES = {
    SIGNED_IN: mark("Everyone signed in"),
    PUBLIC: mark("The public"),
    ADMINISTRATORS: mark("Administrators"),
    f"user:{SYSTEM_NAME}": mark("System"),
    SYSTEM_NAME: mark("System"),
}
"""Principals that are no rows."""


def user_named(db: Session, name: str) -> User:
    """The user, enabled or not. Raises `Missing`."""
    user = db.scalar(select(User).where(User.name == name))
    if user is None:
        raise Missing(_("There is no user %(name)s.", name=name))
    return user


def group_named(db: Session, name: str) -> Group:
    """The group. Raises `Missing`."""
    group = db.scalar(select(Group).where(Group.name == name))
    if group is None:
        raise Missing(_("There is no group %(name)s.", name=name))
    return group


def list_users(db: Session, *, words: str = "", after: str = "", limit: int = 100) -> Sequence[User]:
    """Users in the order of their names, beginning after the name `after`."""
    found = select(User).where(User.name > after).order_by(User.name).limit(limit)
    if words.strip():
        found = found.where(has_words(words, User.name, User.display_name, User.email))
    return db.scalars(found).all()


def list_groups(db: Session, *, words: str = "", after: str = "", limit: int = 100) -> Sequence[tuple[Group, int]]:
    """Groups in the order of their names, each with its number of direct members."""
    members = select(func.count()).where(Membership.group_id == Group.id).correlate(Group).scalar_subquery()
    found = select(Group, members).where(Group.name > after).order_by(Group.name).limit(limit)
    if words.strip():
        found = found.where(has_words(words, Group.name, Group.title))
    return [(group, count) for group, count in db.execute(found)]


def members_of(db: Session, group: Group) -> tuple[Sequence[User], Sequence[Group]]:
    """The users and the groups that are direct members."""
    in_users = select(Membership.user_id).where(Membership.group_id == group.id, Membership.user_id.is_not(None))
    in_groups = select(Membership.member_group_id).where(
        Membership.group_id == group.id, Membership.member_group_id.is_not(None)
    )
    users = db.scalars(select(User).where(User.id.in_(in_users)).order_by(User.display_name, User.id)).all()
    groups = db.scalars(select(Group).where(Group.id.in_(in_groups)).order_by(Group.title, Group.id)).all()
    return users, groups


def groups_with(db: Session, member: User | Group) -> Sequence[Group]:
    """The groups that the user or group is a direct member of."""
    column = Membership.user_id if isinstance(member, User) else Membership.member_group_id
    of_member = select(Membership.group_id).where(column == member.id)
    return db.scalars(select(Group).where(Group.id.in_(of_member)).order_by(Group.title, Group.id)).all()


def sessions_of(
    db: Session, user_id: int, *, idle_timeout: dt.timedelta, max_age: dt.timedelta
) -> Sequence[BrowserSession]:
    """The user's sessions that still run, the last used first."""
    return db.scalars(
        select(BrowserSession)
        .where(
            BrowserSession.user_id == user_id,
            BrowserSession.last_seen_at > database_now(-idle_timeout.total_seconds()),
            BrowserSession.created_at > database_now(-max_age.total_seconds()),
        )
        .order_by(BrowserSession.last_seen_at.desc(), BrowserSession.id.desc())
    ).all()


def tokens_of(db: Session, user_id: int) -> Sequence[Token]:
    """The user's tokens, expired ones too, the newest first."""
    return db.scalars(select(Token).where(Token.user_id == user_id).order_by(Token.id.desc())).all()


def list_tokens(db: Session, *, after: int | None = None, limit: int = 100) -> Sequence[tuple[Token, User]]:
    """Everybody's tokens with their users, the newest first, beginning after the id `after`."""
    found = select(Token, User).join(User, User.id == Token.user_id).order_by(Token.id.desc()).limit(limit)
    if after is not None:
        found = found.where(Token.id < after)
    return [(token, user) for token, user in db.execute(found)]


def principal_titles(db: Session, principals: Iterable[str]) -> dict[str, str]:
    """What to call each principal ("user:ada", "group:hr", "signed-in") or user's bare name; in one query.

    Those that are gone are called by their names.
    """
    wanted = set(principals)
    titles = {each: _(TITLES.get(each, "")) or each.partition(":")[2] or each for each in wanted}
    user_names = {each.removeprefix("user:") for each in wanted if each not in TITLES and not each.startswith("group:")}
    group_names = {each.removeprefix("group:") for each in wanted if each.startswith("group:")}
    if not user_names and not group_names:
        return titles
    rows = union_all(
        select(literal("user:").label("kind"), User.name, User.display_name).where(User.name.in_(user_names)),
        select(literal("group:").label("kind"), Group.name, Group.title).where(Group.name.in_(group_names)),
    )
    for kind, name, title in db.execute(rows):
        for principal in (f"{kind}{name}", name if kind == "user:" else ""):
            if principal in wanted and principal not in TITLES:
                titles[principal] = title
    return titles


def has_words(words: str, *columns: Any) -> ColumnElement[bool]:
    """Condition: each word is in one of the columns, whatever its case.

    SQLite only knows the case of ASCII letters, so that the usual spellings of other letters are tried.
    """
    condition: ColumnElement[bool] = literal(value=True)
    for word in words.split()[:10]:
        spellings = {word, word.lower(), word.capitalize(), word.upper()}
        condition &= or_(*(column.icontains(spelling, autoescape=True) for column in columns for spelling in spellings))
    return condition
