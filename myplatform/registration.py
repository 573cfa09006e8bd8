"""What every view must declare to be registered at all: a permission and the request methods it answers.

A view that anybody may call, signed in or not, is named here with the reason, or by a plug-in through
`config.allow_without_permission("package.module:function", "reason")`.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.predicates import RequestMethodPredicate
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view
from pyramid.viewderivers import INGRESS

NOBODY = "nobody"
"""The permission of a view that would have declared none; nobody has it."""

CORNICE_FALLBACK = "cornice.pyramidhook:get_fallback_view.<locals>._fallback_view"

WITHOUT_PERMISSION = {
    CORNICE_FALLBACK: "answers 405, 406 and 415 for what a service does not offer",
    "myplatform.views.api.health:health": "whoever starts and watches the process has no account",
    "myplatform.views.api.health:readiness": "whoever starts and watches the process has no account",
    "myplatform.views.measures:show_metrics": "it asks for the operations token itself, and shows nothing without it",
    "myplatform.views.arrivals:show_arrival": "the secret in the URL, made by a check, is the permission",
    "myplatform.assets:theme_css": "the sign-in page has colours too",
    "myplatform.views.sign_in:show_sign_in": "one has to get in",
    "myplatform.views.sign_in:sign_in": "one has to get in",
    "myplatform.views.sign_in:sign_out": "an ended session must not keep anybody from signing out",
    "myplatform.views.links:show_setup": "the secret in the URL is the permission",
    "myplatform.views.links:set_up": "the secret in the URL is the permission",
    "myplatform.views.links:show_password": "the secret in the URL is the permission",
    "myplatform.views.links:choose_password": "the secret in the URL is the permission",
    "myplatform.views.notifications:ask_to_stop": "the secret in the URL is the permission",
    "myplatform.views.notifications:end_mail": "the secret in the URL is the permission",
}
"""The reviewed list of views that need no permission."""

ANY_METHOD = frozenset({CORNICE_FALLBACK, "myplatform.views.api.services:wrong_method"})
"""Views that answer whatever method nothing else answers."""


def view_name(info: Any) -> str:
    """ "package.module:function" of the view that is being registered."""
    view = info.original_view
    name = getattr(view, "__qualname__", type(view).__qualname__)
    attribute = info.options.get("attr")
    return f"{getattr(view, '__module__', '')}:{name}" + (f".{attribute}" if attribute else "")


def declared_view(view: Any, info: Any) -> Any:
    """View deriver: refuse a view that says nothing about its permission or methods."""
    if info.exception_only or isinstance(info.original_view, static_view):
        return view
    name = view_name(info)
    permission = info.options.get("permission")
    if permission is None:
        raise ConfigurationError(f"The view {name} declares no permission; see registration.py.")
    if permission == NO_PERMISSION_REQUIRED and name not in _allowed(info.registry):
        raise ConfigurationError(f"The view {name} needs no permission but is not listed in registration.py.")
    if name not in ANY_METHOD and not any(isinstance(each, RequestMethodPredicate) for each in info.predicates):
        raise ConfigurationError(f"The view {name} declares no request_method.")
    return view


def allow_without_permission(config: Configurator, name: str, reason: str) -> None:
    """Directive: let the view "package.module:function" be registered with NO_PERMISSION_REQUIRED."""
    if not reason.strip():
        raise ConfigurationError(f"Say why anybody may call {name}.")
    _allowed(config.registry)[name] = reason


def _allowed(registry: Any) -> dict[str, str]:
    return registry.setdefault("views_without_permission", dict(WITHOUT_PERMISSION))


def includeme(config: Configurator) -> None:
    """The deriver, the directive and the permission that nobody has."""
    config.set_default_permission(NOBODY)
    config.add_directive("allow_without_permission", allow_without_permission, action_wrap=False)
    config.add_view_deriver(declared_view, under=INGRESS, over="secured_view")
