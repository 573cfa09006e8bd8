"""What the site is called and looks like: what administrators set in the browser, else what the INI file says.

It is kept in memory under the stamp of its writing. Signed-in requests learn the newest stamp in the statement that
tells who is asking, so that no process ever shows an old one.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from .actions.site_values import ACCENT, LOGO, NEWS, TITLE
from .assets import YEAR
from .errors import Missing
from .settings import Settings
from .theme import style_sheet


@dataclass(frozen=True)
class Appearance:
    """Name, colour, logo (a PNG) and the id of the place whose pages are news."""

    title: str
    accent: str
    logo: bytes | None = None
    news_id: int | None = None

    @property
    def theme_path(self) -> str:
        """The URL path of the style sheet with the accent; it changes whenever the sheet does."""
        return f"/-/theme.css?{_digest(style_sheet(self.accent).encode())}"

    @property
    def logo_path(self) -> str | None:
        """The URL path of the logo, which changes with it; None without one."""
        return f"/-/logo.png?{_digest(self.logo)}" if self.logo else None


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:8]


def appearance_of(request: Request) -> Appearance:
    """What the site looks like now. No statement where this process knows it and somebody is signed in, else one."""
    known: tuple[str, Appearance] | None = request.registry.get("appearance")
    stamp, values = request.site_values
    if known is not None and stamp == known[0]:
        return known[1]
    made = Appearance(
        title=values.get(TITLE) or _from_settings(request).title,
        accent=values.get(ACCENT) or _from_settings(request).accent,
        logo=b64decode(values[LOGO]) if values.get(LOGO) else None,
        news_id=values.get(NEWS),
    )
    request.registry["appearance"] = (stamp, made)
    return made


def last_known(request: Request) -> Appearance:
    """What the site looked like when this process asked last: for pages that must not ask the database."""
    known: tuple[str, Appearance] | None = request.registry.get("appearance")
    return known[1] if known else _from_settings(request)


def _from_settings(request: Request) -> Appearance:
    settings: Settings = request.registry["settings"]
    return Appearance(settings["site.title"], settings["site.accent"])


def theme_css(request: Request) -> Response:
    """Answer the style sheet that defines the accent colours."""
    return _lasting(style_sheet(request.appearance.accent).encode(), "text/css", charset="utf-8")


def logo_png(request: Request) -> Response:
    """Answer the logo."""
    if request.appearance.logo is None:
        raise Missing
    return _lasting(request.appearance.logo, "image/png")


def _lasting(body: bytes, content_type: str, **others: str) -> Response:
    """An answer whose address changes with it, so that browsers keep it."""
    response = Response(body, content_type=content_type, **others)
    response.cache_control = f"public, max-age={YEAR}, immutable"
    return response


def includeme(config: Configurator) -> None:
    """`request.appearance`, and the style sheet and logo that come of it."""
    config.add_request_method(appearance_of, "appearance", reify=True)
    for view, path in ((theme_css, "/-/theme.css"), (logo_png, "/-/logo.png")):
        config.allow_without_permission(f"{__name__}:{view.__name__}", "the page on which one signs in has looks too")
        config.add_route(view.__name__, path)
        config.add_view(view, route_name=view.__name__, request_method="GET", permission=NO_PERMISSION_REQUIRED)
