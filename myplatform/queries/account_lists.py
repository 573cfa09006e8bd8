"""Users, groups and tokens as collections with the list grammar, each row as the mapping that REST answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ..fields import DateTime, Email, Integer, Text, YesNo
from ..models import Group, Membership, Token, User
from .accounts import has_words
from .listing import Collection, Column, Listing, Page
from .paging import page_of

USER_ROWS = User.__table__
GROUP_ROWS = Group.__table__
TOKEN_ROWS = Token.__table__


USERS = Collection.of(
    Column.named("id", USER_ROWS.c.id, Integer("Id")),
    Column.named("name", USER_ROWS.c.name, Text("Name")),
    Column.named("display_name", USER_ROWS.c.display_name, Text("Display name")),
    Column.named("email", USER_ROWS.c.email, Email("E-mail"), nullable=True),
    Column.named("is_admin", USER_ROWS.c.is_admin, YesNo("Administrator")),
    Column.named("enabled", USER_ROWS.c.disabled_at.is_(None), YesNo("Enabled")),
    Column.named("created", USER_ROWS.c.created_at, DateTime("Created")),
    sort=(("name", False),),
)

_MEMBERS = (
    select(func.count())
    .select_from(Membership.__table__)
    .where(Membership.__table__.c.group_id == GROUP_ROWS.c.id)
    .correlate(GROUP_ROWS)
    .scalar_subquery()
)
GROUPS = Collection.of(
    Column.named("id", GROUP_ROWS.c.id, Integer("Id")),
    Column.named("name", GROUP_ROWS.c.name, Text("Name")),
    Column.named("title", GROUP_ROWS.c.title, Text("Title")),
    Column.named("member_count", _MEMBERS, Integer("Direct members")),
    Column.named("created", GROUP_ROWS.c.created_at, DateTime("Created")),
    sort=(("name", False),),
)
TOKENS = Collection.of(
    Column.named("id", TOKEN_ROWS.c.id, Integer("Id")),
    Column.named("name", TOKEN_ROWS.c.name, Text("Name")),
    Column.named("user", USER_ROWS.c.name, Text("User")),
    Column.named("prefix", TOKEN_ROWS.c.prefix, Text("First characters")),
    Column.named("scopes", TOKEN_ROWS.c.scopes, Text("Scopes")),
    Column.named("created", TOKEN_ROWS.c.created_at, DateTime("Created")),
    Column.named("expires", TOKEN_ROWS.c.expires_at, DateTime("Expires"), nullable=True),
    Column.named("last_used", TOKEN_ROWS.c.last_used_at, DateTime("Last used"), nullable=True),
    sort=(("id", True),),
)


def users_page(db: Session, listing: Listing) -> Page:
    """One page of the users, enabled or not."""
    statement = _answered(USERS, listing).select_from(USER_ROWS)
    if listing.words:
        words = has_words(listing.words, USER_ROWS.c.name, USER_ROWS.c.display_name, USER_ROWS.c.email)
        statement = statement.where(words)
    return _page(db, USERS, listing, statement)


def groups_page(db: Session, listing: Listing) -> Page:
    """One page of the groups."""
    statement = _answered(GROUPS, listing).select_from(GROUP_ROWS)
    if listing.words:
        statement = statement.where(has_words(listing.words, GROUP_ROWS.c.name, GROUP_ROWS.c.title))
    return _page(db, GROUPS, listing, statement)


def tokens_page(db: Session, listing: Listing, *, user_id: int | None) -> Page:
    """One page of the tokens of one user, or of all where that is None."""
    joined = TOKEN_ROWS.join(USER_ROWS, USER_ROWS.c.id == TOKEN_ROWS.c.user_id)
    statement = _answered(TOKENS, listing).select_from(joined)
    if user_id is not None:
        statement = statement.where(TOKEN_ROWS.c.user_id == user_id)
    if listing.words:
        statement = statement.where(has_words(listing.words, TOKEN_ROWS.c.name, USER_ROWS.c.name))
    return _page(db, TOKENS, listing, statement)


def _names(collection: Collection, listing: Listing) -> list[str]:
    return list(collection.columns if listing.fields is None else dict.fromkeys(("id", *listing.fields)))


def _answered(collection: Collection, listing: Listing) -> Select[Any]:
    return select(*(collection.columns[name].value.label(name) for name in _names(collection, listing)))


def _page(db: Session, collection: Collection, listing: Listing, statement: Select[Any]) -> Page:
    page = page_of(db, statement, collection, listing)
    names = _names(collection, listing)
    return Page([dict(zip(names, row, strict=False)) for row in page.rows], page.next_cursor, page.total)
