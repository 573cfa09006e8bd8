"""Reports of access: who can see a place and why, and what a person or a group can reach, also as tables to keep."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from ..errors import BadQuery, Missing
from ..languages import gettext as _
from ..permissions import ADMINISTRATORS, Permission, Role
from ..queries.accounts import group_named, principal_titles
from ..queries.principals import may_search_principals
from ..queries.reach import PAGE, Reached, Reader, count_by_role, principals_of_group, reach_of, who_can_see
from ..resources import NodeResource
from .frame import breadcrumbs, kind_icon
from .roles import role_can, role_choices
from .sharing import person_named

WHO = "@access"
MOST_EXPORTED = 50_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@view_config(context=NodeResource, name=WHO, request_method="GET", permission=Permission.SHARE, renderer="who.jinja2")
def who(request: Request) -> dict[str, Any] | Response:
    """Everybody who can see the place, with role and reason; `q` finds, `role` filters, `format=csv` exports."""
    node, given = request.context.node, {name: request.GET.get(name, "").strip() for name in ("q", "role")}
    if given["role"] and given["role"] not in set(Role):
        raise BadQuery(_("There is no role %(role)s.", role=given["role"]), field="role")
    public = request.registry["settings"]["access.public"]
    wanted = {"public": public, "words": given["q"], "role": given["role"] or None}
    sources = sources_of(request.context)
    if request.GET.get("format") == "csv":
        readers = who_can_see(request.db, node, **wanted, limit=MOST_EXPORTED)
        return _csv(f"access-{node.slug or 'home'}", WHO_HEAD, _who_rows(request, readers, sources))
    readers = who_can_see(request.db, node, **wanted, after=request.GET.get("after"), limit=PAGE + 1)
    more = request.node_url(node.path, WHO, **_kept(given), after=readers[PAGE - 1].name) if readers[PAGE:] else None
    return {
        "node": node,
        "given": given,
        "readers": readers[:PAGE],
        "counts": count_by_role(request.db, node, public=public),
        "sources": sources,
        "titles": principal_titles(request.db, {each for reader in readers for each in reader.through}),
        "roles": role_choices(),
        "next": more,
        "export": request.node_url(node.path, WHO, **_kept(given), format="csv"),
        "breadcrumbs": breadcrumbs(request, _("Who can see this")),
    }


@view_config(route_name="access", request_method="GET", permission=Permission.SIGNED_IN, renderer="access.jinja2")
@view_config(route_name="admin_user_access", request_method="GET", permission=Permission.ADMINISTER,
             renderer="access.jinja2")  # fmt: skip
def reach_of_person(request: Request) -> dict[str, Any] | Response:
    """What one person can reach, as far as the asker may share it; of oneself, all."""
    name, asker = request.matchdict["name"], request.identity
    is_oneself = name == asker.name and asker.seen_as is None
    if not is_oneself and not may_search_principals(request.db, asker):
        raise Missing
    person = person_named(request, f"user:{name}")
    permission = Permission.VIEW if is_oneself else Permission.SHARE
    return _reach(request, person.display_name, person.principals, permission, who=person.name)


@view_config(route_name="access_group", request_method="GET", permission=Permission.SIGNED_IN,
             renderer="access.jinja2")  # fmt: skip
@view_config(route_name="admin_group_access", request_method="GET", permission=Permission.ADMINISTER,
             renderer="access.jinja2")  # fmt: skip
def reach_of_group(request: Request) -> dict[str, Any] | Response:
    """What the members of a group can reach because of it, as far as the asker may share it."""
    if not may_search_principals(request.db, request.identity):
        raise Missing
    group = group_named(request.db, request.matchdict["name"])
    return _reach(request, group.title, principals_of_group(request.db, group), Permission.SHARE)


def _reach(
    request: Request, title: str, principals: Sequence[str], permission: Permission, who: str = ""
) -> dict[str, Any] | Response:
    wanted = {"permission": permission}
    if request.GET.get("format") == "csv":
        lines = reach_of(request.db, principals, request.identity, **wanted, limit=MOST_EXPORTED)
        return _csv("reach", REACH_HEAD, _reach_rows(request, lines))
    after = request.GET.get("after")
    lines = reach_of(request.db, principals, request.identity, **wanted, after=after, limit=PAGE + 1)
    here = request.path_info
    return {
        "title": title,
        "who": who,
        "lines": [{"reached": line, "icon": kind_icon(line.node.kind)} for line in lines[:PAGE]],
        "titles": principal_titles(request.db, {each for line in lines for each in line.through}),
        "may_explain": permission == Permission.SHARE and bool(who),
        "next": request.node_url(here, after=lines[PAGE - 1].node.path) if lines[PAGE:] else None,
        "export": request.node_url(here, format="csv"),
        "breadcrumbs": breadcrumbs(request, _("What %(name)s can reach", name=title)),
    }


def sources_of(resource: NodeResource) -> dict[str, Any]:
    """For each principal that has a role at the place, the nearest node on which the strongest was given."""
    found: dict[str, tuple[int, Any]] = {}
    for each in reversed(resource.lineage):
        for principal, role in each.grants:
            rank = Role(role).rank()
            if principal not in found or rank > found[principal][0]:
                found[principal] = (rank, each.node)
        if not each.node.inherits:
            break
    return {principal: node for principal, (_rank, node) in found.items()}


WHO_HEAD = ("User", "Name", "Role", "Through", "From")
REACH_HEAD = ("Path", "Title", "Role", "Through", "Things")


def _who_rows(request: Request, readers: Sequence[Reader], sources: dict[str, Any]) -> Iterable[Sequence[Any]]:
    titles = principal_titles(request.db, {each for reader in readers for each in reader.through})
    for reader in readers:
        places = [sources[each].path for each in reader.through if each != ADMINISTRATORS and each in sources]
        names = "; ".join(titles[each] for each in reader.through)
        yield reader.name, reader.display_name, role_can(reader.role), names, "; ".join(dict.fromkeys(places))


def _reach_rows(request: Request, lines: Sequence[Reached]) -> Iterable[Sequence[Any]]:
    titles = principal_titles(request.db, {each for line in lines for each in line.through})
    for line in lines:
        names = "; ".join(titles[each] for each in line.through)
        yield line.node.path, line.node.title, role_can(line.role), names, line.inside


def _csv(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A table as a download; what a spreadsheet would take for a formula begins with an apostrophe."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell).startswith(FORMULA) else cell for cell in row])
    response = Response(body=text.getvalue().encode("utf-8-sig"), content_type="text/csv", charset="utf-8")
    response.content_disposition = f'attachment; filename="{name.encode("ascii", "ignore").decode() or "access"}.csv"'
    return response


def _kept(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if value}


def includeme(config: Configurator) -> None:
    """The routes of this module."""
    config.add_route("access", "/-/access/{name}")
    config.add_route("access_group", "/-/access/group/{name}")
    config.add_route("admin_user_access", "/-/admin/users/{name}/access")
    config.add_route("admin_group_access", "/-/admin/groups/{name}/access")
    config.scan(__name__)
