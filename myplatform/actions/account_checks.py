"""What names, titles and e-mail addresses of accounts must be; all wrong ones are reported together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from ..errors import FieldError, Invalid, NotAllowed
from ..fields import on_one_line
from ..identity import Identity
from ..languages import gettext as _
from ..models import User
from ..permissions import ADMINISTRATORS, PUBLIC, SIGNED_IN, Permission, Scope

MAX_NAME_LENGTH = 64
MAX_TITLE_LENGTH = 200
MAX_EMAIL_LENGTH = 254
RESERVED_NAMES = frozenset({"system", ADMINISTRATORS, SIGNED_IN, PUBLIC})
PUNCTUATION = frozenset("._-")
NAME_CATEGORIES = ("L", "M", "Nd")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"/]+")


class Wrong:
    """Collects what does not fit, so that everything is told at once."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, field: str, message: str) -> None:
        """Note a wrong field."""
        self.errors.append(FieldError(field, message))

    def check(self, field: str, rule: Callable[..., Any], *arguments: Any) -> Any:
        """What `rule` makes of the arguments, or None after noting its `ValueError`."""
        try:
            return rule(*arguments)
        except ValueError as error:
            self.add(field, str(error))
            return None

    def raise_if_any(self) -> None:
        """Raise `Invalid` with everything noted."""
        if self.errors:
            raise Invalid(self.errors)


def normal_name(typed: str) -> str:
    """A name as it is stored and looked up: one form of each character, lower case."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def account_name(typed: str) -> str:
    """A name for a new user or group; ValueError says what is wrong with it."""
    name = normal_name(typed)
    if not name:
        raise ValueError(_("is required"))
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(_("can have at most %(count)s characters", count=MAX_NAME_LENGTH))
    odd = next((c for c in name if not _may_stand_in_name(c)), None)
    if odd is not None:
        shown = repr(odd) if odd.isprintable() else f"U+{ord(odd):04X}"
        raise ValueError(_("can have letters, digits, dots, hyphens and underscores, but not %(shown)s", shown=shown))
    if name[0] in PUNCTUATION or name[-1] in PUNCTUATION:
        raise ValueError(_("must begin and end with a letter or digit"))
    if name in RESERVED_NAMES:
        raise ValueError(_("is reserved for the site itself; choose another"))
    return name


def _may_stand_in_name(character: str) -> bool:
    return character in PUNCTUATION or unicodedata.category(character).startswith(NAME_CATEGORIES)


def account_title(typed: str) -> str:
    """A display name or title: something visible on one line."""
    title = on_one_line(unicodedata.normalize("NFC", typed).strip())
    if not title:
        raise ValueError(_("is required"))
    if len(title) > MAX_TITLE_LENGTH:
        raise ValueError(_("can have at most %(count)s characters", count=MAX_TITLE_LENGTH))
    return title


def email_address(typed: str | None) -> str | None:
    """An e-mail address in lower case, None where none was given."""
    address = normal_name(typed or "")
    if not address:
        return None
    if len(address) > MAX_EMAIL_LENGTH:
        raise ValueError(_("can have at most %(count)s characters", count=MAX_EMAIL_LENGTH))
    if not _EMAIL.fullmatch(on_one_line(address)):
        raise ValueError(_("must be an e-mail address such as ada@example.com"))
    return address


def may_administer(by: Identity) -> bool:
    """Whether somebody acts as administrator, be it with a token."""
    return by.is_admin and by.scope_allows(Permission.ADMINISTER)


def ensure_handles_accounts(by: Identity) -> None:
    """Raise `NotAllowed` to a token without the scope admin, be the account its user's own."""
    if by.scopes is not None and Scope.ADMIN not in by.scopes:
        raise NotAllowed(_("A token needs the scope admin to change accounts, sessions and tokens."))


def ensure_own_or_administered(by: Identity, user: User) -> None:
    """Raise `NotAllowed` unless it is the asker's own account, or the asker administers accounts."""
    ensure_handles_accounts(by)
    if by.user_id != user.id and not may_administer(by):
        raise NotAllowed(_("Only administrators change other people's accounts."), Permission.ADMINISTER)
