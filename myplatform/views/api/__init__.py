"""REST for programs, described by OpenAPI: Cornice services over the same tree, permissions and actions as the pages."""

from __future__ import annotations

from pyramid.config import Configurator

from . import operations, rendering


def includeme(config: Configurator) -> None:
    """Everything below /api, one subject a line."""
    config.add_settings({"handle_exceptions": False})  # exceptions become answers in one place for the whole site
    config.include("cornice")
    config.include(rendering)
    config.include(operations)
