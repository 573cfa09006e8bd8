"""One Markdown file of an import: decoded, front matter read, Liquid tags converted, title found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..kinds import TITLE_LENGTH
from ..markup import plain_text
from .frontmatter import Unreadable, split_front_matter
from .liquid import Converted, UnknownTag, convert

EXPORT_FORMAT = "myplatform"
"""What an export writes into the front matter of its files as their "format"."""

MAX_BYTES = 4 << 20
MAX_TAGS = 1_000
"""Unclosed tags are looked for to the end of the text each time: this bounds what that can cost."""
_FIRST_HEADING = re.compile(r"\A\s*+(?:#[ \t]++(?P<hashed>[^\n]+)|(?P<underlined>[^\n]+)\n=++[ \t]*+)(?:\n+|\Z)")


@dataclass(frozen=True)
class Document:
    """A Markdown file: the `values` of its front matter, its `title` (or ""), and its converted text.

    `cut` is the length of a first heading that repeats the title and was taken off the text.
    """

    values: dict[str, Any]
    title: str
    converted: Converted
    cut: int

    @property
    def body(self) -> str:
        """The text without a first heading that says the title."""
        return self.converted.text[self.cut :]

    @property
    def is_exported(self) -> bool:
        """Whether an export wrote it: then it is taken exactly as it is, but for the links that the export made."""
        return is_exported(self.values)

    @property
    def unknown_tags(self) -> list[UnknownTag]:
        """Template tags that were kept as text."""
        return self.converted.unknown

    def line(self, position: int) -> int:
        """The line of the file that the character at `position` of the body comes from."""
        return self.converted.source_line(position + self.cut)


def is_exported(values: dict[str, Any]) -> bool:
    """Whether front matter says that an export wrote the file."""
    return values.get("format") == EXPORT_FORMAT


def read_document(path: Path) -> Document:
    """Read a Markdown file; raises `Unreadable`."""
    return document_from(decoded(path.read_bytes(), MAX_BYTES))


def document_from(text: str) -> Document:
    """A document from its text; raises `Unreadable` for front matter that is not YAML."""
    matter = split_front_matter(text)
    if matter.body.count("{%") > MAX_TAGS:
        raise Unreadable(f"has more than {MAX_TAGS:,} template tags; split it")
    if is_exported(matter.values):
        lines = list(range(matter.body_line, matter.body_line + matter.body.count("\n") + 1))
        converted = Converted(matter.body, lines)
    else:
        converted = convert(matter.body, matter.body_line)
    title, cut = _title(matter.values, converted.text)
    return Document(matter.values, title, _moved_link(matter.values, converted), cut)


def decoded(data: bytes, limit: int) -> str:
    """Text of a file in UTF-8 with or without a byte order mark, line ends as one character."""
    if len(data) > limit:
        raise Unreadable(f"has more than {limit >> 20} MB of text; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("is not UTF-8 here; save it as UTF-8", line) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _title(values: dict[str, Any], text: str) -> tuple[str, int]:
    given = " ".join(str(values.get("title") or "").split())
    heading = _FIRST_HEADING.match(text)
    said = " ".join(plain_text(_without_closing(heading["hashed"]) or heading["underlined"]).split()) if heading else ""
    if heading and said and given in ("", said) and not is_exported(values):
        return said[:TITLE_LENGTH], heading.end()
    blank = 0 if is_exported(values) else len(text) - len(text.lstrip("\n"))
    return given[:TITLE_LENGTH], blank


def _without_closing(hashed: str | None) -> str:
    """The text of a heading like `# Text ##`; in `# C#` the last sign belongs to the text."""
    text = (hashed or "").rstrip()
    shorter = text.rstrip("#")
    return shorter if shorter[-1:].isspace() else text


def _moved_link(values: dict[str, Any], converted: Converted) -> Converted:
    """A page that only sends its readers elsewhere keeps that link as its text."""
    target = str(values.get("redirect_to") or "").strip()
    if not target or converted.text.strip():
        return converted
    text = f"This page has moved to [{target}](<{target}>).\n"
    return Converted(text, [1, 1], converted.unknown)
