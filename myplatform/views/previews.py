"""What the page of a file shows of it: by its type an image, a frame, text in colours, a table, or what was read."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import Any

from markupsafe import Markup, escape
from pygments.lexers import find_lexer_class_for_filename
from pyramid.request import Request

from ..delivery import IMAGES, PDF
from ..documents import FORMATS, State, decoded
from ..languages import gettext as _
from ..languages import mark
from ..markup.highlighting import highlighted
from ..queries.files import reading_of

SHOWN_BYTES = 100_000
"""Bytes of a text file that its page shows."""
SHOWN_WORDS = 6_000
"""Characters of a document's text that its page shows."""
SHOWN_ROWS, SHOWN_COLUMNS = 200, 40
TABLES = frozenset({"text/csv", "text/tab-separated-values"})
READABLE = re.compile(r"text/.*|application/(json|xml|x-yaml|yaml|toml|javascript|x-sh|sql)|image/svg\+xml")
NUMBER = re.compile(r"[-+]?[0-9][0-9., ]{0,30}( ?%)?")
TYPES = {
    "application/pdf": mark("PDF document"),
    "docx": mark("Word document"),
    "xlsx": mark("Spreadsheet"),
    "pptx": mark("Presentation"),
    "image": mark("Image"),
    "video": mark("Video"),
    "audio": mark("Sound"),
    "text/markdown": mark("Markdown text"),
    "text/csv": mark("Table (CSV)"),
    "text/html": mark("Web page"),
    "text": mark("Text"),
    "application/zip": mark("Archive (ZIP)"),
}
"""What people call files of a type, by the type, its reader or the part before the slash."""


@dataclass(frozen=True)
class Preview:
    """What is shown: `kind` is image, pdf, video, audio, text, table, document or "" for nothing.

    `words` are a text, as HTML where it is coloured, `rows` those of a table. `is_cut` where there is more in the
    file. `facts` are what was read of a document and `state` how that went.
    """

    kind: str
    words: str | Markup = ""
    rows: list[list[str]] = field(default_factory=list)
    is_cut: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    state: str = ""

    @staticmethod
    def number_columns(rows: list[list[str]]) -> set[int]:
        """The columns of a table that hold numbers, but for the first row, which may name them."""
        cells = [(index, text.strip()) for row in rows[1:] for index, text in enumerate(row) if text.strip()]
        return {index for index, _ in cells} - {index for index, text in cells if not NUMBER.fullmatch(text)}


def preview_kind(media_type: str) -> str:
    """How a file of a type can be shown on its page."""
    if media_type in IMAGES or media_type == "image/svg+xml":
        return "image"
    if media_type == PDF:
        return "pdf"
    if FORMATS.get(media_type) in ("docx", "xlsx", "pptx"):
        return "document"
    if media_type.startswith(("video/", "audio/")):
        return media_type.partition("/")[0]
    if media_type in TABLES:
        return "table"
    return "text" if READABLE.fullmatch(media_type) else ""


def preview_of(request: Request, file: dict[str, Any]) -> Preview:
    """What the page shows of a file, from the values of its fields. At most one statement."""
    kind = preview_kind(file["media_type"] or "")
    if kind in ("text", "table"):
        return _text(request, file, kind)
    if kind in ("document", "pdf"):
        return _document(request, file, kind)
    return Preview(kind)


def type_label(media_type: str) -> str:
    """What people call files of a type; the type itself where there is no word for it."""
    for key in (media_type, FORMATS.get(media_type, ""), media_type.partition("/")[0]):
        if key in TYPES:
            return _(TYPES[key])
    return media_type


def _text(request: Request, file: dict[str, Any], kind: str) -> Preview:
    stream = request.files.open(file["sha256"])
    if stream is None:
        return Preview("")
    with stream:
        content = stream.read(SHOWN_BYTES)
    is_cut = (file["size"] or 0) > len(content)
    words = decoded(content, is_cut=is_cut)
    rows = _rows(words, is_cut=is_cut) if kind == "table" else []
    if rows:
        is_cut = is_cut or len(rows) > SHOWN_ROWS or max(map(len, rows)) > SHOWN_COLUMNS
        return Preview("table", rows=[row[:SHOWN_COLUMNS] for row in rows[:SHOWN_ROWS]], is_cut=is_cut)
    lexer = find_lexer_class_for_filename(PurePath(file["file_name"] or "").name)
    coloured = highlighted(words, lexer.aliases[0]) if lexer is not None and lexer.aliases else None
    shown = Markup(coloured) if coloured is not None else escape(words)  # noqa: S704 - escaped word by word
    return Preview("text", words=shown, is_cut=is_cut)


def _rows(words: str, *, is_cut: bool) -> list[list[str]]:
    """The rows of a CSV file, with one more than are shown where there are more; none where it is no table."""
    lines = words.splitlines()[: -1 if is_cut else None]
    first = next((line for line in lines if line.strip()), "")
    separator = max(",;\t|", key=first.count)
    try:
        rows = list(islice(csv.reader(lines, delimiter=separator), SHOWN_ROWS + 1))
    except csv.Error:
        return []
    return [row for row in rows if any(row)]


def _document(request: Request, file: dict[str, Any], kind: str) -> Preview:
    found = reading_of(request.db, file["sha256"])
    if found is None:
        return Preview(kind)
    words = "" if kind == "pdf" else found.text[:SHOWN_WORDS]
    is_cut = len(found.text) > len(words)
    return Preview(kind, words=words, is_cut=is_cut, facts=found.facts, state=State(found.state).value)
