"""CSV files as spreadsheets write them: read with line numbers, written so that no cell runs as a formula."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import Problem
from .report import Remark

MAX_BYTES = 32 << 20
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 200_000, 2_000, 5_000_000
"""Of a table that is held as a whole: a few bytes of the file make a row."""
_FORMULA = re.compile(r"[=+\-@\t\r]")
_GUARDED = re.compile(r"'['=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"[+-]?[\d.,]+")
_DELIMITERS = ",;\t|"


class TableRefused(Problem):
    """A table is not taken over; `remarks` has every reason, with the line and the column."""

    def __init__(self, remarks: Iterable[Remark]):
        self.remarks = tuple(sorted(remarks))
        super().__init__("\n".join(map(str, self.remarks)))


@dataclass(frozen=True)
class Row:
    """A row: the line of the file it starts on, and its cells, as many as there are columns."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The name of a file, the names of its columns, and its rows without the empty ones."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(data: bytes, name: str, encoding: str | None = None) -> Table:
    """The table in a CSV file with commas, semicolons, tabs or bars; raises `TableRefused`.

    Without `encoding` it is UTF-8, or UTF-16 with a byte order mark. A guard before a formula is taken off.
    """
    text = _decoded(data, name, encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _ensure_small(name, line, len(rows) + 1, len(cells))
                rows.append(Row(line, tuple(_unguarded(cell.strip()) for cell in cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableRefused([Remark(name, line, f"is not CSV here: {error}")]) from error
    if not rows:
        raise TableRefused([Remark(name, 0, "is empty: the first line must name the columns")])
    header, *body = rows
    if len(rows) * len(header.cells) > MOST_CELLS:
        raise TableRefused([Remark(name, 0, f"has more than {MOST_CELLS:,} cells; split it")])
    return Table(name, header.cells, tuple(_fitted(name, header.cells, body)))


def _ensure_small(name: str, line: int, rows: int, columns: int) -> None:
    if rows > MOST_ROWS:
        raise TableRefused([Remark(name, line, f"is past the {MOST_ROWS:,} rows that one table can have; split it")])
    if columns > MOST_COLUMNS:
        raise TableRefused([Remark(name, line, f"has more than {MOST_COLUMNS:,} cells")])


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV text of a table, which `read_table` reads back unchanged; spreadsheets run none of its cells."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def guarded(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would take for a formula."""
    is_formula = _FORMULA.match(cell) and not _PLAIN_NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula or _GUARDED.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell


def _fitted(name: str, columns: tuple[str, ...], rows: list[Row]) -> Iterable[Row]:
    too_long = [row for row in rows if any(row.cells[len(columns) :])]
    if too_long:
        text = f"has more cells than the {len(columns)} columns of the first line; is a separator not quoted?"
        raise TableRefused([Remark(name, row.line, text) for row in too_long])
    for row in rows:
        yield Row(row.line, (*row.cells, *("",) * (len(columns) - len(row.cells)))[: len(columns)])


def _decoded(data: bytes, name: str, encoding: str | None) -> str:
    if len(data) > MAX_BYTES:
        raise TableRefused([Remark(name, 0, f"has more than {MAX_BYTES >> 20} MB; split it")])
    if encoding is None:
        is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if is_utf16 else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except LookupError as error:
        raise TableRefused([Remark(name, 0, f"cannot be read: there is no encoding {encoding!r}")]) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8, or name its encoding, such as --encoding latin-1"
        raise TableRefused([Remark(name, line, f"is not {encoding.removesuffix('-sig')} here: {hint}")]) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TableRefused([Remark(name, line, "has a NUL character; is this a CSV file?")])
    return text


def _delimiter(text: str) -> str:
    """The separator that occurs most often in the first line, outside quotes."""
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=bare.count)
