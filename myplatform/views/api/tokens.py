"""Tokens of programs: the caller's own, or everybody's for administrators."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pyramid.request import Request
from pyramid.response import Response

from ...actions.account_checks import may_administer
from ...actions.tokens import create_token, revoke_token
from ...errors import Invalid, Missing, NotAllowed
from ...identity import Identity
from ...models import User
from ...permissions import Permission, Scope
from ...queries.account_lists import TOKENS, tokens_page
from ...queries.accounts import user_named
from ...queries.listing import parse
from ...resources import id_in_url
from .answers import NO_CONTENT, page
from .bodies import Body, body_of
from .describing import collection_parameters
from .operations import Answer, Operation
from .parameters import only, page_document, pairs
from .services import service
from .users import Name

TAG = "tokens"
TOKEN_LIST = service("tokens", "/tokens")
ONE_TOKEN = service("token", "/tokens/{id:[0-9]+}")


class NewToken(Body):
    """What the token is for, what it may do and for how many days."""

    name: str = Field(min_length=1, max_length=200)
    scopes: list[Literal[tuple(scope.value for scope in Scope)]] = Field(min_length=1)  # type: ignore[valid-type]
    days: int | None = Field(None, ge=1, description="How long it is valid; by default as long as the site allows.")
    user: Name | None = Field(None, description="Whom it speaks for: the caller, or anybody for administrators.")


@TOKEN_LIST.get(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "listTokens",
        "List tokens",
        TAG,
        {200: page("Token")},
        description="The caller's own; for administrators everybody's. Their secrets are not kept.",
        parameters=lambda: collection_parameters(TOKENS),
        problems=(400,),
    ),
)
def list_tokens(request: Request) -> dict[str, Any]:
    """The tokens that the caller may revoke."""
    me: Identity = request.identity
    listing = parse(TOKENS, pairs(request))
    found = tokens_page(request.db, listing, user_id=None if may_administer(me) else me.user_id)
    for token in found.rows:
        if "scopes" in token:
            token["scopes"] = token["scopes"].split()
    return page_document(request, found)


@TOKEN_LIST.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "createToken",
        "Make a token",
        TAG,
        {201: Answer("The token, in the only moment when it can be read.", "NewTokenMade")},
        description="A token makes tokens only with the scope admin, none with more scopes and none that outlive it.",
        body=NewToken,
        example={"name": "HR sync", "scopes": ["read", "write"], "days": 90},
        problems=(400, 403, 409, 413, 415, 422),
    ),
)
def post_token(request: Request) -> dict[str, Any]:
    """Make a token for oneself, or for somebody else as an administrator."""
    only(request)
    given = body_of(request, NewToken)
    user = _speaker(request, given.user)
    max_days = request.registry["settings"]["token.max_days"]
    wanted = {"name": given.name, "scopes": given.scopes, "days": given.days, "max_days": max_days}
    token = create_token(request.db, user, by=request.identity, **wanted)
    request.response.status_int = 201
    scopes = sorted(set(given.scopes))
    return {
        "id": token.id,
        "name": given.name.strip(),
        "user": user.name,
        "scopes": scopes,
        "expires": token.expires_at,
        "token": token.secret,
    }


@ONE_TOKEN.delete(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "revokeToken",
        "Revoke a token",
        TAG,
        {204: NO_CONTENT},
        description="It is of no use from the very next request on. A token can revoke itself.",
        problems=(400, 403, 404),
    ),
)
def delete_token(request: Request) -> Response:
    """End a token at once."""
    only(request)
    revoke_token(request.db, id_in_url(request), by=request.identity)
    return Response(status=204)


def _speaker(request: Request, name: str | None) -> User:
    me: Identity = request.identity
    if name is None or name == me.name:
        return user_named(request.db, me.name)
    if not may_administer(me):
        raise NotAllowed("Only administrators make tokens for others.", Permission.ADMINISTER)
    try:
        return user_named(request.db, name)
    except Missing as missing:
        raise Invalid.one("user", f"there is no user {name}") from missing
