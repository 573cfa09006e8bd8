"""CSV from any spreadsheet is read with its line numbers, and what is written runs nothing when opened."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.transfer import tables
from myplatform.transfer.tables import Row, TableRefused, guarded, read_table, write_table


def read(text, encoding=None):
    data = text if isinstance(text, bytes) else text.encode()
    return read_table(data, "t.csv", encoding)


def refusal(data, encoding=None):
    with pytest.raises(TableRefused) as caught:
        read(data, encoding)
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(separator):
    table = read(f'name{separator}"a,b;c|d"\nAda{separator}1\n')
    assert table.columns == ("name", "a,b;c|d")
    assert table.rows == (Row(2, ("Ada", "1")),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_so(encoding):
    assert read("náme,x\r\nAdé,1\r\n".encode(encoding)).rows == (Row(2, ("Adé", "1")),)


def test_latin_1_is_refused_with_the_line_and_read_when_named():
    data = "name\nAda\nJosé\n".encode("latin-1")
    assert refusal(data) == (
        "t.csv:3: is not utf-8 here: save it as UTF-8, or name its encoding, such as --encoding latin-1"
    )
    assert read(data, "latin-1").rows[1].cells == ("José",)
    assert "no encoding 'klingon'" in refusal(data, "klingon")


def test_lines_count_what_is_in_the_file():
    table = read('name,x\n\n"two\nlines",1\n , \nlast,2\n')
    assert [(row.line, row.cells) for row in table.rows] == [(3, ("two\nlines", "1")), (6, ("last", "2"))]


def test_short_rows_are_filled_and_long_ones_refused():
    assert read("a,b,c\n1\n").rows[0].cells == ("1", "", "")
    assert read("a\n1,,\n").rows[0].cells == ("1",)
    assert "t.csv:2: has more cells than the 1 columns" in refusal("a\n1,2\n")


def test_a_thousand_columns():
    table = read(",".join(f"c{n}" for n in range(1_000)) + "\n" + ",".join("x" * 1_000) + "\n")
    assert len(table.rows[0].cells) == 1_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a\n\x00\n", "t.csv:2: has a NUL"),
        (b"\x89PNG\r\n", "is not utf-8"),
        (b'a\n"never closed', "is not CSV here"),
        (b"a\n" + b"x" * 200_000, "is not CSV here"),
        (b"x" * (33 << 20), "more than 32 MB"),
    ],
)
def test_what_is_no_table(data, words):
    assert words in refusal(data)


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_formulas_are_guarded_and_come_back(cell):
    assert guarded(cell) == f"'{cell}"
    assert next(csv.reader(io.StringIO(write_table(["a"], [[cell]]).split("\n", 1)[1], newline="")))[0][0] == "'"


def test_numbers_and_apostrophes_are_left_alone():
    assert [guarded(cell) for cell in ("-1.5", "+49", "'quoted'", "a=b")] == ["-1.5", "+49", "'quoted'", "a=b"]


cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip) | st.sampled_from(
    ["=1", "'=1", "''=1", "@x", '"', "a\nb", "a,b;c"]
)


@given(st.lists(st.lists(cells, min_size=3, max_size=3).filter(any), max_size=5))
def test_what_is_written_is_read_back(rows):
    table = read(write_table(["a", "b", "c"], rows))
    assert [list(row.cells) for row in table.rows] == rows


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("name\n" + "a\n" * tables.MOST_ROWS, "200,000 rows"),
        ("name" + "," * tables.MOST_COLUMNS, "2,000 cells"),
        ("a" + ",a" * 1999 + "\na" * 2500, "5,000,000 cells"),
    ],
)
def test_what_is_more_than_can_be_held(data, words):
    assert words in refusal(data)
