"""Sets up Jinja2 and gives every template the same few names: who asks, the site, URLs, icons, times, navigation."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape
from pyramid.config import Configurator
from pyramid.events import BeforeRender
from pyramid.interfaces import IRequest
from pyramid.request import Request
from pyramid_jinja2 import EXTRAS_CONFIG_PHASE

from .. import assets, languages
from ..models import utc_now
from . import wording
from .frame import breadcrumbs, kind_icon, navigation
from .quick_templates import IMPORTED, quicken
from .roles import role_can

PLAIN = "/@:+~!$,="
"""What stands unquoted in addresses."""
THEMES = ("light", "dark")
JINJA2_SETTINGS = {
    "jinja2.directories": "myplatform:templates",
    "jinja2.undefined": "strict",
    "jinja2.trim_blocks": True,
    "jinja2.lstrip_blocks": True,
    "jinja2.newstyle": True,
}


def node_url(request: Request, path: str, view: str = "", **query: Any) -> str:
    """The URL, without scheme and host, of a path of the site or of a node's view: ("/handbook", "@edit")."""
    return _url_below(_quoted(request.script_name), path, view, **query)


def _url_below(prefix: str, path: str, view: str = "", **query: Any) -> str:
    whole = f"{path.rstrip('/')}/{view}" if view else path
    address = prefix + _quoted(whole)
    if not query:
        return address
    given = {name: str(value) for name, value in query.items() if value is not None}
    return f"{address}?{urlencode(given, quote_via=quote)}" if given else address


@lru_cache(maxsize=8192)
def _quoted(path: str) -> str:
    return quote(path, safe=PLAIN)


def time(moment: dt.datetime) -> Markup:
    """A moment as "3 hours ago", with the exact time on hover."""
    exact = wording.exact_time(moment, languages.reader().time_zone)
    words = wording.relative_time(moment, utc_now())
    stamp = moment.astimezone(dt.UTC).isoformat(timespec="seconds")
    return _RELATIVE % (stamp, exact, words)


def exact_time(moment: dt.datetime) -> Markup:
    """A moment in full in the reader's time zone, for where the exact time matters."""
    exact = wording.exact_time(moment, languages.reader().time_zone)
    stamp = moment.astimezone(dt.UTC).isoformat(timespec="seconds")
    return _EXACT % (stamp, exact)


_RELATIVE = Markup('<time datetime="%s" title="%s" data-relative>%s</time>')
_EXACT = Markup('<time datetime="%s">%s</time>')


def today() -> dt.date:
    """The day it is for the reader."""
    return utc_now().astimezone(languages.reader().time_zone).date()


def attributes(values: dict[str, Any]) -> Markup:
    """HTML attributes, whose names are ours; True gives a bare name, False and None leave it out."""
    written = [
        name if value is True else f'{name}="{escape(value)}"'
        for name, value in values.items()
        if value is not None and value is not False
    ]
    return Markup(" ".join(written))  # noqa: S704 - each value was escaped just above


@lru_cache(maxsize=4096)
def initials_avatar(name: str, size: str) -> Markup:
    """A person's initials on a colour of their own. Decoration: not read out, copied or found."""
    said = {
        "class": f"avatar {size}".strip(),
        "data-tone": wording.tone(name),
        "data-initials": wording.initials(name),
        "aria-hidden": "true",
    }
    return Markup("<span {}></span>").format(attributes(said))


def add_layout_values(event: BeforeRender) -> None:
    """What the layout needs, computed only when the template is one of ours and asks for it."""
    request = event.get("request")
    if request is None or not IRequest.providedBy(request) or event["renderer_name"] == "json":
        return
    me = request.identity
    event["me"] = me if me is not None and me.is_signed_in else None
    event["site"] = site_values(request)
    event["modes"] = request.modes
    event["theme"] = request.cookies.get("theme") if request.cookies.get("theme") in THEMES else None
    prefix = request.script_name
    event["url"] = partial(_url_below, _quoted(prefix))
    event["asset"] = lambda name: prefix + assets.asset_path(name)
    event["icon"] = partial(assets.icon, prefix=prefix)
    event.setdefault("navigation", lambda: navigation(request))
    event.setdefault("breadcrumbs", breadcrumbs(request))
    event.setdefault("toast", None)
    event.setdefault("errors", {})
    event[IMPORTED] = {}


def site_values(request: Request) -> dict[str, Any]:
    """The site's own words and looks, and how its reader reads."""
    appearance = request.appearance
    return {
        "title": appearance.title,
        "logo_url": request.script_name + appearance.logo_path if appearance.logo_path else None,
        "language": request.reader.language,
        "direction": request.reader.direction,
        "time_zone": request.reader.time_zone,
        "theme_url": request.script_name + appearance.theme_path,
    }


def speak(config: Configurator) -> None:
    """Let `_()` and {% trans %} of templates ask our catalogues at once; Jinja2's own way takes four calls a word."""
    words = {"_": languages.marked_gettext, "gettext": languages.marked_gettext, "ngettext": languages.marked_ngettext}
    environment = config.get_jinja2_environment()
    environment.globals.update(words)
    quicken(environment)


def compile_once(config: Configurator) -> None:
    """Know each of our templates by one name, so that it is compiled once and not once for each that includes it."""
    environment = config.get_jinja2_environment()
    relative = environment.join_path

    def join_path(name: str, parent: str) -> str:
        is_ours = parent.startswith("myplatform:") or not (":" in parent or Path(parent).is_absolute())
        return name if is_ours else relative(name, parent)

    environment.join_path = join_path


def includeme(config: Configurator) -> None:
    """Jinja2 with our templates, globals and filters, and the layout's values on every rendering."""
    config.add_settings(JINJA2_SETTINGS)
    config.add_settings(
        {
            "jinja2.globals": {
                "exact_time": exact_time,
                "script_words": lambda: languages.words_of_scripts(languages.reader().language),
                "initials_avatar": initials_avatar,
                "place_icon": kind_icon,
                "role_can": role_can,
                "time": time,
                "today": today,
            },
            "jinja2.filters": {
                "attributes": attributes,
                "day_of_year": wording.day_of_year,
                "file_size": wording.file_size,
                "full_date": wording.full_date,
                "joined": wording.joined,
                "noun": languages.noun,
            },
        }
    )
    config.include("pyramid_jinja2")
    config.action(None, speak, args=(config,), order=EXTRAS_CONFIG_PHASE)
    config.action(None, compile_once, args=(config,), order=EXTRAS_CONFIG_PHASE)
    config.add_request_method(node_url)
    config.add_subscriber(add_layout_values, BeforeRender)
