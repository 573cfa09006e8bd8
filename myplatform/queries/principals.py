"""Finding users and groups by what people type: for sharing, and for members of groups."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from ..collation import sort_key
from ..errors import Invalid
from ..identity import Identity
from ..languages import gettext as _
from ..languages import ngettext
from ..models import EffectiveGrant, Group, Membership, User
from ..permissions import PUBLIC, SIGNED_IN, Permission, roles_with
from .accounts import TITLES, has_words

EVERYBODY = {TITLES[principal].lower(): principal for principal in (SIGNED_IN, PUBLIC)} | {
    principal: principal for principal in (SIGNED_IN, PUBLIC)
}
CONSIDERED = 100
_SUGGESTED = re.compile(r".*\((?P<group>group )?(?P<name>[^()]+)\)")


class Principal(NamedTuple):
    """Somebody or some group; `suggestion` is a text that `find_principal` understands without doubt."""

    principal: str
    title: str
    suggestion: str


def search_principals(db: Session, words: str, *, limit: int = 20) -> list[Principal]:
    """Enabled users and groups whose name, title or e-mail address has all the words, groups first."""
    found_groups = select(Group).where(has_words(words, Group.name, Group.title)).order_by(Group.title).limit(limit)
    found_users = (
        select(User)
        .where(User.disabled_at.is_(None), has_words(words, User.name, User.display_name, User.email))
        .order_by(User.display_name, User.id)
        .limit(limit)
    )
    groups = [_of_group(each) for each in db.scalars(found_groups)]
    return [*groups, *(_of_user(each) for each in db.scalars(found_users))][:limit]


class PrincipalHit(NamedTuple):
    """Somebody or some group for a form that offers them as one types; `kind` is "user" or "group"."""

    principal: str
    title: str
    summary: str
    kind: str


def may_search_principals(db: Session, asker: Identity) -> bool:
    """Whether the asker may share somewhere, and so may learn who there is. One indexed look-up."""
    if not asker.scope_allows(Permission.SHARE):
        return False
    roles = [role.value for role in roles_with(Permission.SHARE)]
    grants = select(EffectiveGrant.access_id).where(
        EffectiveGrant.principal.in_(asker.principals), EffectiveGrant.role.in_(roles)
    )
    return db.execute(grants.limit(1)).first() is not None


def principals_called(db: Session, words: str, *, limit: int = 8) -> list[PrincipalHit]:
    """Enabled users and groups that have all the words: whole names first, then beginnings, then the rest.

    The summary of a user is the name with which they sign in, that of a group how many members it has.
    """
    members = select(func.count()).where(Membership.group_id == Group.id).correlate(Group).scalar_subquery()
    groups = select(literal("group").label("kind"), Group.name, Group.title.label("title"), members.label("members"))
    users = select(literal("user"), User.name, User.display_name, literal(0)).where(User.disabled_at.is_(None))
    groups = groups.where(has_words(words, Group.name, Group.title)).order_by(Group.title, Group.id).limit(CONSIDERED)
    users = users.where(has_words(words, User.name, User.display_name, User.email))
    users = users.order_by(User.display_name, User.id).limit(CONSIDERED)
    rows = db.execute(union_all(select(groups.subquery()), select(users.subquery())))
    best = sorted(rows, key=lambda row: (_distance(words, row), row.kind, sort_key(row.title), row.name))
    return [_hit(row) for row in best[:limit]]


def _distance(words: str, row: Any) -> int:
    typed, names = sort_key(words), (sort_key(row.title), row.name)
    return 0 if typed in names else 1 if any(name.startswith(typed) for name in names) else 2


def _hit(row: Any) -> PrincipalHit:
    count = row.members
    about = row.name if row.kind == "user" else ngettext("%(n)s member", "%(n)s members", count)
    return PrincipalHit(f"{row.kind}:{row.name}", row.title, about, row.kind)


def find_principal(db: Session, typed: str, *, field: str, everybody: bool = False) -> str:
    """The principal that a person means: a suggestion, a name, a title or an e-mail address. Raises `Invalid`.

    With `everybody`, "signed-in" and "public" and their titles are understood too.
    """
    text = typed.strip()
    if not text:
        raise Invalid.one(field, _("is required; write a name, an e-mail address or a group"))
    if everybody and text.lower() in EVERYBODY:
        return EVERYBODY[text.lower()]
    found = _called(db, text)
    if not found:
        raise Invalid.one(field, _("nobody and no group is called %(text)r", text=text))
    if len(found) > 1:
        which = " / ".join(sorted(each.suggestion for each in found)[:5])
        raise Invalid.one(field, _("several are called %(text)r; write %(which)s", text=text, which=which))
    return found[0].principal


def _called(db: Session, text: str) -> list[Principal]:
    """Whoever is meant, the surest reading first; several where the text does not tell."""
    if suggested := _SUGGESTED.fullmatch(text):
        text = f"{'group' if suggested['group'] else 'user'}:{suggested['name']}"
    kind, _, name = text.partition(":")
    lowered = text.lower()
    if kind in ("user", "group") and name:
        users, groups = (
            (User.name == name if kind == "user" else False),
            (Group.name == name if kind == "group" else False),
        )
    else:
        users = or_(User.name == lowered, User.email == lowered, func.lower(User.display_name) == lowered)
        users = or_(users, User.display_name == text)
        groups = or_(Group.name == lowered, func.lower(Group.title) == lowered, Group.title == text)
    found = [_of_user(each) for each in db.scalars(select(User).where(users, User.disabled_at.is_(None)).limit(10))]
    found += [_of_group(each) for each in db.scalars(select(Group).where(groups).limit(10))]
    exact = [each for each in found if each.principal.partition(":")[2] == lowered]
    return exact or found


def _of_user(user: User) -> Principal:
    return Principal(f"user:{user.name}", user.display_name, f"{user.display_name} ({user.name})")


def _of_group(group: Group) -> Principal:
    return Principal(f"group:{group.name}", group.title, f"{group.title} (group {group.name})")
