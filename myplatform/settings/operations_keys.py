"""The keys about running a site and watching it: mode, logs, metrics, traces, reports of errors."""

from __future__ import annotations

from .kinds import BOOLEAN, TEXT, Kind, UnfitError, choice, url_parts
from .setting import Setting

SHORTEST_TOKEN = 24


def _token(text: str) -> str:
    if len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise UnfitError(f"expected {TOKEN_ACCEPTED}")
    return text


def _receiver(text: str) -> str:
    parts = url_parts(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnfitError()
    return text.rstrip("/")


def _dsn(text: str) -> str:
    parts = url_parts(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username or not parts.path.strip("/"):
        raise UnfitError()
    return text


TOKEN_ACCEPTED = f"{SHORTEST_TOKEN} or more letters, digits and signs without a space"
SECRET_TOKEN = Kind("token", TOKEN_ACCEPTED, "CFG040", str, _token)
DSN = Kind("DSN", "a URL with a key and a project, as https://KEY@HOST/1", "CFG052", str, _dsn)
RECEIVER_URL = Kind("receiver URL", "a URL as https://HOST/PATH", "CFG041", str, _receiver)

OPERATIONS: tuple[Setting, ...] = (
    Setting(
        "app.mode",
        choice("development", "production"),
        "production",
        "A site in development listens on this machine only, and tells whoever works on it what answers took.",
        "development",
    ),
    Setting(
        "app.open_development",
        BOOLEAN,
        "false",
        "Whether a site in development may listen where other machines reach it.",
        "true",
    ),
    Setting(
        "app.debug_toolbar",
        choice("false", "true", "installed"),
        "false",
        "Whether pyramid_debugtoolbar tells whoever sits at this machine of each request; `installed`: if it is there.",
        "installed",
    ),
    Setting(
        "log.format",
        choice("console", "json"),
        "console",
        "How log lines are written: as the INI file's formatters say, or each as one JSON object.",
        "json",
    ),
    Setting(
        "operations.token",
        SECRET_TOKEN,
        None,
        "What a monitoring system sends as a bearer token to read `/metrics` and the reasons of `/readyz`.",
        "zT4kW9c2LxQ7vN1mR8sB5yHd",
        secret=True,
    ),
    Setting(
        "telemetry.otlp_url",
        RECEIVER_URL,
        None,
        "Where traces of requests and statements are sent by OpenTelemetry (OTLP over HTTP).",
        "http://127.0.0.1:4318",
        secret=True,
    ),
    Setting(
        "telemetry.service",
        TEXT,
        "myplatform",
        "What this site is called in traces.",
        "intranet",
    ),
    Setting(
        "errors.sentry_dsn",
        DSN,
        None,
        "Where unexpected errors are reported to, as Sentry and what is compatible with it hand it out.",
        "https://KEY@sentry.example.com/1",
        secret=True,
    ),
)
