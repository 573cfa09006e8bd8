"""Comments below a page, and on a page of their own for what has no room for them."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..actions.comments import add_comment, edit_comment, remove_comment, resolve_thread, see_mention
from ..errors import Invalid, Missing
from ..languages import gettext as _
from ..permissions import Permission
from ..queries.comments import comment_by_id, threads_of
from ..queries.nodes import NodeRow, node_by_id
from ..resources import NodeResource, id_in_url, is_number
from .frame import breadcrumbs
from .inputs import messages_of, text_of
from .rendering import rendered_all

VIEW = "@comments"


def comments_of(request: Request) -> list[dict[str, Any]]:
    """The threads about the context node, each comment with its text as HTML and what the asker may do with it."""
    node, me = request.context.node, request.identity
    threads = threads_of(request.db, node.id)
    if not threads:
        return []
    comments = [comment for thread in threads for comment in (thread.first, *thread.answers)]
    texts = rendered_all(request, node, [comment.body for comment in comments])
    can_edit = Permission.EDIT in request.context.decision_for(me).permissions
    shown = {
        comment.id: {
            "comment": comment,
            "who": comment.author_name or comment.author,
            "html": text.html,
            "can_edit": comment.author == me.name,
            "can_remove": comment.author == me.name or can_edit,
        }
        for comment, text in zip(comments, texts, strict=True)
    }
    return [
        {
            "first": shown[thread.first.id],
            "answers": [shown[each.id] for each in thread.answers],
            "is_resolved": thread.first.resolved_at is not None,
        }
        for thread in threads
    ]


@view_config(
    context=NodeResource, name=VIEW, request_method="GET", permission=Permission.VIEW, renderer="comments.jinja2"
)
def comments_page(request: Request) -> dict[str, Any]:
    """The comments alone."""
    return _page(request)


@view_config(
    context=NodeResource, name=VIEW, request_method="POST", permission=Permission.VIEW, renderer="comments.jinja2"
)
def say(request: Request) -> dict[str, Any] | Response:
    """Say something, or answer in the thread that the form names."""
    thread, node = text_of(request, "thread"), request.context.node
    try:
        thread_id = int(thread) if is_number(thread) else None
        made = add_comment(request.db, node, text_of(request, "body"), by=request.identity, thread_id=thread_id)
    except Invalid as problem:
        return {**_page(request), "errors": messages_of(request, problem), "typed": text_of(request, "body")}
    except Missing:
        gone = Invalid.one("body", _("answers something that was removed meanwhile; send it again as a new comment"))
        return {**_page(request), "errors": messages_of(request, gone), "typed": text_of(request, "body")}
    return _back(request, node, made.id)


def _page(request: Request) -> dict[str, Any]:
    return {
        "node": request.context.node,
        "threads": comments_of(request),
        "errors": {},
        "typed": "",
        "breadcrumbs": breadcrumbs(request, _("Comments")),
    }


@view_config(
    route_name="comment_edit", request_method="GET", permission=Permission.SIGNED_IN, renderer="comment_edit.jinja2"
)
def edit_form(request: Request) -> dict[str, Any]:
    """The form for one's own comment."""
    comment = comment_by_id(request.db, request.identity, id_in_url(request))
    if comment is None or comment.author != request.identity.name or comment.removed_at is not None:
        raise Missing
    return _edit_page(request, comment, comment.body, {})


@view_config(
    route_name="comment_edit", request_method="POST", permission=Permission.SIGNED_IN, renderer="comment_edit.jinja2"
)
def edit(request: Request) -> dict[str, Any] | Response:
    """Say it differently."""
    body = text_of(request, "body")
    try:
        comment = edit_comment(request.db, id_in_url(request), body, by=request.identity)
    except Invalid as problem:
        comment = comment_by_id(request.db, request.identity, id_in_url(request))
        return _edit_page(request, comment, body, messages_of(request, problem))
    return _back(request, node_by_id(request.db, comment.node_id), comment.id)


def _edit_page(request: Request, comment: Any, body: str, errors: dict[str, list[str]]) -> dict[str, Any]:
    node = node_by_id(request.db, comment.node_id)
    trail = breadcrumbs(request, _("Comment"))
    return {"node": node, "comment": comment, "body": body, "errors": errors, "breadcrumbs": trail}


@view_config(route_name="comment_remove", request_method="POST", permission=Permission.SIGNED_IN)
def remove(request: Request) -> Response:
    """Take a comment away."""
    node = remove_comment(request.db, id_in_url(request), by=request.identity)
    return _back(request, node)


@view_config(route_name="comment_resolve", request_method="POST", permission=Permission.SIGNED_IN)
def resolve(request: Request) -> Response:
    """Call a thread settled, or open it again."""
    wanted = text_of(request, "open") != "yes"
    node = resolve_thread(request.db, id_in_url(request), by=request.identity, resolved=wanted)
    return _back(request, node, id_in_url(request))


@view_config(route_name="mention_seen", request_method="POST", permission=Permission.SIGNED_IN)
def seen(request: Request) -> Response:
    """What named the asker is dealt with."""
    see_mention(request.db, id_in_url(request), by=request.identity)
    return HTTPSeeOther(request.node_url("/"))


def _back(request: Request, node: NodeRow, comment_id: int | None = None) -> Response:
    """To the place where the comments of the node are shown."""
    return HTTPSeeOther(comment_url(request, node.path, node.kind, comment_id))


def comment_url(request: Request, path: str, kind: str, comment_id: int | None = None) -> str:
    """Where the comments on a node are shown, and one of them."""
    view = "" if kind in WITH_COMMENTS else VIEW
    return f"{request.node_url(path, view)}#{f'comment-{comment_id}' if comment_id else 'comments'}"


WITH_COMMENTS = ("page", "file")
"""Kinds whose own page shows the comments at its foot."""


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("comment_edit", "/-/comments/{id}/edit")
    config.add_route("comment_remove", "/-/comments/{id}/remove")
    config.add_route("comment_resolve", "/-/comments/{id}/resolve")
    config.add_route("mention_seen", "/-/mentions/{id}/seen")
    config.scan(__name__)
