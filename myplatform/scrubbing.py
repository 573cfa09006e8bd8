"""Takes secrets out of whatever leaves the process for people who watch it: logs, error reports, traces, bundles.

Three ways find them: values that were learned (the secrets of the settings), shapes (a password in a URL, a bearer
token, a cookie, a one-time link, the long random texts that sessions and tokens are), and names (`password = …`).
What is taken out too much costs a word in a log; what is left in may cost the site.
"""

from __future__ import annotations

import re
import sys
import threading
import traceback
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

HIDDEN = "***"
SHORTEST_LEARNED = 6
"""Shorter values are found everywhere, and are no secrets worth the name."""
DEEPEST = 12

_NAMES = r"(?:pass(?:word|wd|phrase)?|pwd|secrets?|tokens?|csrf_token|x-csrf-token|api_?keys?|access_key|private_key"
_NAMES += r"|dsn|authorization|cookies?|set-cookie|credentials?|signature|sig|sessionid|secret_hash|password_hash"
_NAMES += r"|(?:__host-)?myplatform(?:-csrf)?)"
_SECRET_NAME = re.compile(rf"(?:^|[._-])(?:{_NAMES})$|passw|secret", re.IGNORECASE)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)([^/\s:@'\"]{0,256}):[^\s'\"]{0,512}@(?=[\w.\[-])"), rf"\1:{HIDDEN}@"),
    (re.compile(r"(?<=://)[\w%.~+-]{8,}@(?=[\w.\[-])"), f"{HIDDEN}@"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(/-/(?:setup|password|stop-mail|unsubscribe|share|invite|link)s?/)[^\s/?#'\"]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{43}(?![\w-])"), HIDDEN),
    (re.compile(r"(?<![\w-])[0-9a-f]{32}(?![\w-])"), HIDDEN),
    (re.compile(r"\$argon2[a-z]*\$[^\s'\"]+"), HIDDEN),
)
_NAMED = re.compile(
    rf"""((?:{_NAMES}['"]?\s*(?:=|:|%3D)|\(['"][\w.-]{{0,40}}{_NAMES}['"],)\s*)"""
    r"""(?:b?'[^']*'|b?"[^"]*"|[^\s,;&'")\]}]+)""",
    re.IGNORECASE,
)
"""A name counts wherever it begins: to look for what stands before it, too, took seconds of an address of dots."""


class Scrubber:
    """What it has learned it finds wherever it stands; texts, and values of any depth, come back without secrets."""

    def __init__(self) -> None:
        self._learned: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, *secrets: str) -> None:
        """From now on, take these values out too."""
        for secret in secrets:
            for written in {secret, unquote(secret)}:
                if len(written) >= SHORTEST_LEARNED:
                    self._learned[written] = None
        longest_first = sorted(self._learned, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def learn_settings(self, masked: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """Learn every value that is shown masked: whole, or of a URL its password and its name of a user."""
        for key, shown in masked.items():
            value = values[key]
            if not isinstance(value, str) or HIDDEN not in shown:
                continue
            if "://" not in value:
                self.learn(value)
            else:
                self.learn(*password_of(value))

    def text(self, text: str) -> str:
        """The text without what is, or looks like, a secret."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        for pattern, instead in _SHAPES:
            text = pattern.sub(instead, text)
        # The costly one looks for names before one of these.
        if "=" in text or ":" in text or "%3" in text or "'," in text:
            text = _NAMED.sub(_hide_value, text)
        return text

    def value(self, value: Any, depth: int = 0) -> Any:
        """A copy of dicts, lists and texts without secrets; under a name of a secret, nothing is left."""
        if depth > DEEPEST:
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.text(value.decode("utf-8", "replace"))
        if isinstance(value, Mapping):
            return {
                key: HIDDEN if isinstance(key, str) and is_secret_name(key) and inner else self.value(inner, depth + 1)
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(inner, depth + 1) for inner in value]
        return value


def _hide_value(match: re.Match[str]) -> str:
    return match[1] + HIDDEN


@lru_cache(1024)
def is_secret_name(name: str) -> bool:
    """Whether something of this name is nobody's business."""
    return _SECRET_NAME.search(name) is not None


def password_of(url: str) -> list[str]:
    """The password of a URL, or its user where there is none (as in a Sentry DSN); empty where it has neither."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    secret = parts.password or (parts.username if parts.scheme in ("http", "https") else None)
    return [secret] if secret else []


SCRUBBER = Scrubber()
"""The one of this process: logs, reports, traces and bundles ask it."""


def scrub_crashes() -> None:
    """Write what ends this process or one of its threads without its secrets; whoever set a hook before keeps it."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _tell
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _tell_of_thread


def _tell(kind: type[BaseException], error: BaseException, stack: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, stack)
    else:
        sys.stderr.write(SCRUBBER.text("".join(traceback.format_exception(kind, error, stack))))


def _tell_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is None or issubclass(ended.exc_type, SystemExit):
        return
    name = ended.thread.name if ended.thread is not None else "unknown"
    sys.stderr.write(f"Exception in thread {name}:\n")
    _tell(ended.exc_type, ended.exc_value, ended.exc_traceback)
