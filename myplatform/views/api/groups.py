"""Groups and their members, for administrators."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyramid.request import Request
from pyramid.response import Response

from ...actions.groups import add_member, create_group, delete_group, principal_of, remove_member, rename_group
from ...errors import Missing
from ...models import Group, User
from ...permissions import Permission
from ...queries.account_lists import GROUPS, groups_page
from ...queries.accounts import group_named, members_of, user_named
from ...queries.listing import parse
from .answers import NO_CONTENT, made, page
from .bodies import Body, body_of
from .describing import collection_parameters
from .operations import Answer, Operation
from .parameters import only, page_document, pairs
from .services import service
from .users import Name

TAG = "groups"
GROUP = Answer("The group with its direct members.", "Group")
GROUP_LIST = service("groups", "/groups")
ONE_GROUP = service("group", "/groups/{name}")
MEMBER = service("member", "/groups/{name}/members/{principal}")


class NewGroup(Body):
    """A group; its name never changes."""

    name: Name
    title: str | None = Field(None, max_length=200)


class GroupChanges(Body):
    """What is to change."""

    title: str = Field(min_length=1, max_length=200)


def group_document(request: Request, group: Group) -> dict[str, Any]:
    """A group with its direct members, groups first."""
    users, groups = members_of(request.db, group)
    members = [{"principal": f"group:{each.name}", "title": each.title} for each in groups]
    members += [{"principal": f"user:{each.name}", "title": each.display_name} for each in users]
    return {
        "id": group.id,
        "name": group.name,
        "title": group.title,
        "created": group.created_at,
        "member_count": len(members),
        "members": members,
    }


@GROUP_LIST.get(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "listGroups",
        "List groups",
        TAG,
        {200: page("GroupLine")},
        parameters=lambda: collection_parameters(GROUPS),
        problems=(400,),
    ),
)
def list_groups(request: Request) -> dict[str, Any]:
    """All groups."""
    return page_document(request, groups_page(request.db, parse(GROUPS, pairs(request))))


@GROUP_LIST.post(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "createGroup",
        "Make a group",
        TAG,
        {201: made(GROUP)},
        body=NewGroup,
        example={"name": "hr", "title": "Human resources"},
        problems=(400, 413, 415, 422),
    ),
)
def post_group(request: Request) -> dict[str, Any]:
    """Make a group without members."""
    only(request)
    given = body_of(request, NewGroup)
    group = create_group(request.db, by=request.identity, name=given.name, title=given.title or "")
    request.response.status_int = 201
    request.response.headers["Location"] = request.route_url("api.group", name=group.name)
    return group_document(request, group)


@ONE_GROUP.get(
    permission=Permission.ADMINISTER,
    operation=Operation("getGroup", "Read a group", TAG, {200: GROUP}, problems=(400, 404)),
)
def get_group(request: Request) -> dict[str, Any]:
    """One group by name."""
    only(request)
    return group_document(request, _named(request))


@ONE_GROUP.patch(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "editGroup",
        "Give a group another title",
        TAG,
        {200: GROUP},
        body=GroupChanges,
        example={"title": "People and culture"},
        problems=(400, 404, 413, 415, 422),
    ),
)
def patch_group(request: Request) -> dict[str, Any]:
    """Change the title."""
    only(request)
    group = _named(request)
    rename_group(request.db, group, by=request.identity, title=body_of(request, GroupChanges).title)
    return group_document(request, group)


@ONE_GROUP.delete(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "deleteGroup",
        "Delete a group",
        TAG,
        {204: NO_CONTENT},
        description="Every role that was given to it is withdrawn.",
        problems=(400, 404),
    ),
)
def remove_group(request: Request) -> Response:
    """Delete the group with its memberships and grants."""
    only(request)
    delete_group(request.db, _named(request), by=request.identity)
    return Response(status=204)


@MEMBER.put(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "addMember",
        "Let a user or another group belong to a group",
        TAG,
        {204: NO_CONTENT},
        description="`principal` is `user:NAME` or `group:NAME`. Groups nest one level deep.",
        problems=(400, 404, 422),
    ),
)
def put_member(request: Request) -> Response:
    """Add a member; one who belongs already stays."""
    only(request)
    group, member = _named(request), _member(request)
    users, groups = members_of(request.db, group)
    if principal_of(member) not in {principal_of(each) for each in (*users, *groups)}:
        add_member(request.db, group, by=request.identity, member=member)
    return Response(status=204)


@MEMBER.delete(
    permission=Permission.ADMINISTER,
    operation=Operation("removeMember", "Take a member out of a group", TAG, {204: NO_CONTENT}, problems=(400, 404)),
)
def delete_member(request: Request) -> Response:
    """Take a direct member out."""
    only(request)
    remove_member(request.db, _named(request), by=request.identity, member=_member(request))
    return Response(status=204)


def _named(request: Request) -> Group:
    return group_named(request.db, request.matchdict["name"])


def _member(request: Request) -> User | Group:
    sort, _, name = request.matchdict["principal"].partition(":")
    if sort == "user":
        return user_named(request.db, name)
    if sort == "group":
        return group_named(request.db, name)
    raise Missing("A member is written as user:NAME or group:NAME.")
