"""The production server of an INI file: processes that answer one request at a time.

    [server:main]
    use = egg:myplatform#processes
    listen = 127.0.0.1:6543
    workers = 4

Requests that came through a proxy are understood as by waitress, with the same `trusted_proxy` options; all
other options are gunicorn's own.
"""

from __future__ import annotations

import gc
from typing import Any
from wsgiref.types import WSGIApplication

from waitress.proxy_headers import proxy_headers_middleware

from .jobs.working import start_embedded
from .settings import Problem, SettingsError, stop_with_report
from .settings.reporting import place_name

GARBAGE_THRESHOLDS = (20_000, 10, 10)
"""Objects made but not freed, younger and middle searches, after which each kind of search for garbage begins."""
PROXY_HEADERS = "x-forwarded-for x-forwarded-proto"


def processes(
    app: WSGIApplication,
    global_conf: dict[str, str],
    *,
    listen: str,
    trusted_proxy: str = "",
    trusted_proxy_count: str = "1",
    trusted_proxy_headers: str = PROXY_HEADERS,
    **options: Any,
) -> int:
    """Serve `app` with gunicorn at `listen`, one or more `HOST:PORT` separated by spaces.

    The application is loaded before the processes are made, so that a wrong setting ends the program
    instead of each process again and again.
    """
    try:
        from gunicorn.app.pasterapp import serve  # noqa: PLC0415 - an extra; only this server needs it
    except ImportError:
        file = place_name(global_conf["__file__"])
        fix = 'pip install "myplatform[production]"'
        problem = Problem(file, 0, "server:main", "use", None, "CFG026", "gunicorn is not installed", fix)
        stop_with_report(SettingsError([problem]))
    registry = getattr(app, "registry", None)
    if trusted_proxy:
        app = proxy_headers_middleware(
            app,
            trusted_proxy=trusted_proxy,
            trusted_proxy_count=int(trusted_proxy_count),
            trusted_proxy_headers=set(trusted_proxy_headers.split()),
            clear_untrusted=True,
        )
    settle_memory()
    begin = {} if registry is None else {"post_worker_init": lambda _worker: start_embedded(registry)}
    # Its control socket lies in the home folder, which a service has not, and two sites would share it.
    serve(app, global_conf, **{"control_socket_disable": True, "bind": listen.split()} | begin | options)
    return 0


def settle_memory() -> None:
    """Leave what the application keeps out of the search for garbage, and search less often.

    What a request makes is nearly all freed at its end by itself. Processes made later share the memory longer too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
