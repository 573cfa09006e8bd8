"""Front matter: the YAML block between two `---` lines on top of a Markdown file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import ComposerError

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^(---|\.\.\.)[ \t]*(\n|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class FrontMatter:
    """A Markdown file in two: its `values`, and its `body`, which starts at line `body_line` (from 1)."""

    values: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1


class Unreadable(ValueError):  # noqa: N818 - said to a person about a file, not an error of the program
    """A file cannot be taken over; `line` is 0 where it is about the whole file, and counts from its top."""

    def __init__(self, message: str, line: int = 0):
        super().__init__(message)
        self.message = message
        self.line = line


def split_front_matter(text: str) -> FrontMatter:
    """Read `text` with or without front matter; raises `Unreadable`."""
    opening = _OPENING.match(text)
    if not opening:
        return FrontMatter(body=text)
    closing = _CLOSING.search(text, opening.end())
    if not closing:
        raise Unreadable("the front matter that starts here is never closed by a line of three hyphens", 1)
    values = _mapping(text[opening.end() : closing.start()])
    return FrontMatter(values, text[closing.end() :], text.count("\n", 0, closing.end()) + 1)


def with_front_matter(values: dict[str, Any], body: str) -> str:
    """The text that `split_front_matter` reads back as `values` and `body`."""
    block = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{block}---\n{body}"


def text_list(value: Any) -> list[str]:
    """A value that authors write as one text or as a list, as a list of texts without blanks."""
    items = value if isinstance(value, list) else [value]
    return [str(item).strip() for item in items if item is not None and str(item).strip()]


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise ComposerError(None, None, "aliases (*name) are not understood here", mark)
        return super().compose_node(parent, index)


def _mapping(block: str) -> dict[str, Any]:
    try:
        values = yaml.load(block, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader that refuses aliases as well
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(error.problem or "not YAML", (mark.line if mark else 0) + 2) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"not YAML: {str(error).splitlines()[0]}", 2) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise Unreadable("the front matter is not a list of “key: value” lines", 2)
    return {str(key): value for key, value in values.items()}
