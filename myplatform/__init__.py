"""myplatform: pages, files, lists and people of a company in one permissioned tree."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.router import Router

from . import metrics
from .addresses import ensure_reach, listening_address, public_address
from .settings import Settings, SettingsError, from_paste, stop_with_report


def main(global_config: dict[str, str], **app_settings: str) -> Router:
    """The WSGI application of an INI file's `[app:main]` section."""
    try:
        settings = from_paste(global_config, app_settings)
        listen = listening_address(global_config)
        ensure_reach(settings, listen)
        return make_app(settings, listen=listen, is_served=True)
    except SettingsError as error:
        stop_with_report(error)


def make_app(settings: Settings, *, listen: str | None = None, is_served: bool = False) -> Router:
    """The WSGI application of checked settings; `listen` is the HOST:PORT where a server will answer.

    `is_served`: a server made it, whose processes may do more than answer, such as run jobs.
    """
    config = make_config(settings)
    config.registry["is_served"] = is_served
    if is_served:
        config.include(".debug_toolbar")  # what requests do, shown to whoever works on the site
    config.registry["address"] = public_address(settings, listen)
    metrics.share()  # before the server makes its processes
    config.include(".start")  # schema up to date, /help, first administrator
    return config.make_wsgi_app()


def make_config(settings: Settings) -> Configurator:
    """Everything the application is made of; the order below is the order of set-up."""
    config = Configurator(settings=settings.for_libraries())
    config.registry["settings"] = settings
    config.include(".logs")  # from here on no log line tells a secret
    config.include(".routing")  # which route a path has, before any route is added
    config.include(".error_reports")  # what goes wrong, to Sentry
    config.include(".tracing")  # what requests do, to OpenTelemetry
    config.include(".database")  # request.db in one transaction a request
    config.include(".schemes")  # what whole addresses begin with
    config.include(".doorway")  # below which path
    config.include(".watching")  # what each request is and costs
    config.include(".compression")  # of text, on its way out
    config.include(".tags")  # for what is asked for again and again
    config.include(".security")  # who is asking; nothing is public by default
    config.include(".modes")  # closed for maintenance, or for writing
    config.include(".reader")  # whose language and time zone words and dates are in
    config.include(".kinds")  # config.add_kind, before any kind is added
    config.include(".content")  # the built-in kinds
    config.include(".parts.files")  # where bytes are kept
    config.include(".jobs")  # config.add_job, and what carries jobs to workers
    config.include(".parts.cache")  # what is costly to make
    config.include(".parts.live")  # what tells others that something changed
    config.include(".parts.mail")  # who takes mail
    config.include(".checks")  # config.add_check, before any check is added
    config.include(".live.pages")  # where open pages hear of changes
    config.include(".blocks")  # what fenced blocks of texts can be
    config.include(".resources")  # URL path to a node and its lineage
    config.include(".views")  # pages and forms
    config.include(".views.api")  # REST
    for plug_in in settings.plug_ins:
        config.include(plug_in)  # further kinds and views, once everything they build on stands
    return config
