"""What some settings need, and only an extra of this package brings: `pip install "myplatform[EXTRA]"`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from .ini import read_ini
from .part_urls import families, scheme_of
from .reporting import Problem
from .servers import PROCESSES, SECTION
from .values import Settings


@dataclass(frozen=True)
class Needed:
    """The modules without which a setting takes no effect; `unless` are the values that need none."""

    modules: tuple[str, ...]
    extra: str
    unless: tuple[Any, ...] = (None,)


NEEDED = {
    "errors.sentry_dsn": Needed(("sentry_sdk",), "errors"),
    "telemetry.otlp_url": Needed(("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"), "telemetry"),
    "app.debug_toolbar": Needed(("pyramid_debugtoolbar",), "dev", ("false", "installed")),
}


def missing(settings: Settings) -> list[Problem]:
    """What the settings need and is not installed, a problem each."""
    problems = []
    for key in (f"{family}.url" for family in families()):
        scheme = scheme_of(key.removesuffix(".url"), settings[key])
        if absent := absent_module(*scheme.modules):
            problems.append(settings.problem(key, "CFG026", f"{scheme.name}: {_lacks(absent)}", install(scheme.extra)))
    for key, needed in NEEDED.items():
        if settings[key] not in needed.unless and (absent := absent_module(*needed.modules)):
            problems.append(not_installed(settings, key, absent))
    return [*problems, *_missing_server(settings)]


def not_installed(settings: Settings, key: str, module: str) -> Problem:
    """The problem of a setting that needs a module."""
    return settings.problem(key, "CFG026", _lacks(module), install(NEEDED[key].extra))


def install(extra: str) -> str:
    """How an extra is installed."""
    return f'pip install "myplatform[{extra}]"'


def _lacks(module: str) -> str:
    return f"needs the package {module.partition('.')[0]}, which is not installed"


def absent_module(*names: str) -> str | None:
    """The first of some modules that cannot be imported, which is not tried."""
    for name in names:
        try:
            if find_spec(name) is None:
                return name
        except ModuleNotFoundError:
            return name
    return None


def _missing_server(settings: Settings) -> list[Problem]:
    """`[server:main]` may name our server of several processes, which commands other than `serve` do not need."""
    entries = read_ini(settings.file).sections.get(SECTION, ()) if settings.file else ()
    uses = [entry for entry in entries if entry.key == "use" and entry.value == PROCESSES]
    if not uses or not absent_module("gunicorn"):
        return []
    return [uses[0].problem("CFG026", "gunicorn is not installed", install("production"))]
