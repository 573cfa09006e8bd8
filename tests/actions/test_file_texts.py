"""The words inside files: read once, bounded, found by search; whatever a file does to its reader, the site stands."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from myplatform import documents, thumbnails
from myplatform.actions import file_texts
from myplatform.actions.file_texts import Reach, extract_text, read_missing
from myplatform.actions.files import Limits, Upload, add_file, replace_file
from myplatform.actions.history import revert_node
from myplatform.documents import State, decoded, first_page, read_document
from myplatform.errors import Unavailable
from myplatform.identity import SYSTEM
from myplatform.models import FileText
from myplatform.parts.files import LocalFiles
from myplatform.queries.nodes import Entry, NodeRow
from myplatform.queries.search import search
from tests import papers
from tests.conftest import somebody

LIMITS = Limits(1 << 20, 1 << 20)
ADA = somebody("ada", is_admin=True)


@pytest.fixture
def put(db: Session, root: NodeRow, files: Any) -> Any:
    """Uploads bytes under a name."""

    def put(name: str, content: bytes, limits: Limits = LIMITS) -> Entry:
        return add_file(db, files, root, Upload(io.BytesIO(content), name), by=SYSTEM, limits=limits)

    return put


def found(db: Session, words: str) -> list[str]:
    return [hit.node.title for hit in search(db, ADA, words).hits]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", papers.pdf("Nothing here", "about giraffes")),
        ("a.docx", papers.word("Nothing here", "about giraffes")),
        ("a.xlsx", papers.sheet(["animals", "giraffes"], [3, None])),
        ("a.pptx", papers.slides("Nothing", "giraffes")),
        ("a.txt", b"about giraffes"),
        ("a.csv", b"animal;count\ngiraffes;3"),
        ("a.md", b"# About giraffes"),
        ("a.html", b"<style>zebras</style><p>about <b>giraffes</b>"),
    ],
)
def test_words_inside_are_found(db: Session, put: Any, name: str, content: bytes) -> None:
    put(name, content)
    assert found(db, "giraffes") == [name]
    assert found(db, "zebras") == []
    (hit,) = search(db, ADA, "giraffes").hits
    assert "giraffes" in hit.excerpt
    assert hit.is_in_file


def test_words_said_about_a_file_are_told_from_those_inside(db: Session, put: Any) -> None:
    put("giraffes.txt", b"giraffes and zebras")
    assert [search(db, ADA, words).hits[0].is_in_file for words in ("giraffes", "zebras")] == [False, True]


def test_a_new_version_is_found_by_its_own_words(db: Session, files: Any, put: Any) -> None:
    node = put("a.txt", b"giraffes").node
    new = Upload(io.BytesIO(b"zebras"), "a.txt")
    changed = replace_file(db, files, node, new, by=SYSTEM, limits=LIMITS, expected_version=1).node
    assert (found(db, "giraffes"), found(db, "zebras")) == ([], ["a.txt"])
    revert_node(db, changed, 1, by=SYSTEM, expected_version=2)
    assert (found(db, "giraffes"), found(db, "zebras")) == (["a.txt"], [])


def test_a_content_is_read_once(db: Session, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = papers.word("giraffes", "x")
    put("a.docx", content)
    monkeypatch.setattr(documents.subprocess, "run", None)
    put("b.docx", content)
    assert sorted(found(db, "giraffes")) == ["a.docx", "b.docx"]


def test_what_was_not_read_is_read_later(db: Session, files: Any, put: Any) -> None:
    small = Limits(1 << 20, 1 << 20, Reach(size=3))
    put("a.txt", b"giraffes", small)
    put("b.txt", b"giraffes", small)
    put("c.css", b"giraffes", small)
    put("d.bin", b"\0\1", small)
    assert db.execute(select(FileText.state)).scalars().all() == [State.TOO_BIG]
    db.execute(delete(FileText))
    assert found(db, "giraffes") == []
    assert read_missing(db, files, Reach(), limit=10) == 1
    assert sorted(found(db, "giraffes")) == ["a.txt", "b.txt", "c.css"]
    assert read_missing(db, files, Reach(), limit=10) == 0


def test_long_contents_that_were_not_read_are_read_at_once(
    db: Session, files: Any, put: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_texts, "READ_AT_ONCE", 3)
    put("a.txt", b"giraffes")
    put("b.txt", b"zebras")
    assert [read_missing(db, files, Reach(), limit=1) for _ in range(3)] == [1, 1, 0]
    assert found(db, "giraffes") == ["a.txt"]


def test_lost_bytes_are_noted(db: Session, files: Any) -> None:
    assert extract_text(db, files, "0" * 64, "text/plain") is State.FAILED
    assert extract_text(db, files, "0" * 64, "image/png") is None


DOCX = next(kind for kind, name in documents.FORMATS.items() if name == "docx")


@pytest.mark.parametrize(
    ("media_type", "make"),
    [
        (DOCX, papers.zip_bomb),
        (DOCX, papers.xml_bomb),
        (DOCX, lambda: papers.xml_bomb("utf-16")),
        (DOCX, lambda: b"PK\3\4 no archive"),
        (DOCX, lambda: papers.pdf("a lie")),
        ("application/pdf", lambda: papers.word("a", "lie")),
        ("application/pdf", lambda: b"%PDF-1.7 broken"),
        (DOCX.replace("wordprocessingml.document", "spreadsheetml.sheet"), lambda: papers.slides("a lie")),
    ],
    ids=["zip bomb", "XML bomb", "XML bomb in UTF-16", "broken", "PDF as DOCX", "DOCX as PDF", "cut", "PPTX as XLSX"],
)
def test_hostile_files_are_given_up(media_type: str, make: Callable[[], bytes]) -> None:
    assert read_document(io.BytesIO(make()), media_type, seconds=5).state is State.FAILED


def test_a_huge_pdf_is_read_as_far_as_wanted() -> None:
    reading = read_document(io.BytesIO(papers.pdf(*["word " * 100] * 1000)), "application/pdf", seconds=10)
    assert reading.facts == {"pages": 1000}
    assert documents.MOST_CHARACTERS - 1000 < len(reading.text) <= documents.MOST_CHARACTERS


def test_a_reader_that_is_too_slow_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("while True: pass")
    monkeypatch.setattr(documents, "PROGRAM", slow)
    assert read_document(io.BytesIO(b""), "application/pdf", seconds=0.2).state is State.FAILED


def test_facts() -> None:
    facts = read_document(io.BytesIO(papers.word("a", "b")), DOCX, seconds=5).facts
    assert facts["author"] == "Ada Example"
    xlsx = DOCX.replace("wordprocessingml.document", "spreadsheetml.sheet")
    facts = read_document(io.BytesIO(papers.sheet(["a", 1], ["b", 2.5])), xlsx, seconds=5).facts
    assert facts["sheets"] == [{"name": "Budget", "rows": [["a", "1"], ["b", "2.5"]]}]
    pptx = DOCX.replace("wordprocessingml.document", "presentationml.presentation")
    assert read_document(io.BytesIO(papers.slides("One", "Two")), pptx, seconds=5).facts["slides"] == ["One", "Two"]


def test_the_first_page_of_a_pdf_is_drawn() -> None:
    drawn = first_page(io.BytesIO(papers.pdf("Hello")), seconds=5)
    assert drawn is not None
    assert drawn[8:12] == b"WEBP"
    assert first_page(io.BytesIO(b"%PDF-1.7 broken"), seconds=5) is None


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"caf\xc3\xa9", "café"), (b"caf\xe9", "café"), ("café".encode("utf-16"), "café"), (b"a\0b", "ab")],
)
def test_text_is_decoded_as_it_seems_to_be(content: bytes, text: str) -> None:
    assert decoded(content) == text


def test_text_that_was_cut_loses_half_a_character() -> None:
    assert decoded("é".encode()[:1], is_cut=True) == ""


def test_what_a_document_says_of_itself_is_short_and_can_be_kept(db: Session, put: Any) -> None:
    entry = put("a.pptx", papers.slides("x" * 100_000, "words"))
    facts = db.get_one(FileText, entry.values["sha256"]).facts
    assert [len(title) for title in facts["slides"]] == [300]
    entry = put("a.html", b"<title>One\0two</title>words")
    assert db.get_one(FileText, entry.values["sha256"]).facts == {"title": "Onetwo"}


def test_a_first_page_that_many_want_at_once_is_drawn_once(tmp_path, monkeypatch) -> None:
    files, begun, drawn = LocalFiles(tmp_path), threading.Barrier(4), []

    def draw(stream, longer_side):
        drawn.append(longer_side)
        return b"picture"

    monkeypatch.setattr(thumbnails, "_first_page", draw)
    monkeypatch.setattr(thumbnails, "WAITING_SECONDS", 60)
    sha256 = files.put(io.BytesIO(papers.pdf("Hello")), 1 << 20).sha256

    def ask(_number):
        begun.wait(60)
        with thumbnails.thumbnail(files, sha256, "small") as stream:
            return stream.read()

    with ThreadPoolExecutor(4) as readers:
        assert list(readers.map(ask, range(4))) == [b"picture"] * 4
    assert len(drawn) == 1


def test_who_would_wait_long_for_a_first_page_is_told_to_come_again(tmp_path, monkeypatch) -> None:
    files = LocalFiles(tmp_path)
    sha256 = files.put(io.BytesIO(papers.pdf("Hello")), 1 << 20).sha256
    monkeypatch.setattr(thumbnails, "WAITING_SECONDS", 0)
    turn = thumbnails._TURNS[int(sha256[:8], 16) % len(thumbnails._TURNS)]
    with turn, pytest.raises(Unavailable):
        thumbnails.thumbnail(files, sha256, "small")
