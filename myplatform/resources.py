"""Traversal: a URL's path becomes a node with its whole lineage in one query, and each node its access list."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.authorization import DENY_ALL, Allow
from pyramid.config import Configurator
from pyramid.exceptions import URLDecodeError
from pyramid.httpexceptions import HTTPNotFound
from pyramid.interfaces import ITraverser
from pyramid.request import Request
from pyramid.traversal import split_path_info
from zope.interface import implementer

from .identity import Identity
from .models.node import LONGEST_PATH
from .permissions import (
    ADMINISTRATORS,
    ENTRY_PERMISSIONS,
    OWN_PERMISSIONS,
    ROLE_PERMISSIONS,
    SIGNED_IN,
    Permission,
    Role,
)
from .queries.access import Decision, decide
from .queries.nodes import NodeRow, Step, lineage_of_id, lineage_of_path, trashed_at

VIEW_MARK = "@"
"""A path segment that begins with it names a view of the node before it; slugs cannot begin with it."""

NEW_NAME_VIEW = "@content"
"""The one view that can be asked for of a name that is still free."""

RESTORE_VIEW = "@restore"
"""The one view that can be asked for of what went from an address into the trash."""



def own(permission: Permission) -> str:
    """The access list's word for a permission on what its holder created."""
    return f"own:{permission.value}"


def on_entry(permission: Permission) -> str:
    """The access list's word for a permission on the entry of the directory that its holder is."""
    return f"entry:{permission.value}"


_ON_ENTRIES = {role: frozenset(map(on_entry, permissions)) for role, permissions in ENTRY_PERMISSIONS.items()}
_GIVEN_BY_ROLE = {
    role.value: frozenset(permissions) | {own(each) for each in OWN_PERMISSIONS.get(role, ())} | _ON_ENTRIES[role]
    for role, permissions in ROLE_PERMISSIONS.items()
}
_FOR_ADMINISTRATORS = frozenset(Permission) - {Permission.EDIT_OWN} | _ON_ENTRIES[Role.MANAGER]
_ADMINISTRATORS_MAY_ALL = (Allow, ADMINISTRATORS, _FOR_ADMINISTRATORS)


class Site:
    """Context of pages and services that belong to no node: accounts, administration, search, the feed."""

    __parent__ = None
    __name__ = ""

    def __init__(self, request: Request):
        self.request = request

    def __acl__(self) -> list[Any]:
        return [
            (Allow, SIGNED_IN, frozenset({Permission.SIGNED_IN})),
            (Allow, ADMINISTRATORS, frozenset({Permission.SIGNED_IN, Permission.ADMINISTER})),
        ]


class NodeResource:
    """A node in its lineage; `node` is its row, `grants` what people granted on it itself."""

    def __init__(self, parent: NodeResource | None, step: Step):
        self.__parent__ = parent
        self.__name__ = step.node.slug
        self.step = step
        self.node: NodeRow = step.node
        self.grants = step.grants

    def __acl__(self) -> list[Any]:
        """A method, never a property: an `AttributeError` in a property would let the parent's list apply."""
        entries: list[Any] = [
            (Allow, principal, _GIVEN_BY_ROLE[role])
            for principal, role in self.grants
            if role in _GIVEN_BY_ROLE
        ]
        if not self.node.inherits or self.__parent__ is None:
            entries += [_ADMINISTRATORS_MAY_ALL, DENY_ALL]
        return entries

    def is_created_by(self, identity: Identity | None) -> bool:
        """Whether roles that say "their own" speak of this node for that identity."""
        return identity is not None and self.node.created_by == identity.name

    def is_entry_of(self, identity: Identity | None) -> bool:
        """Whether that identity is the person of whom this entry of a directory speaks."""
        return identity is not None and identity.entry_id == self.node.id

    @property
    def lineage(self) -> list[NodeResource]:
        """From the root to this one."""
        above = self.__parent__.lineage if self.__parent__ is not None else []
        return [*above, self]

    def decision_for(self, identity: Identity) -> Decision:
        """What the identity may do here, with the grants that say so."""
        return decide([resource.step for resource in self.lineage], identity)


class NewName:
    """A name in a place at which nothing stands yet, where a program may put a file by its address."""

    def __init__(self, place: NodeResource, name: str):
        self.__parent__ = place
        self.__name__ = name
        self.place = place

    def decision_for(self, identity: Identity) -> Decision:
        """What the identity may do in the place."""
        return self.place.decision_for(identity)


class Home(NodeResource):
    """The root of the tree."""


def chain(steps: Iterable[Step]) -> NodeResource | None:
    """The resource of the last step, linked to those above it; None where there are no steps."""
    resource: NodeResource | None = None
    for step in steps:
        resource = Home(None, step) if resource is None else NodeResource(resource, step)
    return resource


@implementer(ITraverser)
class LineageTraverser:
    """Finds the node at a path with one query; what follows the first "@" segment names the view."""

    def __init__(self, root: Site):
        self.root = root

    def __call__(self, request: Request) -> Mapping[str, Any]:
        if request.matchdict is not None and "traverse" not in request.matchdict:
            subpath = tuple(request.matchdict.get("subpath", ()))
            return {**self._found(self.root), "subpath": subpath}  # a route of the site's own pages
        segments = _segments(request)
        marks = [index for index, segment in enumerate(segments) if segment.startswith(VIEW_MARK)]
        end = marks[0] if marks else len(segments)
        names, rest = segments[:end], segments[end:]
        steps = _steps_along(request, names, rest)
        resource = chain(steps)
        missing = names[max(len(steps) - 1, 0) :]
        traversed = tuple(names[: len(names) - len(missing)])
        if resource is not None and len(missing) == 1 and rest == (NEW_NAME_VIEW,):
            return self._found(NewName(resource, missing[0]), traversed, rest)
        return self._found(resource or self.root, traversed, (*missing, *rest))

    def _found(
        self, context: Any, traversed: tuple[str, ...] = (), left: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        return {
            "context": context,
            "view_name": left[0] if left else "",
            "subpath": left[1:],
            "traversed": traversed,
            "virtual_root": self.root,
            "virtual_root_path": (),
            "root": self.root,
        }


def _segments(request: Request) -> tuple[str, ...]:
    if request.matchdict is not None:
        segments = tuple(segment for segment in request.matchdict["traverse"] if segment)
    else:
        try:
            segments = split_path_info(request.path_info)
        except UnicodeDecodeError as error:
            raise URLDecodeError(
                error.encoding, error.object, error.start, error.end, error.reason
            ) from error
    return tuple(unicodedata.normalize("NFC", segment) for segment in segments)


def _can_exist(names: tuple[str, ...]) -> bool:
    return sum(map(len, names)) < LONGEST_PATH and not any("\0" in name for name in names)


def _steps_along(request: Request, names: tuple[str, ...], rest: tuple[str, ...]) -> list[Step]:
    """The nodes along a path as far as there are any; to be restored, those that stood there when it was trashed."""
    if not _can_exist(names):
        return []
    path = "/" + "/".join(names)
    trashed = trashed_at(request.db, path) if rest == (RESTORE_VIEW,) else None
    return _unbroken(lineage_of_path(request.db, path)) if trashed is None else lineage_of_id(request.db, trashed)


def _unbroken(steps: list[Step]) -> list[Step]:
    """The steps as far as each is a child of the one before."""
    kept: list[Step] = []
    for step in steps:
        if kept and step.node.parent_id != kept[-1].node.id:
            break
        kept.append(step)
    return kept


def is_number(text: str) -> bool:
    """Whether a parameter is a number that a database can hold."""
    return text.isascii() and text.isdigit() and len(text) < 19


def id_in_url(request: Request) -> int:
    """The `{id}` of the route; 0, which no row has, for what is no id."""
    text = request.matchdict["id"]
    return int(text) if is_number(text) else 0


def node_by_id_factory(request: Request) -> NodeResource:
    """Route factory for `{id}`: the node, live or in the trash, with its lineage. Raises HTTPNotFound."""
    resource = chain(lineage_of_id(request.db, id_in_url(request)))
    if resource is None:
        raise HTTPNotFound
    return resource


class KindPredicate:
    """`kind="page"` on a view: it answers for nodes of that kind only."""

    def __init__(self, value: str, config: Configurator):  # noqa: ARG002
        self.value = value

    def text(self) -> str:
        """How the predicate shows in introspection."""
        return f"kind = {self.value}"

    phash = text

    def __call__(self, context: Any, request: Request) -> bool:  # noqa: ARG002
        return isinstance(context, NodeResource) and context.node.kind == self.value


class OwnEntryPredicate:
    """`own_entry=True` on a view: it answers where the node is the entry of the directory that the asker is."""

    def __init__(self, value: bool, config: Configurator):  # noqa: ARG002
        self.value = value

    def text(self) -> str:
        """How the predicate shows in introspection."""
        return f"own_entry = {self.value}"

    phash = text

    def __call__(self, context: Any, request: Request) -> bool:
        return isinstance(context, NodeResource) and context.is_entry_of(request.identity) is self.value


def includeme(config: Configurator) -> None:
    """Root, traverser and the predicates `kind` and `own_entry`."""
    config.set_root_factory(Site)
    config.add_traverser(LineageTraverser, Site)
    config.add_view_predicate("kind", KindPredicate)
    config.add_view_predicate("own_entry", OwnEntryPredicate)
