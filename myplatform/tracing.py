"""Traces by OpenTelemetry, where `telemetry.otlp_url` names a receiver: a span a request, one a statement.

Spans carry names of views and texts of statements with placeholders, never what was typed or who asked.
"""

from __future__ import annotations

import time
from typing import Any

from pyramid.config import Configurator

from .scrubbing import SCRUBBER
from .settings import Settings, SettingsError
from .settings.extras import not_installed

TRACES = "/v1/traces"
TRACE_PARENT = "myplatform.traceparent"
"""Key of the WSGI environment: the trace that a trusted proxy began."""
LONGEST_STATEMENT = 500


def make_provider(settings: Settings) -> Any:
    """What makes and sends spans. Raises `SettingsError` where the packages are not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        absent = error.name or "opentelemetry"
        raise SettingsError([not_installed(settings, "telemetry.otlp_url", absent)]) from None
    provider = TracerProvider(
        resource=Resource.create({"service.name": settings["telemetry.service"]}), shutdown_on_exit=True
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings["telemetry.otlp_url"] + TRACES)))
    return provider


def begin(tracer: Any, watched: Any) -> Any:
    """The span of a request; it joins the trace that a trusted proxy began."""
    from opentelemetry import trace  # noqa: PLC0415 - there, or there would be no tracer
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    environ = watched.request.environ
    carrier = {"traceparent": environ[TRACE_PARENT]} if TRACE_PARENT in environ else {}
    context = TraceContextTextMapPropagator().extract(carrier)
    span = tracer.start_span(watched.request.method, context=context, kind=trace.SpanKind.SERVER)
    watched.trace_id = f"{span.get_span_context().trace_id:032x}"
    return (span, _use(span))


def _use(span: Any) -> Any:
    from opentelemetry import context, trace  # noqa: PLC0415 - there, or there would be no span

    return context.attach(trace.set_span_in_context(span))


def end(begun: Any, watched: Any, status: int) -> None:
    """Name the span by what has answered, and let it go."""
    from opentelemetry import context, trace  # noqa: PLC0415 - there, or there would be no span

    span, token = begun
    context.detach(token)
    request = watched.request
    span.update_name(f"{request.method} {watched.view}")
    span.set_attributes(
        {
            "http.request.method": request.method,
            "http.route": watched.view,
            "http.response.status_code": status,
            "url.path": SCRUBBER.text(request.environ.get("PATH_INFO", "")),
            "myplatform.request_id": watched.request_id,
            "myplatform.statements": watched.statements,
        }
    )
    if status >= 500:
        span.set_status(trace.StatusCode.ERROR)
    span.end()


def tell_statement(tracer: Any, statement: str, seconds: float) -> None:
    """A span of a statement that has just ended."""
    now = time.time_ns()
    text = SCRUBBER.text(statement[:LONGEST_STATEMENT])
    span = tracer.start_span(
        statement.split(maxsplit=1)[0].upper(),
        start_time=now - int(seconds * 1e9),
        attributes={"db.query.text": text},
    )
    span.end(end_time=now)


def includeme(config: Configurator) -> None:
    """`registry["tracer"]`, where traces are wanted."""
    settings: Settings = config.registry["settings"]
    if settings["telemetry.otlp_url"] is None:
        return
    provider = make_provider(settings)
    config.registry["tracer_provider"] = provider
    config.registry["tracer"] = provider.get_tracer("myplatform")
