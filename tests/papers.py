"""Small documents of each sort, sound and hostile, made as they are needed."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pptx


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, words in enumerate(pages):
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {font} /Contents {5 + 2 * number} 0 R >>"
        stream = f"BT /F1 24 Tf 72 720 Td ({words}) Tj ET".encode()
        objects += [page.encode(), b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)]
    written, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(written))
    return written + head + end


def _saved(document: Any) -> bytes:
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def word(*paragraphs: str) -> bytes:
    """A Word document; the last paragraph stands in a table."""
    document = docx.Document()
    document.core_properties.author = "Ada Example"
    for text in paragraphs[:-1]:
        document.add_paragraph(text)
    document.add_table(1, 1).cell(0, 0).text = paragraphs[-1]
    return _saved(document)


def sheet(*rows: list[Any], name: str = "Budget") -> bytes:
    """A spreadsheet with one sheet."""
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(row)
    return _saved(book)


def slides(*titles: str) -> bytes:
    """A presentation with one slide a title, each with a note."""
    show = pptx.Presentation()
    for title in titles:
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text = title
        slide.notes_slide.notes_text_frame.text = f"say of {title}"
    return _saved(show)


def with_part(office: bytes, name: str, content: bytes) -> bytes:
    """An Office file in which one part is replaced or added."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(office)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return written.getvalue()


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>
<w:t>&b;</w:t></w:r></w:p></w:body></w:document>"""


def zip_bomb() -> bytes:
    """A Word document of a few hundred kilobytes that unpacks to 300 MB."""
    return with_part(word("x", "y"), "word/media/image1.bin", bytes(300 << 20))


def xml_bomb(encoding: str = "utf-8") -> bytes:
    """A Word document whose text is declared by entities of entities."""
    return with_part(word("x", "y"), "word/document.xml", ENTITIES.decode().encode(encoding))
