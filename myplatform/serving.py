"""The production server of an INI file: processes that answer one request at a time.

    [server:main]
    use = egg:myplatform#processes
    listen = 127.0.0.1:6543
    workers = 4

`trusted_proxy` lists the web servers before it whose word about their clients counts; see `proxies.py`. All other
options are gunicorn's own.
"""

from __future__ import annotations

import gc
import os
import signal
from typing import Any, NoReturn
from wsgiref.types import WSGIApplication

from . import metrics
from .jobs.working import start_embedded
from .logs import write_json
from .proxies import UNIX, Trusted, behind_proxies
from .settings import Problem, SettingsError, stop_with_report
from .settings.reporting import place_name

GARBAGE_THRESHOLDS = (20_000, 10, 10)
"""Objects made but not freed, younger and middle searches, after which each kind of search for garbage begins."""


def processes(
    app: WSGIApplication,
    global_conf: dict[str, str],
    *,
    listen: str = "",
    trusted_proxy: str = "",
    **options: Any,
) -> int:
    """Serve `app` with gunicorn at `listen`, one or more `HOST:PORT` separated by spaces.

    The application is loaded before the processes are made, so that a wrong setting ends the program
    instead of each process again and again.
    """
    try:
        from gunicorn.app.pasterapp import serve  # noqa: PLC0415 - an extra; only this server needs it
    except ImportError:
        _stop(global_conf, "use", "CFG026", "gunicorn is not installed", 'pip install "myplatform[production]"')
    if not listen:
        _stop(global_conf, "listen", "CFG004", "is missing; it says where to listen", "listen = 127.0.0.1:6543")
    registry = getattr(app, "registry", None)
    app = behind_proxies(app, _trusted(trusted_proxy, global_conf))
    settle_memory()
    begin = {} if registry is None else {"post_worker_init": lambda _worker: _begin(registry)}
    # Its control socket lies in the home folder, which a service has not, and two sites would share it.
    own: dict[str, Any] = {"control_socket_disable": True, "bind": listen.split(), "child_exit": _forget_process}
    # It would believe headers of its own choice from this machine; whom to believe is said above.
    own |= {"forwarded_allow_ips": "", "forwarder_headers": "", "secure_scheme_headers": {}}
    serve(app, global_conf, **own | begin | options)
    return 0


def _begin(registry: Any) -> None:
    """What each process does before its first request; gunicorn has set up logging from the INI file once more."""
    if registry["settings"]["log.format"] == "json":
        write_json()
    # A process that is told to end answers the request it has, and gunicorn makes another.
    start_embedded(registry, replace=lambda: os.kill(os.getpid(), signal.SIGTERM))


def _trusted(listed: str, global_conf: dict[str, str]) -> Trusted:
    """Whose word counts; ends the program where that is no address."""
    try:
        return Trusted(listed.replace(",", " ").split())
    except ValueError as error:
        message, fix = f"expected addresses, networks or {UNIX}: {error}", "trusted_proxy = 127.0.0.1 10.0.0.0/24"
        _stop(global_conf, "trusted_proxy", "CFG043", message, fix)


def _stop(global_conf: dict[str, str], key: str, code: str, message: str, fix: str) -> NoReturn:
    """End the program with a problem of the server's section, which no check of the file found."""
    file = place_name(global_conf["__file__"])
    stop_with_report(SettingsError([Problem(file, 0, "server:main", key, None, code, message, fix)]))


def _forget_process(_server: Any, worker: Any) -> None:
    """The states that a process told of itself end with it."""
    metrics.forget_process(worker.pid)


def settle_memory() -> None:
    """Leave what the application keeps out of the search for garbage, and search less often.

    What a request makes is nearly all freed at its end by itself. Processes made later share the memory longer too.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
