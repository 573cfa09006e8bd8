"""Where people reach the site, for the links that are printed or sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from .settings import Settings, SettingsError
from .settings.ini import read_ini

USUAL = "127.0.0.1:6543"
EVERYWHERE = ("", "*", "0.0.0.0", "[::]")  # noqa: S104 - compared with, not bound to


def public_address(settings: Settings, listen: str | None = None) -> str:
    """`site.url`, or the address that a server on this machine listens at, without a slash at its end."""
    if settings["site.url"]:
        return settings["site.url"]
    host, _, port = (listen or USUAL).split()[0].rpartition(":")
    return f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"


def ensure_reach(settings: Settings, listen: str | None) -> None:
    """Nobody else reaches a site that is being worked on, unless it says so. Raises `SettingsError`."""
    if settings["app.mode"] != "development" or settings["app.open_development"]:
        return
    others = [each for each in (listen or "").split() if not _is_here(each.rpartition(":")[0])]
    if others:
        message = f"a site in development listens on this machine only, not at {others[0]}"
        raise SettingsError([settings.problem("app.mode", "CFG042", message, "app.mode = production")])


def _is_here(host: str) -> bool:
    """Whether a host to listen at is this machine's own; none means every address that it has."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listening_address(global_config: Mapping[str, str]) -> str | None:
    """HOST:PORT as the command line gave it, or else as `[server:main]` of the INI file says."""
    if global_config.get("listen"):
        return global_config["listen"]
    path = Path(global_config.get("__file__", ""))
    if not path.is_file():
        return None
    server = {entry.key: entry.value for entry in read_ini(path).sections.get("server:main", ())}
    if "port" in server:
        return f"{server.get('host', '')}:{server['port']}"
    return server.get("listen")
