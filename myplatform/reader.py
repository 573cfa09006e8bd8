"""Who reads the answer to a request: the language and time zone of its words, dates and numbers.

Someone who signed in and chose has what was chosen; others what their browser says, as far as there are words in it;
else the site's own. Programs read English, so that what they match stays the same.
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.events import NewRequest
from pyramid.path import AssetResolver
from pyramid.request import Request
from sqlalchemy.exc import SQLAlchemyError

from . import languages
from .languages import NOBODY, ZONES, Reader, read_by
from .settings import Settings

TIME_ZONE_COOKIE = "time-zone"
FOR_PROGRAMS = "/api/"


def reader_of(request: Request) -> Reader:
    """The language and time zone that a request is answered in."""
    if request.path_info.startswith(FOR_PROGRAMS):
        return NOBODY
    settings: Settings = request.registry["settings"]
    chosen_language, chosen_zone = _chosen(request)
    language = chosen_language or _language_of_browser(request) or settings["site.language"]
    zone = chosen_zone or request.cookies.get(TIME_ZONE_COOKIE)
    return Reader(language, ZoneInfo(zone if zone in ZONES else settings["site.time_zone"]))


def _chosen(request: Request) -> tuple[str | None, str | None]:
    """What the account says; a page that tells of a broken database is written without it."""
    try:
        identity = request.credential.identity
    except SQLAlchemyError:
        return None, None
    return identity.language, identity.time_zone


def _language_of_browser(request: Request) -> str | None:
    known = list(languages.languages())
    return request.accept_language.lookup(known, default=lambda: None)


def _begin(event: NewRequest) -> None:
    request = event.request
    read_by(lambda: request.reader)
    request.add_finished_callback(lambda _request: read_by(lambda: NOBODY))


def add_languages(config: Configurator, folder: str) -> None:
    """`config.add_languages("package:locale")`: a plug-in's own words, in `LANGUAGE/LC_MESSAGES/myplatform.po`."""
    languages.add_folder(Path(AssetResolver(config.package).resolve(folder).abspath()))


def includeme(config: Configurator) -> None:
    """`request.reader`, words in its language, and `config.add_languages`."""
    config.add_request_method(reader_of, "reader", reify=True)
    config.add_subscriber(_begin, NewRequest)
    config.add_directive("add_languages", add_languages)
