"""Sharing: who may do what at a place, who can see it and why, and what one person can reach."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults

from ..actions.sharing import Granted, granted_on, set_grants
from ..errors import Conflict, Invalid, Missing
from ..identity import Identity
from ..permissions import Permission, Role
from ..queries.access import Decision, explain, reach_of, who_can_see
from ..queries.accounts import principal_titles
from ..queries.identities import identity_of_user
from ..queries.nodes import Step
from ..queries.principals import find_principal, search_principals
from ..resources import NodeResource
from .frame import breadcrumbs, kind_icon
from .inputs import messages_of, text_of, texts_of
from .toasts import toast_of

VIEW = "@sharing"
ROLE_WORDS = {
    Role.READER: "can see",
    Role.CONTRIBUTOR: "can add",
    Role.EDITOR: "can change",
    Role.MANAGER: "can manage",
}
SHOWN_READERS = 1000
SUGGESTED = 300


@view_defaults(context=NodeResource, name=VIEW, permission=Permission.SHARE, renderer="sharing.jinja2")
class Sharing:
    """One page; each of its forms says with `do` what is to be changed."""

    def __init__(self, request: Request):
        self.request = request
        self.db = request.db
        self.node = request.context.node

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """What is granted here and above, and who can see this."""
        return self._page({"principal": "", "role": Role.READER.value}, {})

    @view_config(request_method="POST")
    def change(self) -> dict[str, Any] | Response:
        """Give, change or take a role, stop inheriting or inherit again."""
        given = texts_of(self.request, "principal", "role")
        try:
            with self.db.begin_nested():
                grants, inherits = self._wanted(text_of(self.request, "do"), given)
                _, change = set_grants(self.db, self.node, grants, inherits=inherits, by=self.request.identity)
        except (Invalid, Conflict) as problem:
            return self._page(given, messages_of(self.request, problem))
        return HTTPSeeOther(self.request.node_url(self.node.path, VIEW, changed=change))

    def _wanted(self, wish: str, given: dict[str, str]) -> tuple[set[Granted], bool]:
        """The grants and inheritance that the form asks for. Raises `Invalid`."""
        own = set(granted_on(self.db, self.node.id))
        if wish == "stop":
            above = inherited_lines(self._lineage())
            return own | {Granted(line["principal"], line["role"]) for line in above}, False
        if wish == "inherit":
            return own, True
        if wish not in ("add", "change", "remove"):
            raise Invalid.one("", "The form is not one of this page; load the page again and repeat.")
        principal = given["principal"]
        if wish == "add":
            principal = find_principal(self.db, principal, field="principal", everybody=True)
        kept = {grant for grant in own if grant.principal != principal}
        wanted = kept if wish == "remove" else {*kept, Granted(principal, given["role"])}
        return wanted, self.node.inherits

    def _page(self, given: dict[str, str], errors: dict[str, list[str]]) -> dict[str, Any]:
        own = granted_on(self.db, self.node.id)
        readers = who_can_see(self.db, self.node, limit=SHOWN_READERS)
        inherited = inherited_lines(self._lineage())
        asked = self._asked()
        spoken_of = {grant.principal for grant in own} | {line["principal"] for line in inherited}
        spoken_of |= {principal for reader in readers for principal in reader.through}
        spoken_of |= {reason.principal for reason in asked["decision"].reasons} if asked else set()
        return {
            "node": self.node,
            "own": own,
            "inherited": inherited,
            "readers": readers,
            "asked": asked,
            "titles": principal_titles(self.db, spoken_of),
            "roles": [(role.value, ROLE_WORDS[role]) for role in Role],
            "role_words": ROLE_WORDS,
            "given": given,
            "errors": errors,
            "suggestions": search_principals(self.db, "", limit=SUGGESTED),
            "toast": toast_of(self.request),
            "breadcrumbs": breadcrumbs(self.request, "Sharing"),
        }

    def _lineage(self) -> list[Step]:
        return [resource.step for resource in self.request.context.lineage]

    def _asked(self) -> dict[str, Any] | None:
        """The explained decision for the person in `?who=`."""
        typed = self.request.GET.get("who", "").strip()
        if not typed:
            return None
        try:
            who = _identity(self.request, find_principal(self.db, typed, field="who"))
        except (Invalid, Missing) as problem:
            return {
                "typed": typed,
                "who": None,
                "problem": problem.message,
                "decision": Decision(frozenset(), (), None),
            }
        decision = explain(self.db, who, self.node)
        return {"typed": typed, "who": who, "problem": "", "decision": decision}


def inherited_lines(lineage: list[Step]) -> list[dict[str, Any]]:
    """The grants of the places above that reach the last step, the nearest first."""
    lines = []
    for below, step in zip(reversed(lineage), reversed(lineage[:-1]), strict=False):
        if not below.node.inherits:
            break
        lines += [{"principal": principal, "role": role, "node": step.node} for principal, role in step.grants]
    return lines


@view_config(route_name="access", request_method="GET", permission=Permission.SIGNED_IN, renderer="access.jinja2")
def reach(request: Request) -> dict[str, Any]:
    """What one person can reach, as far as the asker may share it."""
    who = _identity(request, f"user:{request.matchdict['name']}")
    lines = reach_of(request.db, who, request.identity)
    titles = principal_titles(request.db, {principal for line in lines for principal in line.through})
    return {
        "who": who,
        "lines": [{"reached": line, "icon": kind_icon(line.node.kind)} for line in lines],
        "titles": titles,
        "role_words": ROLE_WORDS,
        "breadcrumbs": breadcrumbs(request, "What one person can reach"),
    }


def _identity(request: Request, principal: str) -> Identity:
    kind, _, name = principal.partition(":")
    if kind != "user":
        raise Invalid.one("who", "must be a person")
    public = request.registry["settings"]["access.public"]
    found = identity_of_user(request.db, name, public=public)
    if found is None:
        raise Missing(f"There is no enabled user {name}.")
    return found


def includeme(config: Configurator) -> None:
    """The route of this module."""
    config.add_route("access", "/-/access/{name}")
    config.scan(__name__)
