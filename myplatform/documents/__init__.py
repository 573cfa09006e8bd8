"""What people's documents say: their words for search, and facts such as pages and author for their page.

Files may be hostile: what is more than plain text is read by `program.py` in a process of its own, which has little
memory and time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO

PROGRAM = Path(__file__).with_name("program.py")
_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    "application/pdf": "pdf",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    "application/vnd.ms-excel.sheet.macroenabled.12": "xlsx",
    "application/vnd.ms-word.document.macroenabled.12": "docx",
    "text/html": "html",
    "application/xhtml+xml": "html",
}
"""Which reader understands a media type."""
PLAIN = frozenset({"application/json", "application/xml", "application/yaml", "application/x-yaml", "application/toml"})
"""Types besides text/… whose bytes are their words."""
MOST_CHARACTERS = 200_000
"""Characters of a document's words that are kept; the rest is not found."""


class State(StrEnum):
    """What became of reading a document."""

    DONE = "done"
    NOTHING = "nothing"  # it has no words: a scan, an empty file
    TOO_BIG = "too-big"
    FAILED = "failed"  # broken, locked by a password, hostile, or not read in time


@dataclass(frozen=True)
class Reading:
    """The words of a document and facts about it: pages, sheets, slides, title, author, created, modified."""

    state: State
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def is_readable(media_type: str | None) -> bool:
    """Whether documents of this type have words that can be got at."""
    kind = (media_type or "").lower()
    return kind in FORMATS or kind in PLAIN or kind.startswith("text/")


def read_document(stream: BinaryIO, media_type: str, *, seconds: float) -> Reading:
    """Read a document for at most `seconds`. Never raises for what is in the file."""
    name = FORMATS.get(media_type.lower())
    if name is None:
        content = stream.read(MOST_CHARACTERS * 4)
        text = decoded(content, is_cut=len(content) == MOST_CHARACTERS * 4)[:MOST_CHARACTERS]
        return Reading(State.DONE if text.strip() else State.NOTHING, text)
    said = _run(stream, "read", name, seconds)
    if said is None:
        return Reading(State.FAILED)
    found = json.loads(said)
    text = found["text"].replace("\0", "")
    return Reading(State.DONE if text else State.NOTHING, text, found["facts"])


def first_page(stream: BinaryIO, *, seconds: float) -> bytes | None:
    """The first page of a PDF as a WebP image, or None where it cannot be drawn."""
    return _run(stream, "draw", "pdf", seconds) or None


def decoded(content: bytes, *, is_cut: bool = False) -> str:
    """The text of bytes: UTF-8, UTF-16 with its mark, else Western European; without NUL. `is_cut` bytes may end
    within a character."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace").replace("\0", "")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if is_cut and error.start > len(content) - 4:
            text = content[: error.start].decode("utf-8-sig")
        else:
            text = content.decode("cp1252", "replace")
    return text.replace("\0", "")


def _run(stream: BinaryIO, task: str, name: str, seconds: float) -> bytes | None:
    """What the program wrote, or None where it failed or was too slow."""
    command = [sys.executable, "-I", str(PROGRAM), task, name, str(seconds), str(MOST_CHARACTERS)]
    with tempfile.TemporaryFile() as copy:
        given: Any = stream
        if not _is_plain_file(stream):
            copyfileobj(stream, copy)
            copy.flush()
            given = copy
        try:
            done = subprocess.run(  # noqa: S603 - our own program; the file is on its standard input
                command, stdin=given, capture_output=True, timeout=seconds, check=False, cwd="/", env={}
            )
        except subprocess.TimeoutExpired:
            return None
    return done.stdout if done.returncode == 0 else None


def _is_plain_file(stream: BinaryIO) -> bool:
    try:
        return stream.fileno() >= 0
    except (OSError, AttributeError):
        return False
