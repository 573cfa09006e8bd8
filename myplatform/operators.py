"""Who may look at how a site runs: whoever has the operations token, and administrators."""

from __future__ import annotations

import hmac

from pyramid.request import Request
from sqlalchemy.exc import SQLAlchemyError

from .permissions import Scope
from .security import bearer_token
from .settings import Settings


def has_operations_token(token: str | None, settings: Settings) -> bool:
    """Whether it is the operations token, which a site need not have."""
    wanted = settings["operations.token"]
    return token is not None and wanted is not None and hmac.compare_digest(token.encode(), wanted.encode())


def is_operator(request: Request) -> bool:
    """Whether the asker may know. No statement with the operations token: it serves when the database does not."""
    if has_operations_token(bearer_token(request), request.registry["settings"]):
        return True
    try:
        me = request.identity
    except SQLAlchemyError:
        return False
    return me.is_admin and (me.scopes is None or Scope.ADMIN in me.scopes)
