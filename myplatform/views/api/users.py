"""Users, for administrators; and who the caller is."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from pyramid.request import Request
from pyramid.response import Response

from ...actions.users import change_user, create_user, disable_user, enable_user, set_password
from ...models import User
from ...permissions import Permission
from ...queries.account_lists import USERS, users_page
from ...queries.accounts import user_named
from ...queries.listing import parse
from .answers import NO_CONTENT, made, page
from .bodies import Body, body_of
from .describing import collection_parameters
from .operations import Answer, Operation
from .parameters import only, page_document, pairs
from .services import service

TAG = "users"
USER = Answer("The user.", "User")
USER_LIST = service("users", "/users")
ONE_USER = service("user", "/users/{name}")
PASSWORD = service("password", "/users/{name}/password")
ME = service("me", "/me")
Name = Annotated[str, Field(min_length=1, max_length=64)]


class NewUser(Body):
    """An account; without a password its user cannot sign in with one yet."""

    name: Name
    display_name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=254)
    is_admin: bool = False
    password: str | None = Field(None, max_length=1000)


class UserChanges(Body):
    """What is to change; an empty e-mail address removes it."""

    display_name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=254)
    is_admin: bool | None = None
    enabled: bool | None = Field(None, description="false ends all sessions and tokens at once.")


class NewPassword(Body):
    """A password; all sessions of the user end."""

    password: str = Field(max_length=1000)


def user_document(user: User) -> dict[str, Any]:
    """A user as programs get them."""
    return {
        "id": user.id,
        "name": user.name,
        "display_name": user.display_name,
        "email": user.email,
        "is_admin": user.is_admin,
        "enabled": user.disabled_at is None,
        "created": user.created_at,
    }


@USER_LIST.get(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "listUsers",
        "List users",
        TAG,
        {200: page("User")},
        parameters=lambda: collection_parameters(USERS),
        problems=(400,),
    ),
)
def list_users(request: Request) -> dict[str, Any]:
    """All users, enabled or not."""
    return page_document(request, users_page(request.db, parse(USERS, pairs(request))))


@USER_LIST.post(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "createUser",
        "Make a user",
        TAG,
        {201: made(USER)},
        body=NewUser,
        example={"name": "ada", "display_name": "Ada Example", "email": "ada@example.com"},
        problems=(400, 413, 415, 422),
    ),
)
def post_user(request: Request) -> dict[str, Any]:
    """Make an account."""
    only(request)
    given = body_of(request, NewUser).model_dump()
    given["display_name"] = given["display_name"] or ""
    user = create_user(request.db, by=request.identity, min_length=_min_length(request), **given)
    request.response.status_int = 201
    request.response.headers["Location"] = request.route_url("api.user", name=user.name)
    return user_document(user)


@ONE_USER.get(
    permission=Permission.ADMINISTER,
    operation=Operation("getUser", "Read a user", TAG, {200: USER}, problems=(400, 404)),
)
def get_user(request: Request) -> dict[str, Any]:
    """One user by name."""
    only(request)
    return user_document(_named(request))


@ONE_USER.patch(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "editUser",
        "Change, disable or enable a user",
        TAG,
        {200: USER},
        body=UserChanges,
        example={"enabled": False},
        problems=(400, 404, 409, 413, 415, 422),
    ),
)
def patch_user(request: Request) -> dict[str, Any]:
    """Change what is given; what is left out or null stays."""
    only(request)
    user = _named(request)
    given = body_of(request, UserChanges).model_dump()
    enabled = given.pop("enabled")
    change_user(request.db, user, by=request.identity, **given)
    if enabled is not None:
        (enable_user if enabled else disable_user)(request.db, user, by=request.identity)
    return user_document(user)


@PASSWORD.put(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "setPassword",
        "Give a user a password",
        TAG,
        {204: NO_CONTENT},
        body=NewPassword,
        example={"password": "correct horse battery staple"},
        problems=(400, 404, 413, 415, 422),
    ),
)
def put_password(request: Request) -> Response:
    """Set a password for somebody."""
    only(request)
    password = body_of(request, NewPassword).password
    set_password(request.db, _named(request), password, by=request.identity, min_length=_min_length(request))
    return Response(status=204)


@ME.get(
    permission=Permission.SIGNED_IN,
    operation=Operation("getMe", "Read who the caller is", TAG, {200: Answer("The caller.", "Me")}, problems=(400,)),
)
def get_me(request: Request) -> dict[str, Any]:
    """Whom the token or session speaks for, and what it may be used for."""
    only(request)
    me = request.identity
    return {
        "name": me.name,
        "display_name": me.display_name,
        "is_admin": me.is_admin,
        "groups": [each.removeprefix("group:") for each in me.principals if each.startswith("group:")],
        "scopes": None if me.scopes is None else sorted(me.scopes),
    }


def _named(request: Request) -> User:
    return user_named(request.db, request.matchdict["name"])


def _min_length(request: Request) -> int:
    return request.registry["settings"]["password.min_length"]
