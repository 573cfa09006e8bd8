"""Who may do what: the permissions, the roles that bundle them, and what a token's scope lets through.

This page is the whole policy. Grants give a role on a node to a principal and are inherited down the tree;
`resources.py` walks them for one node and `queries/visibility.py` asks the same of many nodes in SQL.
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """A single right. The value is the word REST answers and pages name."""

    VIEW = "view"  # see that it exists, read it, its history and its files
    ADD = "add"  # create things inside it
    EDIT = "edit"  # change its title, fields and order, and revert it
    EDIT_OWN = "edit-own"  # change what the site lets people change on their own entry of the directory
    TRASH = "trash"  # move, rename, trash and restore it
    SHARE = "share"  # read and change its grants, see who can reach it
    PURGE = "purge"  # delete it for good from the trash
    SIGNED_IN = "signed-in"  # have an account: own password, sessions, tokens, the feed of what one may see
    ADMINISTER = "administer"  # users, groups, everybody's tokens, the audit


class Role(StrEnum):
    """What people grant; each includes all that the ones before it give."""

    READER = "reader"  # can view
    CONTRIBUTOR = "contributor"  # can view, add, and edit or trash what they made themselves
    EDITOR = "editor"  # can view, add, edit, move and trash anything here
    MANAGER = "manager"  # an editor who can also share and delete for good

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it gives on everything it is granted on."""
        return ROLE_PERMISSIONS[self]

    @property
    def own_permissions(self) -> frozenset[Permission]:
        """What it adds on the things that its holder created."""
        return OWN_PERMISSIONS.get(self, frozenset())

    @property
    def entry_permissions(self) -> frozenset[Permission]:
        """What it adds on the entry of the directory that its holder is."""
        return ENTRY_PERMISSIONS.get(self, frozenset())

    def given(self, *, is_own: bool, is_entry: bool = False) -> frozenset[Permission]:
        """What it gives on one thing, created by its holder if `is_own`, their entry of the directory if `is_entry`."""
        given = self.permissions | self.own_permissions if is_own else self.permissions
        return given | self.entry_permissions if is_entry else given

    def rank(self) -> int:
        """Its place among the roles, the weakest first."""
        return list(Role).index(self)


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.READER: frozenset({Permission.VIEW}),
    Role.CONTRIBUTOR: frozenset({Permission.VIEW, Permission.ADD}),
    Role.EDITOR: frozenset({Permission.VIEW, Permission.ADD, Permission.EDIT, Permission.TRASH}),
    Role.MANAGER: frozenset(
        {
            Permission.VIEW,
            Permission.ADD,
            Permission.EDIT,
            Permission.TRASH,
            Permission.SHARE,
            Permission.PURGE,
        }
    ),
}

OWN_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CONTRIBUTOR: frozenset({Permission.EDIT, Permission.TRASH}),
}
"""What a role adds on the things that its holder created."""

ENTRY_PERMISSIONS: dict[Role, frozenset[Permission]] = {role: frozenset({Permission.EDIT_OWN}) for role in Role}
"""What a role adds on the entry of the directory that its holder is: whoever sees themselves may mend themselves."""

SIGNED_IN = "signed-in"
PUBLIC = "public"
ADMINISTRATORS = "administrators"
"""Principal of site administrators: manager everywhere, even where inheritance stops; nobody can grant to it."""


class Scope(StrEnum):
    """What a token may be used for; each is given by name when the token is made."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


SCOPE_OF: dict[Permission, Scope] = {
    Permission.VIEW: Scope.READ,
    Permission.SIGNED_IN: Scope.READ,
    Permission.ADD: Scope.WRITE,
    Permission.EDIT: Scope.WRITE,
    Permission.EDIT_OWN: Scope.WRITE,
    Permission.TRASH: Scope.WRITE,
    Permission.PURGE: Scope.WRITE,
    Permission.SHARE: Scope.ADMIN,
    Permission.ADMINISTER: Scope.ADMIN,
}
"""The scope a token needs for a permission."""


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that give `permission` on everything they are granted on."""
    return tuple(role for role, given in ROLE_PERMISSIONS.items() if permission in given)


def roles_with_own(permission: Permission) -> tuple[Role, ...]:
    """The roles that give `permission` only on what their holder created."""
    return tuple(role for role, given in OWN_PERMISSIONS.items() if permission in given)


def roles_with_entry(permission: Permission) -> tuple[Role, ...]:
    """The roles that give `permission` only on the entry of the directory that their holder is."""
    return tuple(role for role, given in ENTRY_PERMISSIONS.items() if permission in given)
