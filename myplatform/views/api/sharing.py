"""Who may do what on a node: its grants, what finally applies, and one user's decision explained."""

from __future__ import annotations

from typing import Any, Literal

from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request

from ...actions.sharing import Granted, ensure_can_grant, set_grants
from ...errors import BadQuery
from ...permissions import ADMINISTRATORS, Permission, Role
from ...queries.access import applying_steps, decide
from ...queries.effects import effect_of_sharing
from ...queries.identities import identity_of_user
from ...queries.nodes import Step, lineage_of_id
from ...representations import decision_document, effect_document, grant_documents
from .bodies import Body, body_of
from .describing import text_parameter
from .operations import Answer, Operation
from .parameters import only
from .services import on_node

GRANTS = Answer("Own grants, whether it inherits, and all that applies with its source.", "Grants")


class GrantGiven(Body):
    """A role for a principal: "user:NAME", "group:NAME", "signed-in" or "public"."""

    principal: str
    role: Literal[tuple(role.value for role in Role)]  # type: ignore[valid-type]


class GrantsGiven(Body):
    """What is granted on a node, in place of all that was, and whether it inherits as well."""

    inherit: bool = True
    grants: list[GrantGiven]


@on_node(
    "GET",
    "@grants",
    permission=Permission.SHARE,
    operation=Operation("getGrants", "Read the grants of a node", "sharing", {200: GRANTS}, problems=(400,)),
)
def get_grants(request: Request) -> dict[str, Any]:
    """Own grants and what is inherited."""
    only(request)
    return grants_document([resource.step for resource in request.context.lineage])


@on_node(
    "PUT",
    "@grants",
    permission=Permission.SHARE,
    operation=Operation(
        "setGrants",
        "Replace the grants of a node",
        "sharing",
        {200: GRANTS},
        description="Nobody can give a role that goes beyond their own, nor lose the right to share by this.",
        body=GrantsGiven,
        example={"inherit": True, "grants": [{"principal": "user:ada", "role": "manager"}]},
        problems=(400, 409, 413, 415, 422),
    ),
)
def put_grants(request: Request) -> dict[str, Any]:
    """Grant exactly what the body says."""
    only(request)
    given = body_of(request, GrantsGiven)
    wanted = [Granted(each.principal, each.role) for each in given.grants]
    node, _ = set_grants(request.db, request.context.node, wanted, inherits=given.inherit, by=request.identity)
    return grants_document(lineage_of_id(request.db, node.id))


@on_node(
    "POST",
    "@grants-preview",
    permission=Permission.SHARE,
    operation=Operation(
        "previewGrants",
        "Say what replacing the grants of a node would do",
        "sharing",
        {200: Answer("Whose role would change, and what to beware of. Nothing is changed.", "Effect")},
        description="Site administrators, who may do everything before and after, are not counted.",
        body=GrantsGiven,
        example={"inherit": True, "grants": [{"principal": "user:ada", "role": "manager"}]},
        problems=(400, 413, 415, 422),
    ),
)
def preview_grants(request: Request) -> dict[str, Any]:
    """What the same body would do if it was PUT."""
    only(request)
    given, node, by = body_of(request, GrantsGiven), request.context.node, request.identity
    wanted = [Granted(each.principal, each.role) for each in given.grants]
    ensure_can_grant(request.db, node, wanted, by=by)
    return effect_document(effect_of_sharing(request.db, node, wanted, inherits=given.inherit, by=by))


def grants_document(lineage: list[Step]) -> dict[str, Any]:
    """The grants that stand on the last node, and all that reach it, the nearest first."""
    own = lineage[-1]
    steps, _ = applying_steps(lineage)
    effective = [
        {"principal": principal, "role": role, "path": step.node.path}
        for step in steps
        for principal, role in step.grants
    ]
    always = {"principal": ADMINISTRATORS, "role": Role.MANAGER, "path": None}
    grants = sorted(own.grants)
    return {"inherit": own.node.inherits, "grants": grant_documents(grants), "effective": [*effective, always]}


def access_parameters() -> list[dict[str, Any]]:
    """The user whose access is explained."""
    return [text_parameter("user", "The name of the user; by default whoever asks. Others' need the right to share.")]


@on_node(
    "GET",
    "@access",
    permission=Permission.VIEW,
    operation=Operation(
        "explainAccess",
        "Explain what a user may do on a node",
        "sharing",
        {200: Answer("The permissions and the grants that give them.", "Decision")},
        parameters=access_parameters,
        problems=(400,),
    ),
)
def explain_access(request: Request) -> dict[str, Any]:
    """Which permissions, by which grants, to whom, on which node above."""
    given = only(request, "user")
    asker, name = request.identity, given.get("user")
    if name not in (None, asker.name):
        denied = request.has_permission(Permission.SHARE)
        if not denied:
            raise HTTPForbidden(result=denied)
        public = request.registry["settings"]["access.public"]
        asker = identity_of_user(request.db, name, public=public)
        if asker is None:
            raise BadQuery(f"There is no enabled user {name!r}.", field="user")
    node = request.context.node
    return decision_document(asker.name, node, decide([each.step for each in request.context.lineage], asker))
