"""People as a table for spreadsheets, read page by page and written to a file that stays small in memory."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import xlsxwriter
from sqlalchemy.orm import Session

from ..content.people import Employee, People
from ..fields import Field
from ..identity import Identity
from ..queries.children import items_of, parse_items
from ..queries.listing import MAX_LIMIT
from ..queries.nodes import NodeRow, visible_nodes
from .tables import guarded

FORMATS = ("csv", "xlsx")
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
IN_MEMORY = 1 << 20
"""Bytes kept in memory; what is longer lies in a temporary file."""
COLUMN_WIDTH = 22

Cell = str | int | dt.date | None


@dataclass(frozen=True)
class TableFile:
    """A written file, to be read from its beginning."""

    stream: BinaryIO
    media_type: str
    size: int


def people_file(
    db: Session,
    asker: Identity,
    directory: NodeRow,
    params: Sequence[tuple[str, str]],
    format_name: str,
    *,
    hidden: Collection[str] = (),
) -> TableFile:
    """The people of a directory whom the list grammar's `params` find, in their order, with all fields but `hidden`.

    Raises `BadQuery`. Only what the asker may see is written, managers' names included.
    """
    fields = [each for each in Employee.written_fields() if each.name != "photo" and each.name not in hidden]
    head = [Employee.title_label, *(field.label for field in fields)]
    stream = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - whoever sends it closes it
    write = _write_csv if format_name == "csv" else _write_workbook
    try:
        write(cast("BinaryIO", stream), head, _rows(db, asker, directory, params, fields))
    except BaseException:
        stream.close()
        raise
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return TableFile(cast("BinaryIO", stream), MEDIA_TYPES[format_name], size)


def _rows(
    db: Session, asker: Identity, directory: NodeRow, params: Sequence[tuple[str, str]], fields: Sequence[Field]
) -> Iterator[list[Cell]]:
    wanted = [("fields", ",".join(("title", *(field.name for field in fields)))), ("limit", str(MAX_LIMIT))]
    cursor: str | None = ""
    while cursor is not None:
        place = [("cursor", cursor)] if cursor else []
        page = items_of(db, asker, directory, parse_items(People, [*params, *wanted, *place]))
        managers = visible_nodes(db, asker, {item["manager"] for item in page.rows})
        for item in page.rows:
            yield [item["title"], *(_cell(field, item[field.name], managers) for field in fields)]
        cursor = page.next_cursor


def _cell(field: Field, value: Any, managers: dict[int, NodeRow]) -> Cell:
    if field.name == "manager":
        return managers[value].title if value in managers else None
    return value if isinstance(value, int | dt.date) else field.to_text(value) or None


def _write_csv(stream: BinaryIO, head: list[str], rows: Iterable[list[Cell]]) -> None:
    """UTF-8 with the mark by which Excel knows it; no cell runs as a formula."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(["" if cell is None else guarded(str(cell)) for cell in row] for row in rows)
    text.flush()
    text.detach()


def _write_workbook(stream: BinaryIO, head: list[str], rows: Iterable[list[Cell]]) -> None:
    """One sheet, each row written out before the next; words stay words, whatever they begin with."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, {**options, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.set_column(0, len(head) - 1, COLUMN_WIDTH)
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, head, bold)
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, place, cell, day)
                elif isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                elif cell is not None:
                    sheet.write_string(number, place, cell)
