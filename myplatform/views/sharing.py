"""Sharing: who may do what at a place in sentences, and what a change of it would do before it is saved."""

from __future__ import annotations

import json
from typing import Any

from pyramid.config import Configurator
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config, view_defaults
from webob.multidict import MultiDict

from ..actions.locking import lock_subtree
from ..actions.sharing import Granted, ensure_can_grant, granted_on, set_grants
from ..errors import Conflict, Invalid, Missing
from ..identity import Identity
from ..languages import gettext as _
from ..permissions import PUBLIC, SIGNED_IN, Permission, Role
from ..queries.access import Decision, decide
from ..queries.accounts import TITLES, principal_titles
from ..queries.effects import effect_of_sharing
from ..queries.identities import identity_of_user
from ..queries.nodes import Step
from ..queries.principals import find_principal, search_principals
from ..queries.requests import requests_at
from ..resources import NodeResource
from .frame import breadcrumbs
from .inputs import UNPROCESSABLE, messages_of, text_of
from .roles import ROLE_FOR, role_choices, role_means
from .toasts import see, toast_of
from .wishes import Wish, given_of, stamp_of, wish_of

VIEW = "@sharing"
PREVIEW = "@sharing-preview"
SUGGESTED = 100
NOTHING_TYPED = {"principal": "", "role": Role.READER.value}


@view_defaults(context=NodeResource, permission=Permission.SHARE, renderer="sharing.jinja2")
class Sharing:
    """The page, the preview of each change, and saving it."""

    def __init__(self, request: Request):
        self.request = request
        self.db = request.db
        self.node = request.context.node
        self.lineage: list[Step] = [resource.step for resource in request.context.lineage]
        self.own = [Granted(*grant) for grant in sorted(self.lineage[-1].grants)]

    @view_config(name=VIEW, request_method="GET")
    def show(self) -> dict[str, Any]:
        """What is granted here and above, in sentences."""
        return self._page(NOTHING_TYPED, {})

    @view_config(name=PREVIEW, request_method="GET")
    def preview(self) -> dict[str, Any] | Response:
        """What the change that the address describes would do; with `part=dialog` the words alone."""
        sent = self.request.GET
        try:
            return self._preview(wish_of(self.db, sent))
        except Invalid as problem:
            return self._page(given_of(sent), messages_of(self.request, problem))

    @view_config(name=VIEW, request_method="POST")
    def change(self) -> dict[str, Any] | Response:
        """Save a change; what was previewed of another state of things is shown again instead."""
        sent: MultiDict[str, Any] = self.request.POST
        try:
            wish = wish_of(self.db, sent)
            with self.db.begin_nested():
                self._hold()
                if text_of(self.request, "seen") not in ("", self._stamp()):
                    self.request.response.status_int = UNPROCESSABLE
                    notice = _("The sharing has changed meanwhile. This is what your change does now.")
                    return self._preview(wish, notice)
                grants, inherits = self._wanted(wish)
                _node, change = set_grants(self.db, self.node, grants, inherits=inherits, by=self.request.identity)
        except (Invalid, Conflict) as problem:
            return self._page(given_of(sent), messages_of(self.request, problem))
        return see(self.request, f"{self.node.path.rstrip('/')}/{VIEW}", change=change)

    def _hold(self) -> None:
        """Let nobody else change the sharing until this is saved, and see it as it stands then."""
        self.node = lock_subtree(self.db, self.node)
        self.own = granted_on(self.db, self.node.id)

    def _wanted(self, wish: Wish) -> tuple[set[Granted], bool]:
        above = [Granted(line["principal"], line["role"]) for line in inherited_lines(self.lineage)]
        return wish.grants(self.own, above), wish.inherits(self.node.inherits)

    def _stamp(self) -> str:
        return stamp_of(self.own, inherits=self.node.inherits)

    def _preview(self, wish: Wish, notice: str = "") -> Response:
        """The page or dialog that says what the wish would do. Raises `Invalid` for what cannot be granted."""
        by = self.request.identity
        grants, inherits = self._wanted(wish)
        ensure_can_grant(self.db, self.node, grants, by=by)
        titles = principal_titles(self.db, wish.principals)
        values = {
            "node": self.node,
            "effect": effect_of_sharing(self.db, self.node, grants, inherits=inherits, by=by),
            "wish": wish,
            "heading": wish.heading(titles),
            "button": wish.button(titles),
            "seen": self._stamp(),
            "notice": notice,
            "breadcrumbs": breadcrumbs(self.request, _("Sharing")),
        }
        name = "sharing_dialog" if self.request.GET.get("part") == "dialog" else "sharing_preview"
        return render_to_response(
            f"myplatform:templates/{name}.jinja2", values, request=self.request, response=self.request.response
        )

    def _page(self, given: dict[str, str], errors: dict[str, list[str]]) -> dict[str, Any]:
        inherited, asked = inherited_lines(self.lineage), self._asked()
        everybody = everybody_choices()
        spoken_of = {grant.principal for grant in self.own} | {line["principal"] for line in inherited}
        spoken_of |= {reason.principal for reason in asked["decision"].reasons} if asked else set()
        return {
            "node": self.node,
            "own": self.own,
            "inherited": inherited,
            "asked": asked,
            "requests": requests_at(self.db, self.request.identity, self.node.id),
            "role_for": ROLE_FOR,
            "titles": principal_titles(self.db, spoken_of),
            "roles": role_choices(),
            "role_means": role_means,
            "everybody": everybody,
            "everybody_json": json.dumps(everybody),
            "given": given,
            "errors": errors,
            "suggestions": search_principals(self.db, "", limit=SUGGESTED),
            "toast": toast_of(self.request),
            "breadcrumbs": breadcrumbs(self.request, _("Sharing")),
        }

    def _asked(self) -> dict[str, Any] | None:
        """The explained decision for the person in `?who=`."""
        typed = self.request.GET.get("who", "").strip()
        if not typed:
            return None
        try:
            who = person_named(self.request, find_principal(self.db, typed, field="who"))
        except (Invalid, Missing) as problem:
            return {"typed": typed, "who": None, "problem": problem.words, "decision": NO_DECISION}
        return {"typed": typed, "who": who, "problem": "", "decision": decide(self.lineage, who)}


def everybody_choices() -> list[dict[str, str]]:
    """What can be shared with besides people and groups."""
    return [{"principal": each, "title": _(TITLES[each])} for each in (SIGNED_IN, PUBLIC)]


NO_DECISION = Decision(frozenset(), (), None)


def inherited_lines(lineage: list[Step]) -> list[dict[str, Any]]:
    """The grants of the places above that reach the last step, the nearest first."""
    lines = []
    for below, step in zip(reversed(lineage), reversed(lineage[:-1]), strict=False):
        if not below.node.inherits:
            break
        lines += [{"principal": principal, "role": role, "node": step.node} for principal, role in step.grants]
    return lines


def person_named(request: Request, principal: str) -> Identity:
    """Whom a principal "user:NAME" stands for, as they are now. Raises `Invalid` and `Missing`."""
    kind, _colon, name = principal.partition(":")
    if kind != "user":
        raise Invalid.one("who", _("must be a person"))
    public = request.registry["settings"]["access.public"]
    found = identity_of_user(request.db, name, public=public)
    if found is None:
        raise Missing(_("There is no enabled user %(name)s.", name=name))
    return found


def includeme(config: Configurator) -> None:
    """The views of this module."""
    config.scan(__name__)
