"""Reads the words of one document, or draws its first page: a program of its own, as people's files may be hostile.

Run by `myplatform.documents` with the bytes on standard input: `program.py read|draw TYPE SECONDS CHARACTERS`. It
imports nothing of ours and has little memory and time; whatever goes wrong in it ends no more than itself.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any, BinaryIO

MEMORY = 1 << 30
MOST_UNPACKED = 256 << 20
"""Bytes that the parts of an Office file may have in all once they are unpacked."""
MOST_PARTS = 20_000
DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
SHOWN_SHEETS, SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_SLIDES = 20, 12, 10, 200
LONGEST_FACT = 300
DRAWN_WIDTH = 1200
"""Pixels across a drawn first page."""
SIDES = (20, 14_400)
"""Points that a side of a page may have: what PDF itself allows."""

Facts = dict[str, Any]


class RefusedError(Exception):
    """The file is not read: it would take too much, or is not what it says."""


class Words:
    """Collects text until there is enough of it or the time is over."""

    def __init__(self, characters: int, seconds: float):
        self.left = characters
        self.until = time.monotonic() + seconds
        self.lines: list[str] = []

    @property
    def is_enough(self) -> bool:
        """Whether nothing more is wanted."""
        return self.left <= 0 or time.monotonic() > self.until

    def add(self, text: str | None) -> bool:
        """Take a piece of text, if there is any; False where it was the last."""
        line = " ".join((text or "").split())[: max(self.left, 0)]
        if line:
            self.lines.append(line)
            self.left -= len(line) + 1
        return not self.is_enough


def of_pdf(stream: BinaryIO, words: Words) -> Facts:
    """The text of all pages, their number, and what the file says of itself."""
    import pypdfium2  # noqa: PLC0415 - each run needs one library only

    document = pypdfium2.PdfDocument(stream)
    said = document.get_metadata_dict(skip_empty=True)
    facts = {"pages": len(document), "title": said.get("Title"), "author": said.get("Author")}
    facts |= {"created": _pdf_date(said.get("CreationDate")), "modified": _pdf_date(said.get("ModDate"))}
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        going_on = all(words.add(line) for line in text.get_text_range().splitlines())
        text.close()
        page.close()
        if not going_on:
            break
    return facts


def _pdf_date(text: str | None) -> str | None:
    found = re.match(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?", text or "")
    if not found:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        return dt.datetime(year or 1, month or 1, day or 1, hour or 0, minute or 0).isoformat()  # noqa: DTZ001 - as written
    except ValueError:
        return None


def of_docx(stream: BinaryIO, words: Words) -> Facts:
    """The paragraphs of a Word document, those in tables included."""
    import docx  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    document = docx.Document(stream)
    for paragraph in document.element.body.iter(qn("w:p")):
        pieces = paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br"))
        if not words.add("".join((each.text or "") if each.tag == qn("w:t") else " " for each in pieces)):
            break
    return _said(document.core_properties)


def of_xlsx(stream: BinaryIO, words: Words) -> Facts:
    """The cells of all sheets, and the first rows of each to be shown."""
    import openpyxl  # noqa: PLC0415

    book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    sheets: list[Facts] = []
    for sheet in book.worksheets:
        words.add(sheet.title)
        sheet.reset_dimensions()  # what a file says of its size need not be so
        shown: list[list[str]] = []
        for row in sheet.iter_rows(values_only=True):
            texts = [_cell(value) for value in row]
            if any(texts) and len(shown) < SHOWN_ROWS:
                shown.append(texts[:SHOWN_COLUMNS])
            if not words.add(" ".join(filter(None, texts))):
                break
        if len(sheets) < SHOWN_SHEETS:
            sheets.append({"name": sheet.title, "rows": shown})
        if words.is_enough:
            break
    return {**_said(book.properties), "sheets": sheets, "sheet_count": len(book.worksheets)}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


def of_pptx(stream: BinaryIO, words: Words) -> Facts:
    """What stands on the slides and in their notes."""
    import pptx  # noqa: PLC0415

    show = pptx.Presentation(stream)
    titles: list[str] = []
    for slide in show.slides:
        title = slide.shapes.title
        titles.append(" ".join(title.text_frame.text.split()) if title is not None else "")
        if not all(words.add(text) for text in _slide_texts(slide)):
            break
    return {**_said(show.core_properties), "slides": titles[:SHOWN_SLIDES], "slide_count": len(show.slides)}


def _slide_texts(slide: Any) -> Iterator[str]:
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        elif getattr(shape, "has_table", False):
            yield from (cell.text for row in shape.table.rows for cell in row.cells)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield slide.notes_slide.notes_text_frame.text


def _said(properties: Any) -> Facts:
    """Author, title and dates of an Office file."""
    author = getattr(properties, "author", None) or getattr(properties, "creator", None)
    moments = {name: getattr(properties, name, None) for name in ("created", "modified")}
    dates = {name: value.isoformat() for name, value in moments.items() if isinstance(value, dt.datetime)}
    return {"title": properties.title, "author": author, **dates}


class _Text(HTMLParser):
    """The text of an HTML page without its scripts and styles."""

    SILENT = frozenset({"script", "style", "template", "noscript"})

    def __init__(self, words: Words):
        super().__init__()
        self.words, self.depth, self.facts, self.in_title = words, 0, {}, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.depth += tag in self.SILENT
        self.in_title = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.SILENT and self.depth > 0
        self.in_title = False

    def handle_data(self, data: str) -> None:
        if self.in_title and data.strip():
            self.facts["title"] = data.strip()
        if not self.depth:
            self.words.add(data)


def of_html(stream: BinaryIO, words: Words) -> Facts:
    """The text of a web page."""
    reader = _Text(words)
    while not words.is_enough and (chunk := stream.read(1 << 16)):
        reader.feed(chunk.decode("utf-8", "replace"))
    return reader.facts


READERS: dict[str, Callable[[BinaryIO, Words], Facts]] = {
    "pdf": of_pdf,
    "docx": of_docx,
    "xlsx": of_xlsx,
    "pptx": of_pptx,
    "html": of_html,
}


def ensure_harmless(stream: BinaryIO) -> None:
    """Refuse an Office file that unpacks to too much or declares entities, which none of them needs."""
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise RefusedError("it unpacks to too much")
        for part in parts:
            if part.filename.endswith((".xml", ".rels", ".vml")) and DECLARATION.search(
                archive.read(part).replace(b"\0", b"")
            ):
                raise RefusedError("it declares entities")
    stream.seek(0)


def read(name: str, stream: BinaryIO, characters: int, seconds: float) -> dict[str, Any]:
    """Words and facts of a document: {"text": …, "facts": {…}}; what was read in the time there was."""
    if name in ("docx", "xlsx", "pptx"):
        ensure_harmless(stream)
    words = Words(characters, seconds * 0.6)
    facts = READERS[name](stream, words)
    return {"text": "\n".join(words.lines), "facts": _short({key: value for key, value in facts.items() if value})}


def _short(value: Any) -> Any:
    """A fact with all its texts short, and without NUL, which not every database keeps."""
    if isinstance(value, str):
        return value[:LONGEST_FACT].replace("\0", "")
    if isinstance(value, list):
        return [_short(each) for each in value]
    return {key: _short(each) for key, each in value.items()} if isinstance(value, dict) else value


def draw(stream: BinaryIO) -> bytes:
    """The first page of a PDF as WebP."""
    import pypdfium2  # noqa: PLC0415
    from PIL import Image  # noqa: F401, PLC0415 - what pypdfium2 hands its pixels to

    page = pypdfium2.PdfDocument(stream)[0]
    width, height = page.get_size()
    if not all(SIDES[0] <= side <= SIDES[1] for side in (width, height)) or not 0.2 < width / height < 5:
        raise RefusedError("the page has no size that can be drawn")
    image = page.render(scale=min(DRAWN_WIDTH / width, DRAWN_WIDTH * 1.5 / height)).to_pil()
    image.save(sys.stdout.buffer, "WEBP", quality=82)
    return b""


def confine(seconds: float) -> None:
    """Take no more memory and time than given, and write no file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main(task: str, name: str, seconds: str, characters: str) -> None:
    """Do what the arguments say with the document on standard input."""
    confine(float(seconds))
    with open(0, "rb") as stream:
        stream.seek(0)
        if task == "draw":
            draw(stream)
        else:
            sys.stdout.write(json.dumps(read(name, stream, int(characters), float(seconds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
