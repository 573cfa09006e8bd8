"""What became of a node: its changes in words, one version as it was, the difference, and going back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy import Row

from ..actions.history import can_be_undone, revert_node
from ..difference import difference
from ..errors import Missing
from ..fields import Field, Link, RichText
from ..kinds import Kind, kind_of
from ..languages import gettext as _
from ..languages import mark, noun
from ..permissions import Permission
from ..queries.accounts import principal_titles
from ..queries.changes import history, values_at, writable_values
from ..queries.nodes import Entry, NodeRow, entry_of, parent_path, visible_by_path, visible_nodes
from ..resources import NodeResource, is_number
from .editing import sent_version
from .frame import breadcrumbs
from .inputs import text_of
from .rendering import rendered
from .toasts import see
from .wording import joined

PAGE = 50
VERSIONED = ("created", "edited", "reverted", "confirmed")
VERBS = {
    "created": mark("created this"),
    "edited": mark("edited this"),
    "reverted": mark("went back to an earlier version"),
    "confirmed": mark("found this still correct"),
    "moved": mark("moved this"),
    "trashed": mark("moved this to the trash"),
    "restored": mark("restored this from the trash"),
    "ordered": mark("changed the order of what is in here"),
    "shared": mark("changed who can reach this"),
    "commented": mark("said something about this"),
    "comment-edited": mark("changed a comment"),
    "comment-removed": mark("removed a comment"),
    "comment-resolved": mark("resolved a thread of comments"),
    "comment-reopened": mark("opened a thread of comments again"),
}


@view_config(
    context=NodeResource, name="@history", request_method="GET", permission=Permission.VIEW, renderer="history.jinja2"
)
def history_page(request: Request) -> dict[str, Any] | Response:
    """All changes, newest first; with `/VERSION` behind it, one version."""
    node = request.context.node
    if request.subpath:
        return HTTPFound(request.node_url(node.path, "@version", of=request.subpath[0]))
    before = request.GET.get("before", "")
    rows = history(request.db, node.id, limit=PAGE + 1, before=int(before) if is_number(before) else None)
    names = principal_titles(request.db, {row.actor for row in rows})
    told = _told_paths(request, rows[:PAGE])
    lines = [_line(row, names[row.actor], kind_of(node.kind), told) for row in rows[:PAGE]]
    return {
        "node": node,
        "lines": lines,
        "next": request.node_url(node.path, "@history", before=rows[PAGE - 1].id) if len(rows) > PAGE else None,
        "may": request.context.decision_for(request.identity).permissions,
        "breadcrumbs": breadcrumbs(request, _("History")),
    }


@view_config(
    context=NodeResource, name="@version", request_method="GET", permission=Permission.VIEW, renderer="version.jinja2"
)
def version_page(request: Request) -> dict[str, Any]:
    """One version as it was, and how it differs from the one before, or with `?with=now` from what stands."""
    entry = entry_of(request.db, request.context.node)
    number, against_now = asked_version(request), request.GET.get("with") == "now"
    then = _values_at(request, entry, number)
    now = {"title": entry.node.title, **entry.values}
    old, new = (then, now) if against_now else (_values_at(request, entry, number - 1), then)
    return {
        "node": entry.node,
        "number": number,
        "against_now": against_now,
        "title": then["title"],
        "sides": differences(request, entry.kind, old, new),
        "texts": _texts(request, entry, then),
        "may": request.context.decision_for(request.identity).permissions,
        "breadcrumbs": breadcrumbs(request, _("Version %(number)s", number=number)),
    }


@view_config(context=NodeResource, name="@revert", request_method="POST", permission=Permission.EDIT)
def revert(request: Request) -> Response:
    """Make an earlier version the newest one."""
    node = request.context.node
    wanted = text_of(request, "to")
    if not is_number(wanted):
        raise Missing(_("There is no such version."))
    reverted = revert_node(
        request.db, node, int(wanted), by=request.identity, expected_version=sent_version(request)
    ).node
    return see(request, reverted.path, changed_node=node.id)


def _values_at(request: Request, entry: Entry, version: int) -> dict[str, Any]:
    """Title and fields at a version; before the first there was nothing."""
    return writable_values(entry, values_at(request.db, entry, version)) if version else {}


def differences(
    request: Request, kind: type[Kind], old: dict[str, Any], new: dict[str, Any]
) -> list[dict[str, Any]]:
    """For title and each field that differs: its label and the rows of the difference, word by word.

    Of something new, which has no `old`, what is empty or not chosen is no difference.
    """
    texts_of = _in_words(request, kind, old, new)
    labels = {"title": kind.title_label, **{name: field.label for name, field in kind.fields.items()}}
    sides = []
    for name, label in labels.items():
        before, after = texts_of(name, old.get(name)), texts_of(name, new.get(name))
        if before != after and (old or new.get(name)):
            sides.append({"label": _(label), "rows": difference(before, after).rows})
    return sides


def asked_version(request: Request) -> int:
    """The version in `?of=`. Raises `Missing`."""
    text = request.GET.get("of", "")
    if not is_number(text) or int(text) < 1:
        raise Missing(_("There is no such version."))
    return int(text)


def _in_words(request: Request, kind: type[Kind], old: dict[str, Any], new: dict[str, Any]) -> Any:
    links = {name for name, field in kind.fields.items() if isinstance(field, Link)}
    ids = {side.get(name) for side in (old, new) for name in links}
    nodes: dict[int, NodeRow] = visible_nodes(request.db, request.identity, ids)

    def words(name: str, value: Any) -> str:
        if value is None:
            return ""
        if name in links:
            return nodes[value].title if value in nodes else _("something you may not see, or that is gone")
        return kind.fields[name].to_text(value) if name in kind.fields else str(value)

    return words


def _texts(request: Request, entry: Entry, values: dict[str, Any]) -> list[tuple[Field, Any]]:
    fields = [field for field in entry.kind.fields.values() if isinstance(field, RichText)]
    drawn = [(field, rendered(request, entry.node, values.get(field.name))) for field in fields]
    return [(field, text) for field, text in drawn if text is not None]


def _told_paths(request: Request, rows: Sequence[Row[Any]]) -> set[str]:
    """Where the node stood before and after moves, without what lay in places that the asker may not see."""
    paths = {path for row in rows if row.action == "moved" for path in row.values.get("path", ())}
    seen = visible_by_path(request.db, request.identity, {parent_path(path) for path in paths})
    return {path for path in paths if parent_path(path) in seen}


def _line(row: Row[Any], who: str, kind: type[Kind], told: set[str]) -> dict[str, Any]:
    return {
        "change": row,
        "who": who,
        "verb": _(VERBS.get(row.action, mark("changed this"))),
        "what": _what(row, kind, told),
        "has_version": row.action in VERSIONED,
        "can_be_undone": can_be_undone(row),
    }


def _what(row: Row[Any], kind: type[Kind], told: set[str]) -> str:
    """What a change touched, in words: the labels of the fields, or from where to where as far as that is `told`."""
    if row.subject is not None:
        return _("together with what it lies in")
    if row.action == "moved" and "path" in row.values:
        before, after = (path if path in told else "" for path in row.values["path"])
        if before and after:
            return _("from %(before)s to %(after)s", before=before, after=after)
        return _("from %(before)s", before=before) if before else _("to %(after)s", after=after) if after else ""
    if row.action not in ("edited", "reverted"):
        return ""
    labels = {"title": kind.title_label, **{name: field.label for name, field in kind.fields.items()}}
    hidden = {"sha256", "width", "height", "size", "media_type"}
    return joined([noun(labels[name]) for name in row.values if name in labels and name not in hidden])
