"""Which entry of a people directory a user is, for administrators; and the caller's own entry."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyramid.request import Request

from ...actions.own_entries import edit_own_entry, link_entry
from ...errors import Invalid, Missing
from ...models import User
from ...permissions import Permission
from ...queries.accounts import user_named
from ...queries.nodes import Entry, NodeRow, entry_of, visible_by_path, visible_nodes
from ...queries.own_entries import entry_of_user
from .answers import NODE
from .bodies import Body, body_of, node_changes
from .content import document
from .operations import Answer, Operation
from .parameters import only
from .preconditions import expected_version
from .services import service

TAG = "users"
USER_ENTRY = service("user_entry", "/users/{name}/entry")
OWN_ENTRY = service("own_entry", "/me/entry")
ANSWER = Answer("Which entry the user is; null for none.", "UserEntry")


class EntryLink(Body):
    """The entry by its path; null takes the link off."""

    entry: str | None = Field(max_length=2000, examples=["/people/ada-example"])


@USER_ENTRY.get(
    permission=Permission.ADMINISTER,
    operation=Operation("getUserEntry", "Read which entry a user is", TAG, {200: ANSWER}, problems=(400, 404)),
)
def get_user_entry(request: Request) -> dict[str, Any]:
    """The path of the entry."""
    only(request)
    return _document(request, user_named(request.db, request.matchdict["name"]))


@USER_ENTRY.put(
    permission=Permission.ADMINISTER,
    operation=Operation(
        "linkUserEntry",
        "Say which directory entry a user is",
        TAG,
        {200: ANSWER},
        body=EntryLink,
        example={"entry": "/people/ada-example"},
        problems=(400, 404, 409, 413, 415, 422),
    ),
)
def put_user_entry(request: Request) -> dict[str, Any]:
    """Link the user with the entry at a path, or with none."""
    only(request)
    user = user_named(request.db, request.matchdict["name"])
    path = body_of(request, EntryLink).entry
    entry = None
    if path is not None:
        entry = visible_by_path(request.db, request.identity, [path]).get(path)
        if entry is None:
            raise Invalid.one("entry", f"names nothing that you can see: {path}")
    link_entry(request.db, user, entry, by=request.identity)
    return _document(request, user)


@OWN_ENTRY.get(
    permission=Permission.SIGNED_IN,
    operation=Operation("getOwnEntry", "Read the caller's own directory entry", TAG, {200: NODE}, problems=(400, 404)),
)
def get_own_entry(request: Request) -> dict[str, Any]:
    """The entry that the caller is; 404 for whoever is linked with none."""
    only(request)
    return document(request, entry_of(request.db, _own(request)))


@OWN_ENTRY.patch(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "editOwnEntry",
        "Change the caller's own directory entry",
        TAG,
        {200: NODE},
        description="The setting `people.own_fields` names the fields that people may change.",
        body="EmployeeNodeChanges",
        example={"phone": "+1 206 555 0100"},
        problems=(400, 404, 409, 413, 415, 422),
        precondition="required",
    ),
)
def patch_own_entry(request: Request) -> dict[str, Any]:
    """Change what the body gives, as far as the site lets people change it themselves."""
    only(request)
    node = _own(request)
    version = expected_version(request, node)
    fields = request.registry["settings"]["people.own_fields"]
    given = {"by": request.identity, "own_fields": fields, "expected_version": version}
    saved: Entry = edit_own_entry(request.db, node, node_changes(request, node), **given)
    return document(request, saved)


def _own(request: Request) -> NodeRow:
    entry_id = request.identity.entry_id
    found = visible_nodes(request.db, request.identity, [entry_id]) if entry_id is not None else {}
    if entry_id not in found:
        raise Missing("Your account is linked with no entry of a directory.")
    return found[entry_id]


def _document(request: Request, user: User) -> dict[str, Any]:
    entry = entry_of_user(request.db, request.identity, user)
    return {"user": user.name, "entry": entry.path if entry is not None else None}
