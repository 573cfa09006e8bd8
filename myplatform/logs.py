"""Log lines: every record knows its request, user and trace, and none has a secret in it, whoever writes it out.

Both are done where records are made, so that they hold for any handler and formatter of the INI file. The names
`request_id`, `user_id` and `trace_id` can be used in formats; "-" stands for none. Where `log.format = json` says so,
or a formatter is `class = myplatform.logs.JsonFormatter`, each record becomes one JSON object.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import orjson
from pyramid.config import Configurator

from .scrubbing import SCRUBBER
from .settings import Settings
from .watching import watched

NONE = "-"
_stacks = logging.Formatter()


class Record(logging.LogRecord):
    """A record that tells no secret, of the request below which it was made."""

    request_id: str
    user_id: Any
    trace_id: str

    def __init__(self, *arguments: Any, **others: Any):
        super().__init__(*arguments, **others)
        seen = watched.get()
        self.request_id = seen.request_id if seen is not None else NONE
        self.user_id = NONE if seen is None or seen.user_id is None else seen.user_id
        self.trace_id = (seen.trace_id if seen is not None else "") or NONE
        if self.exc_info and self.exc_info[0] is not None:
            # Formatters use what stands here instead of writing the exception out themselves.
            self.exc_text = SCRUBBER.text(_stacks.formatException(self.exc_info))

    def getMessage(self) -> str:  # noqa: N802 - the standard library's name
        """The message with its arguments, scrubbed."""
        return SCRUBBER.text(super().getMessage())


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the ids, the facts of an access line, the stack."""

    def __init__(self, *_arguments: Any, **_others: Any):
        super().__init__()  # a format and a date format in the INI file have no meaning here

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
        }
        ids = ((name, getattr(record, name, NONE)) for name in ("request_id", "user_id", "trace_id"))
        line |= {name: value for name, value in ids if value != NONE}
        if facts := getattr(record, "facts", None):
            line["request"] = SCRUBBER.value(facts)
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["stack"] = SCRUBBER.text(record.exc_text)
        line["process"] = record.process
        return orjson.dumps(line, default=str).decode()


def _message(record: logging.LogRecord) -> str:
    """Without secrets: ours tell none, others may have been made before ours, or by a library's own class."""
    message = record.getMessage()
    return message if isinstance(record, Record) else SCRUBBER.text(message)


def write_json() -> None:
    """Let every handler that there is write JSON."""
    loggers = [logging.getLogger(), *(each for each in logging.root.manager.loggerDict.values())]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if isinstance(handler, logging.StreamHandler):
                handler.setFormatter(JsonFormatter())


def includeme(config: Configurator) -> None:
    """Learn what is secret here, and make records as above from now on."""
    settings: Settings = config.registry["settings"]
    SCRUBBER.learn_settings(settings.masked(), settings)
    logging.setLogRecordFactory(Record)
    if settings["log.format"] == "json":
        write_json()
