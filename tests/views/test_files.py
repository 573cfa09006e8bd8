"""Files in the browser: uploading, showing, handing out, replacing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from webtest import TestApp, TestResponse

from tests import papers
from tests.conftest import MakeSite, Site
from tests.views.conftest import form_to


def png(width: int, height: int) -> bytes:
    """The bytes of a plain image."""
    written = BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "PNG")
    return written.getvalue()


def put(browser: TestApp, name: str, content: bytes, place: str = "") -> str:
    """Upload one file and return its path."""
    answer = send(browser, f"{place}/@upload", [(name, content)], status=303)
    return answer.follow(status=200).request.path


def send(browser: TestApp, address: str, files: list[tuple[str, bytes]], *, status: int, **values: str) -> TestResponse:
    """Send a form with files as a browser does."""
    token = form_to("/-/sign-out", browser.get(address))["csrf_token"].value
    sent = [("file", name, content) for name, content in files]
    return browser.post(address, {"csrf_token": token, **values}, upload_files=sent, status=status)


def test_an_image_is_shown_and_handed_out(ada: TestApp) -> None:
    path = put(ada, "plan.png", png(1200, 600))
    page = ada.get(path)
    assert page.html.select_one(".preview img")["src"] == f"{path}/@thumbnail?size=large"
    assert "1200 × 600 pixels" in page
    content = ada.get(f"{path}/@content", status=200)
    assert (content.content_type, content.body) == ("image/png", png(1200, 600))
    assert content.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in content.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("size", "longer_side"), [("small", 128), ("large", 960)])
def test_small_versions_keep_their_shape(ada: TestApp, size: str, longer_side: int) -> None:
    path = put(ada, "plan.png", png(2000, 1000))
    for _ in range(2):
        answer = ada.get(f"{path}/@thumbnail?size={size}", status=200)
        assert Image.open(BytesIO(answer.body)).size == (longer_side, longer_side // 2)


def test_what_is_no_image_has_no_small_version(ada: TestApp) -> None:
    for name, content in (("fake.png", b"not an image"), ("words.txt", b"words")):
        ada.get(f"{put(ada, name, content)}/@thumbnail", status=404)


def test_a_program_that_is_named_like_an_image_is_none(ada: TestApp) -> None:
    """Pillow hands PostScript to Ghostscript, which runs it."""
    content = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n"
    assert Image.open(BytesIO(content)).size == (100, 100)
    path = put(ada, "plan.png", content)
    assert "100 × 100" not in ada.get(path)
    ada.get(f"{path}/@thumbnail", status=404)


def test_text_is_shown_as_it_is(ada: TestApp) -> None:
    path = put(ada, "notes.txt", "<script>é</script>".encode())
    assert ada.get(path).html.select_one(".preview pre").text == "<script>é</script>"


@pytest.mark.parametrize(
    ("name", "content"),
    [("page.html", b"<script>alert(1)</script>"), ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")],
)
def test_what_could_run_is_a_download_locked_in(ada: TestApp, name: str, content: bytes) -> None:
    answer = ada.get(f"{put(ada, name, content)}/@content", status=200)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_ranges_and_conditions(ada: TestApp) -> None:
    path = put(ada, "notes.txt", b"0123456789")
    part = ada.get(f"{path}/@content", headers={"Range": "bytes=2-4"}, status=206)
    assert (part.body, part.headers["Content-Range"]) == (b"234", "bytes 2-4/10")
    ada.get(f"{path}/@content", headers={"Range": "bytes=99-"}, status=416)
    whole = ada.get(f"{path}/@content")
    ada.get(f"{path}/@content", headers={"If-None-Match": whole.headers["ETag"]}, status=304)


@pytest.mark.parametrize("name", ["con", "../../etc/passwd", "naïve “file”.txt", "a" * 300 + ".txt", ".."])
def test_odd_names_do_no_harm(ada: TestApp, name: str) -> None:
    path = put(ada, name, b"words")
    answer = ada.get(f"{path}/@content?download=1", status=200)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.body == b"words"


def test_several_files_at_once(site: Site, ada: TestApp) -> None:
    site.node("/", "folder", "Things")
    page = send(ada, "/things/@upload", [("one.txt", b"1"), ("two.txt", b"2")], status=303).follow()
    assert [link.text for link in page.html.select("tbody a.title")] == ["one.txt", "two.txt"]


def test_no_file_chosen_is_said(ada: TestApp) -> None:
    assert "choose one" in send(ada, "/@upload", [], status=422)


def test_a_new_version_keeps_the_old_bytes(ada: TestApp) -> None:
    path = put(ada, "notes.txt", b"old")
    page = send(ada, f"{path}/@replace", [("notes.txt", b"new")], status=303, version="1").follow()
    assert "Saved" in page.html.select_one(".toast").text
    assert ada.get(f"{path}/@content").body == b"new"
    assert ada.get(f"{path}/@content?version=1").body == b"old"
    ada.get(f"{path}/@content?version=9", status=404)
    stale = send(ada, f"{path}/@replace", [("notes.txt", b"mine")], status=422, version="1")
    assert "changed by somebody else" in stale


def test_a_photo_is_chosen_among_the_files_of_a_person(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    site.node("/people", "employee", "Ada Example")
    put(ada, "portrait.png", png(200, 200), "/people/ada-example")
    form = form_to("/@edit", ada.get("/people/ada-example/@edit"))
    form["photo"].select(text="portrait.png")
    page = form.submit(status=303).follow()
    small = page.html.select_one("img.avatar")["src"]
    assert ada.get(small, status=200).content_type == "image/webp"
    assert ada.get("/people").html.select_one("tbody img.avatar")["src"] == small


def test_hidden_files_stay_hidden(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "Secret")
    site.grant("/secret", inherits=False)
    path = put(ada, "plan.png", png(10, 10), "/secret")
    for view in ("", "/@content", "/@thumbnail"):
        bob.get(f"{path}{view}", status=404)


def test_files_have_a_limit_of_their_own(make_site: MakeSite) -> None:
    site = make_site(**{"files.max_size": "1MiB", "request.max_size": "64KiB"})
    site.user("ada", is_admin=True)
    ada = site.signed_in("ada")
    path = put(ada, "large.bin", bytes(900_000))
    assert len(ada.get(f"{path}/@content").body) == 900_000
    assert "larger than" in send(ada, "/@upload", [("larger.bin", bytes(1_050_000))], status=413)
    assert "larger than" in send(ada, "/@upload", [("huge.bin", bytes(3_000_000))], status=413)


def test_documents_are_shown_as_what_was_read_of_them(ada: TestApp) -> None:
    page = ada.get(put(ada, "policy.docx", papers.word("Book early.", "Ask first.")))
    assert [line.text for line in page.html.select(".document-text p")] == ["Book early.", "Ask first."]
    assert "Ada Example" in page.html.select_one(".rail .facts").text
    page = ada.get(put(ada, "budget.xlsx", papers.sheet(["what", 2026], ["tea", 12.5])))
    assert [cell.text for cell in page.html.select(".grid td")] == ["what", "2026", "tea", "12.5"]
    page = ada.get(put(ada, "show.pptx", papers.slides("Welcome", "")))
    assert [line.text for line in page.html.select(".slides li")] == ["Welcome", "Without a title"]
    page = ada.get(put(ada, "report.pdf", papers.pdf("One", "Two")))
    assert page.html.select_one(".preview iframe")["src"] == "/report.pdf/@content"
    assert "sandbox" not in ada.get("/report.pdf/@content").headers["Content-Security-Policy"]
    assert Image.open(BytesIO(ada.get("/report.pdf/@thumbnail?size=large", status=200).body)).height == 960


@pytest.mark.parametrize("make", [papers.xml_bomb, lambda: b"PK\3\4 broken"], ids=["hostile", "broken"])
def test_documents_that_cannot_be_read_are_offered_as_they_are(ada: TestApp, make: Callable[[], bytes]) -> None:
    assert "locked or damaged" in ada.get(put(ada, "a.docx", make())).html.select_one(".preview-none").text
    path = put(ada, "a.pdf", b"%PDF-1.4 broken")
    assert "locked or damaged" in ada.get(path)
    for _ in range(2):
        ada.get(f"{path}/@thumbnail", status=404)


def test_a_table_is_shown_as_one(ada: TestApp) -> None:
    rows = "".join(f"Tea {number};{number}\n" for number in range(300))
    page = ada.get(put(ada, "a.csv", f"what;how many\n{rows}".encode()))
    assert [cell.text for cell in page.html.select(".grid th")] == ["what", "how many"]
    assert page.html.select_one(".grid td.number").text == "0"
    assert len(page.html.select(".grid tbody tr")) == 199
    assert "This is the beginning" in page
    odd = ada.get(put(ada, "b.csv", b'"' + b"x" * 200_000))
    assert odd.html.select_one(".preview pre, .grid") is not None


def test_code_is_coloured_and_still_inert(ada: TestApp) -> None:
    page = ada.get(put(ada, "a.py", b"def greet():\n    return '<script>'\n"))
    assert page.html.select_one(".preview .code-keyword").text.strip() == "def"
    assert page.html.select_one(".preview pre").text == "def greet():\n    return '<script>'\n"


def test_versions_are_listed_and_can_be_restored(ada: TestApp) -> None:
    path = put(ada, "notes.txt", b"old")
    assert ada.get(path).html.select_one(".file-versions") is None
    page = send(ada, f"{path}/@replace", [("new name.txt", b"newer")], status=303, version="1").follow()
    lines = page.html.select(".file-versions li")
    assert ["Current" in line.text for line in lines] == [True, False]
    assert "5 bytes" in lines[0].text
    assert "3 bytes" in lines[1].text
    assert "notes.txt" in lines[1].text
    form_to("/@revert", page).submit(status=303)
    assert ada.get(f"{path}/@content").body == b"old"
    assert len(ada.get(path).html.select(".file-versions li")) == 3


def test_the_files_beside_one_are_a_step_away(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "folder", "Things")
    for name in ("a.txt", "b.txt", "c.txt"):
        put(ada, name, b"words", "/things")
    site.node("/things", "page", "aa")
    site.grant("/things/c.txt", inherits=False)
    page = ada.get("/things/b.txt").html
    assert page.select_one("a[rel=prev]")["href"] == "/things/a.txt"
    assert page.select_one("a[rel=next]")["href"] == "/things/c.txt"
    assert bob.get("/things/b.txt").html.select_one("a[rel=next]") is None
    assert bob.get("/things/b.txt").html.select_one("form[data-uploads]") is None
