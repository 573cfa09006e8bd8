"""What is said about a node."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyramid.request import Request
from pyramid.response import Response

from ...actions.comments import LONGEST, add_comment, edit_comment, remove_comment, resolve_thread
from ...errors import Missing
from ...models.base import LARGEST_ID
from ...permissions import Permission
from ...queries.comments import comment_by_id, threads_of
from ...resources import id_in_url
from .answers import NO_CONTENT
from .bodies import Body, body_of
from .operations import Answer, Operation
from .parameters import only
from .services import on_node, service

TAG = "comments"
ONE_COMMENT = service("comment", "/comments/{id:[0-9]+}")
RESOLVED = service("comment_resolved", "/comments/{id:[0-9]+}/@resolve")
COMMENT = Answer("The comment.", "Comment")


class NewComment(Body):
    """What is said, and in which thread."""

    body: str = Field(min_length=1, max_length=LONGEST, description="Markdown; @name tells that user.")
    thread: int | None = Field(None, ge=1, le=LARGEST_ID, description="The first comment of the thread to answer in.")


class Reworded(Body):
    """What is said now."""

    body: str = Field(min_length=1, max_length=LONGEST)


class Settled(Body):
    """Whether the thread is settled."""

    resolved: bool = True


def comment_document(comment: Any) -> dict[str, Any]:
    """A comment as programs get it; one that was removed has an empty text."""
    return {
        "id": comment.id,
        "node": comment.node_id,
        "thread": comment.thread_id,
        "author": comment.author,
        "body": comment.body,
        "created": comment.created_at,
        "edited": comment.edited_at,
        "removed": comment.removed_at is not None,
        "resolved": comment.resolved_at,
        "resolved_by": comment.resolved_by,
    }


@on_node(
    "GET",
    "@comments",
    permission=Permission.VIEW,
    operation=Operation(
        "listComments",
        "List the comments on a node",
        TAG,
        {200: Answer("The comments, thread after thread, the oldest first.", "CommentList")},
        problems=(400,),
    ),
)
def list_comments(request: Request) -> dict[str, Any]:
    """All threads, each answer behind what it answers."""
    only(request)
    threads = threads_of(request.db, request.context.node.id)
    return {"items": [comment_document(each) for thread in threads for each in (thread.first, *thread.answers)]}


@on_node(
    "POST",
    "@comments",
    permission=Permission.VIEW,
    operation=Operation(
        "addComment",
        "Comment on a node",
        TAG,
        {201: COMMENT},
        body=NewComment,
        example={"body": "Which year is this for? @ada"},
        problems=(400, 413, 415, 422),
    ),
)
def post_comment(request: Request) -> dict[str, Any]:
    """Say something, or answer."""
    only(request)
    given = body_of(request, NewComment)
    made = add_comment(request.db, request.context.node, given.body, by=request.identity, thread_id=given.thread)
    request.response.status_int = 201
    return comment_document(made)


@ONE_COMMENT.get(
    permission=Permission.SIGNED_IN,
    operation=Operation("getComment", "Read a comment", TAG, {200: COMMENT}, problems=(400, 404)),
)
def get_comment(request: Request) -> dict[str, Any]:
    """One comment."""
    only(request)
    return comment_document(_visible(request))


@ONE_COMMENT.patch(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "editComment",
        "Change one’s own comment",
        TAG,
        {200: COMMENT},
        body=Reworded,
        problems=(400, 404, 413, 415, 422),
    ),
)
def patch_comment(request: Request) -> dict[str, Any]:
    """Say it differently."""
    only(request)
    given = body_of(request, Reworded)
    return comment_document(edit_comment(request.db, id_in_url(request), given.body, by=request.identity))


@ONE_COMMENT.delete(
    permission=Permission.SIGNED_IN,
    operation=Operation("removeComment", "Remove a comment", TAG, {204: NO_CONTENT}, problems=(400, 404)),
)
def delete_comment(request: Request) -> Response:
    """Take it away."""
    only(request)
    remove_comment(request.db, id_in_url(request), by=request.identity)
    return Response(status=204)


@RESOLVED.post(
    permission=Permission.SIGNED_IN,
    operation=Operation(
        "resolveThread",
        "Settle a thread, or open it again",
        TAG,
        {200: COMMENT},
        body=Settled,
        problems=(400, 404, 413, 415, 422),
    ),
)
def post_resolved(request: Request) -> dict[str, Any]:
    """Settle it or not."""
    only(request)
    given = body_of(request, Settled)
    resolve_thread(request.db, id_in_url(request), by=request.identity, resolved=given.resolved)
    return comment_document(_visible(request))


def _visible(request: Request) -> Any:
    comment = comment_by_id(request.db, request.identity, id_in_url(request))
    if comment is None:
        raise Missing
    return comment
