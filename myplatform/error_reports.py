"""Reports of unexpected errors to Sentry, or what is compatible with it, where `errors.sentry_dsn` names one.

Whatever is logged as an error is reported: its text, its stack and the ids of the request, of the user and of the
trace. Bodies of requests, values of variables, cookies and query strings are not sent at all; the rest is scrubbed.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator

from .scrubbing import SCRUBBER
from .settings import Settings, SettingsError
from .settings.extras import not_installed
from .watching import watched


def before_send(report: dict[str, Any], _hint: Any) -> dict[str, Any]:
    """The report with the ids of its request, and without any secret."""
    seen = watched.get()
    if seen is not None:
        report["tags"] = {**report.get("tags", {}), "request_id": seen.request_id, "view": seen.view}
        if seen.user_id is not None:
            report["user"] = {"id": str(seen.user_id)}
        if seen.trace_id:
            report["tags"]["trace_id"] = seen.trace_id
    return SCRUBBER.value(report)


def before_breadcrumb(crumb: dict[str, Any], _hint: Any) -> dict[str, Any]:
    """What happened before an error, without any secret."""
    return SCRUBBER.value(crumb)


def includeme(config: Configurator) -> None:
    """Begin to report."""
    settings: Settings = config.registry["settings"]
    dsn = settings["errors.sentry_dsn"]
    if dsn is None:
        return
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra
        from sentry_sdk.integrations.dedupe import DedupeIntegration  # noqa: PLC0415
        from sentry_sdk.integrations.excepthook import ExcepthookIntegration  # noqa: PLC0415
        from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
    except ImportError:
        raise SettingsError([not_installed(settings, "errors.sentry_dsn", "sentry_sdk")]) from None
    try:
        sentry_sdk.init(
            dsn=dsn,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[LoggingIntegration(), ExcepthookIntegration(), DedupeIntegration()],
            environment=settings["app.mode"],
            include_local_variables=False,
            max_request_body_size="never",
            before_send=before_send,
            before_breadcrumb=before_breadcrumb,
        )
    except sentry_sdk.utils.BadDsn as error:
        raise SettingsError(
            [settings.problem("errors.sentry_dsn", "CFG041", f"this is no DSN: {str(error).lower()}")]
        ) from None
