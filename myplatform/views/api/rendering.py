"""JSON as every service answers it: moments in UTC with a Z, exact amounts as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from pyramid.config import Configurator

OPTIONS = orjson.OPT_UTC_Z


def json_bytes(value: Any) -> bytes:
    """The value as JSON."""
    return orjson.dumps(value, default=str, option=OPTIONS)


def json_renderer(_info: Any) -> Callable[[Any, Mapping[str, Any]], bytes]:
    """Renderer factory: dictionaries and lists as they come from queries, without a second look at each value."""

    def render(value: Any, system: Mapping[str, Any]) -> bytes:
        system["request"].response.headers["Content-Type"] = "application/json"
        return json_bytes(value)

    return render


def includeme(config: Configurator) -> None:
    """The renderer "json"."""
    config.add_renderer("json", json_renderer)
