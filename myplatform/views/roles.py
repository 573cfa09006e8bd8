"""Roles in words: what the holder of each may do, short for sentences and long for choosing."""

from __future__ import annotations

from ..languages import gettext as _
from ..languages import mark
from ..permissions import Permission, Role

CAN = {
    Role.READER: mark("can view"),
    Role.CONTRIBUTOR: mark("can add"),
    Role.EDITOR: mark("can edit"),
    Role.MANAGER: mark("can manage"),
}
MEANS = {
    Role.READER: mark("See and read everything here."),
    Role.CONTRIBUTOR: mark("Also add things, and edit or delete what they added themselves."),
    Role.EDITOR: mark("Also edit, move and delete everything here."),
    Role.MANAGER: mark("Also decide who can reach this, and delete for good."),
}
ROLE_FOR = {
    Permission.VIEW: Role.READER,
    Permission.ADD: Role.CONTRIBUTOR,
    Permission.EDIT: Role.EDITOR,
    Permission.TRASH: Role.EDITOR,
    Permission.SHARE: Role.MANAGER,
    Permission.PURGE: Role.MANAGER,
}
"""The weakest role that gives a permission."""


def role_can(role: str) -> str:
    """What somebody with the role can do, for a sentence: "can edit"."""
    return _(CAN[Role(role)])


def role_means(role: str) -> str:
    """What the role lets people do beyond the weaker ones."""
    return _(MEANS[Role(role)])


def role_choices() -> list[tuple[str, str]]:
    """All roles as options, the weakest first."""
    return [(role.value, role_can(role)) for role in Role]
