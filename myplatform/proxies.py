"""What a web server before us says of its clients, believed only if it is one that the INI file names.

`trusted_proxy` of `[server:main]` lists addresses and networks. From one of these, `X-Forwarded-For` names the client
(the nearest address that is no proxy of ours), `X-Forwarded-Proto` how it came, `X-Request-ID` what to call the request
and `traceparent` the trace that it belongs to. From anybody else they are taken away. `Forwarded`,
`X-Forwarded-Host` and the like are never believed: the site knows its address from `site.url`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from .tracing import TRACE_PARENT
from .watching import REQUEST_ID, well_formed_id

UNIX = "unix"
"""Stands for whoever speaks over a socket of the file system."""
NEVER = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_BY")
NEVER += ("HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_SERVER", "HTTP_X_REAL_IP", "HTTP_X_SCRIPT_NAME")
FOR, PROTO, ID, TRACE = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT"
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Trusted:
    """Addresses and networks whose word counts; made of texts, ValueError for one that is neither."""

    def __init__(self, texts: Iterable[str]):
        given = list(texts)
        self.by_socket = UNIX in given
        self.networks: list[IPv4Network | IPv6Network] = [ip_network(text) for text in given if text != UNIX]

    def __contains__(self, address: str) -> bool:
        if not address:
            return self.by_socket
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(parsed in network for network in self.networks if network.version == parsed.version)


def behind_proxies(app: Callable[..., Any], trusted: Trusted) -> Callable[..., Any]:
    """The application, which sees its clients as these proxies say."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        given = {name: environ.pop(name, "") for name in (FOR, PROTO, ID, TRACE, *NEVER)}
        if environ.get("REMOTE_ADDR", "") in trusted:
            hops = _client(environ, given[FOR], trusted)
            proto = _from_right(given[PROTO], hops).lower()
            if proto in ("http", "https"):
                environ["wsgi.url_scheme"] = proto
            if (name := well_formed_id(given[ID])) is not None:
                environ[REQUEST_ID] = name
            if _TRACE.fullmatch(given[TRACE]):
                environ[TRACE_PARENT] = given[TRACE]
        return app(environ, start_response)

    return application


def _client(environ: dict[str, Any], forwarded: str, trusted: Trusted) -> int:
    """Put the nearest address that is no proxy of ours in place; how many proxies of ours lie between, less one."""
    found, hops = "", -1
    for text in reversed([each.strip() for each in forwarded.split(",")]):
        try:
            found = str(ip_address(text))
        except ValueError:
            break
        hops += 1
        if found not in trusted:
            break
    if found:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = found, "0"
    return max(hops, 0)


def _from_right(values: str, position: int) -> str:
    """The value that the outermost proxy of ours gave, in a list to which each may add one."""
    parts = [each.strip() for each in values.split(",")]
    return parts[-1 - min(position, len(parts) - 1)]
