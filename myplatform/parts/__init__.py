"""Replaceable pieces of infrastructure: each is a protocol, and one URL in the INI chooses who keeps it."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any

from ..errors import Unavailable
from ..settings import Settings, SettingsError
from ..settings.part_urls import scheme_of

__all__ = ["Unavailable", "open_part"]


def open_part(family: str, settings: Settings) -> Any:
    """The part that `FAMILY.url` names. Raises `SettingsError` where its packages are not installed."""
    url = settings[f"{family}.url"]
    scheme = scheme_of(family, url)
    try:
        opener = resolve_name(scheme.opener)
    except ImportError as error:
        missing = f"{scheme.name}: needs the package {error.name}, which is not installed"
        fix = f'pip install "myplatform[{scheme.extra}]"' if scheme.extra else ""
        problem = settings.problem(f"{family}.url", "CFG026", missing, fix)
        raise SettingsError([problem]) from None
    return opener(url, settings)
