"""People as vCards, version 3.0 (RFC 2426): what phones, Outlook and address books all take."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

MEDIA_TYPE = "text/vcard"
LONGEST_LINE = 75
"""Bytes of a line, its break not counted; what is longer goes on in the next."""
_LINE_END = re.compile(r"\r\n|[\r\n\u2028\u2029]")


def vcard(
    name: str, values: Mapping[str, Any], *, organisation: str, url: str, uid: str, photo: bytes | None = None
) -> str:
    """The card of a person from their fields; `photo` is a small JPEG, `url` the address of their page.

    Whose name has one word has no family name; with more the last one is it, as address books guess too.
    """
    given, _, family = name.rpartition(" ") if " " in name else (name, "", "")
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"FN:{escaped(name)}",
        f"N:{escaped(family)};{escaped(given)};;;",
        f"ORG:{escaped(organisation)}" + (f";{escaped(values['department'])}" if values.get("department") else ""),
        *_line("TITLE", values.get("job_title")),
        *_line("EMAIL;TYPE=INTERNET,WORK", values.get("email")),
        *_line("TEL;TYPE=WORK,VOICE", values.get("phone")),
        *_place(values.get("location")),
        f"URL:{escaped(url)}",
        f"UID:{escaped(uid)}",
        *([f"PHOTO;ENCODING=b;TYPE=JPEG:{base64.b64encode(photo).decode()}"] if photo else []),
        "END:VCARD",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _line(name: str, value: str | None) -> list[str]:
    return [f"{name}:{escaped(value)}"] if value else []


def _place(location: str | None) -> list[str]:
    """A location is a town more often than a street."""
    return [f"ADR;TYPE=WORK:;;;{escaped(location)};;;"] if location else []


def escaped(text: str) -> str:
    """A text value as vCards write it."""
    for special in ("\\", ";", ","):
        text = text.replace(special, f"\\{special}")
    return _LINE_END.sub(r"\\n", text)


def folded(line: str) -> str:
    """A line of any length in lines of at most LONGEST_LINE bytes, none cut within a character."""
    pieces, piece, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > LONGEST_LINE:
            pieces.append(piece)
            piece, size = "", 1  # the space that says that the line goes on
        piece += character
        size += width
    return "\r\n ".join([*pieces, piece])
