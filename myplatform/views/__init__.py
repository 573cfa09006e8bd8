"""Pages and forms for people. Every module here registers its own views; this is their order."""

from __future__ import annotations

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Everything a browser is answered with, one subject a line."""
    config.include("..assets")  # built files, icons, accent colours
    config.include(".templating")  # Jinja2 and what every template knows
