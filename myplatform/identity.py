"""Who is asking: a detached value that actions and queries take, made once a request by `security.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .permissions import ADMINISTRATORS, PUBLIC, SCOPE_OF, SIGNED_IN, Permission, Scope


@dataclass(frozen=True)
class Identity:
    """A person or program with everything that decides what it may do.

    `via` says how it proved itself ("session:12", "token:3", "command line"); `scopes` limits a token and is
    None for a browser session. `language` and `time_zone` are what the person chose to read in, if anything.
    `entry_id` is the entry of a people directory that the person is.

    Whoever sees the site as somebody else stays who they are, and may only do what `seen_as` may do as well.
    """

    name: str
    display_name: str
    user_id: int | None
    principals: tuple[str, ...]
    is_admin: bool = False
    via: str = ""
    scopes: frozenset[Scope] | None = None
    language: str | None = None
    time_zone: str | None = None
    entry_id: int | None = None
    seen_as: Identity | None = None

    @property
    def judged(self) -> tuple[Identity, ...]:
        """All who must be allowed something for this identity to be allowed it; each is judged alone."""
        return (replace(self, seen_as=None), self.seen_as) if self.seen_as is not None else (self,)

    @property
    def is_signed_in(self) -> bool:
        """Whether this is somebody, rather than an anonymous visitor."""
        return self.user_id is not None or self.name == SYSTEM_NAME

    @property
    def may_write(self) -> bool:
        """Whether the token used, if one is, may write anything."""
        return self.scopes is None or Scope.WRITE in self.scopes

    @property
    def is_oneself(self) -> bool:
        """Whether somebody is signed in and sees the site with their own eyes: what is theirs alone is shown then."""
        return self.is_signed_in and self.seen_as is None

    def scope_allows(self, permission: Permission) -> bool:
        """Whether the token used may do this at all, whatever its user may do."""
        return self.scopes is None or SCOPE_OF[permission] in self.scopes


SYSTEM_NAME = "system"

SYSTEM = Identity(
    name=SYSTEM_NAME,
    display_name="System",
    user_id=None,
    principals=(ADMINISTRATORS,),
    is_admin=True,
    via="command line",
)
"""The site itself: imports, the first start and the command line act as this."""


def anonymous(*, public: bool) -> Identity:
    """A visitor who has not signed in; `public` says whether grants to the public take effect."""
    return Identity(
        name="", display_name="Visitor", user_id=None, principals=(PUBLIC,) if public else (), via=""
    )


def principals_of(name: str, groups: list[str], *, is_admin: bool, public: bool) -> tuple[str, ...]:
    """The principals that a signed-in user stands for, in a stable order."""
    principals = [f"user:{name}", SIGNED_IN, *(f"group:{group}" for group in sorted(groups))]
    if public:
        principals.append(PUBLIC)
    if is_admin:
        principals.append(ADMINISTRATORS)
    return tuple(principals)
