"""The checks of `myplatform check`: every configured part tried for real, and what a site in production needs.

Each module has its checks in `CHECKS`. Ids never change and are never used again: people silence findings by them.
"""

from __future__ import annotations

from pyramid.config import Configurator

from ..checks import Check
from . import address, database, machine, parts, readiness, readiness_parts

MODULES = (database, parts, machine, address, readiness, readiness_parts)


def all_checks() -> tuple[Check, ...]:
    """Every check of parts and of readiness, in the order of the ids."""
    return tuple(sorted((check for module in MODULES for check in module.CHECKS), key=lambda check: check.id))


def includeme(config: Configurator) -> None:
    """Add them all."""
    for check in all_checks():
        config.add_check(check)
