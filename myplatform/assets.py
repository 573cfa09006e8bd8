"""The built files of the browser's side: their hashed names, the icons, and how they are served."""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.events import NewRequest

BUILT = Path(__file__).parent / "static" / "built"
URL = "/-/static"
YEAR = 365 * 24 * 3600


class NotBuiltError(RuntimeError):
    """The front end is missing: this is a checkout that was never installed."""


@cache
def manifest() -> dict[str, Any]:
    """The names of the built files and of the icons; raises NotBuiltError where there are none."""
    try:
        return json.loads((BUILT / "manifest.json").read_bytes())
    except FileNotFoundError:
        raise NotBuiltError(
            "The front end is not built. Run `make run`, or `pip install -e .`, or `python build_frontend.py`."
        ) from None


def asset_path(name: str) -> str:
    """The URL path, without the application's own prefix, of a built file: "app.css" → "/-/static/app-1A2B3C4D.css"."""
    files = manifest()["files"]
    if name not in files:
        raise KeyError(f"There is no built file {name!r}; there are {', '.join(sorted(files))}")
    return f"{URL}/{files[name]}"


@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", *, prefix: str) -> Markup:
    """An icon of the sprite; `prefix` is the application's script name, `label` what it says where it stands alone."""
    if name not in manifest()["icons"]:
        raise KeyError(f"There is no icon {name!r}; add it to frontend/icons.json")
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    href = f"{prefix}{asset_path('icons.svg')}#{name}"
    return Markup('<svg class="icon" {}><use href="{}"></use></svg>').format(said, href)


@cache
def icon_named(name: str) -> str | None:
    """Our name of an icon that is called so by us or by the drawing's makers; None where there is no such icon."""
    icons = manifest()["icons"]
    if name in icons:
        return name
    return next((meaning for meaning, drawing in reversed(icons.items()) if drawing == name), None)


def forget_old_build(event: NewRequest) -> None:  # noqa: ARG001 - subscribers get their event
    """In development: after a build the names and icons are read again, without starting the server anew."""
    built_at = (BUILT / "manifest.json").stat().st_mtime_ns if (BUILT / "manifest.json").exists() else 0
    if _read_at[0] != built_at:
        _read_at[0] = built_at
        manifest.cache_clear()
        icon.cache_clear()
        icon_named.cache_clear()


_read_at = [0]
"""When the manifest in memory was built."""


def includeme(config: Configurator) -> None:
    """Serve the built files; refuses to start when the front end was not built."""
    manifest()
    if config.registry.settings.get("pyramid.reload_templates"):
        config.add_subscriber(forget_old_build, NewRequest)
    config.add_static_view(
        URL.strip("/"), "myplatform:static/built", cache_max_age=YEAR, content_encodings=["br", "gzip"]
    )
