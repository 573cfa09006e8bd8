"""Files dropped on a page: sent, resumed where they broke off, cancelled; names that are taken are asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Windows

DROP = """([selector, files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  const target = document.querySelector(selector);
  for (const type of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
  }
}"""
CHOOSER = "form[data-uploads] input[type=file]"
LARGE = (5 << 20) + (1 << 19)
"""Bytes that go in two pieces."""


def drop(page: Any, *files: tuple[str, str]) -> None:
    page.evaluate(DROP, ["main", [list(file) for file in files]])


def place(windows: Windows, title: str) -> Any:
    windows.live.site.node("/handbook", "folder", title)
    page = windows.open("ada")
    page.goto(f"/handbook/{title.lower()}")
    return page


def test_two_files_are_dropped(windows: Windows) -> None:
    page = place(windows, "Trips")
    drop(page, ("rome.txt", "Rome"), ("oslo.txt", "Oslo"))
    panel = page.get_by_role("region", name="Uploads")
    expect(panel).to_contain_text("Uploaded 2 of 2")
    rows = page.get_by_role("rowheader")
    expect(rows).to_have_text(["oslo.txt", "rome.txt"])
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    drop(page, ("rome.txt", "Roma"), ("oslo.txt", "Oslo 2"), ("pisa.txt", "Pisa"))
    dialog = page.get_by_role("dialog", name="Some names are taken")
    dialog.get_by_label("oslo.txt").select_option("Keep both")
    dialog.get_by_role("button", name="Upload").click()
    expect(panel).to_contain_text("Uploaded 3 of 3")
    expect(rows).to_have_count(4)
    page.goto("/handbook/trips/rome.txt/@history")
    expect(page.get_by_role("main")).to_contain_text("edited this")


def large(folder: Path) -> str:
    path = folder / "film.bin"
    if not path.exists():
        path.write_bytes(bytes(LARGE))
    return str(path)


def test_a_broken_upload_is_taken_up_again(windows: Windows, tmp_path: Path) -> None:
    page = place(windows, "Films")
    pieces: list[str] = []

    def let_through_once(route: Any) -> None:
        if route.request.method != "PATCH":
            return route.fallback()
        pieces.append(route.request.headers["upload-offset"])
        if len(pieces) == 2:
            return route.abort()  # at once tried again: a connection that broke for a moment
        if len(pieces) == 3:
            return None  # the page is left before this one arrives
        return route.continue_()

    page.route("**/-/uploads/*", let_through_once)
    page.on("dialog", lambda dialog: dialog.accept())
    seen: list[Any] = []
    with page.expect_request(lambda each: each.method == "PATCH" and (seen.append(each) or len(seen) == 3)):
        page.locator(CHOOSER).set_input_files(large(tmp_path))
    page.goto("/handbook/films")
    panel = page.get_by_role("region", name="Uploads")
    expect(panel).to_contain_text("Broken off. Choose it again to go on.")
    page.locator(CHOOSER).set_input_files(large(tmp_path))
    expect(panel).to_contain_text("Uploaded 1 of 1")
    assert pieces == ["0", str(5 << 20), str(5 << 20), str(5 << 20)]
    expect(page.get_by_role("rowheader")).to_have_text(["film.bin"])
    windows.complaints[:] = [each for each in windows.complaints if "net::ERR_FAILED" not in each]


def test_an_upload_is_cancelled(windows: Windows, tmp_path: Path) -> None:
    page = place(windows, "Drafts")
    page.route("**/-/uploads/*", lambda route: None if route.request.method == "PATCH" else route.fallback())
    with page.expect_request(lambda request: request.method == "PATCH"):
        page.locator(CHOOSER).set_input_files(large(tmp_path))
    panel = page.get_by_role("region", name="Uploads")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        panel.get_by_role("button", name="Cancel: film.bin").click()
    assert deleted.value.status == 204
    expect(panel).to_contain_text("Cancelled")
    expect(panel.get_by_role("button", name="Try again: film.bin")).to_be_visible()


def test_a_file_that_is_refused_says_why(windows: Windows) -> None:
    page = place(windows, "Kept")
    with windows.live.site.session() as db:
        from myplatform.actions.trash import trash_node
        from myplatform.identity import SYSTEM
        from myplatform.queries.nodes import node_by_path

        trash_node(db, node_by_path(db, "/handbook/kept"), by=SYSTEM)
    drop(page, ("rome.txt", "Rome"))
    expect(page.get_by_role("region", name="Uploads")).to_contain_text("nothing here, or nothing you may see")
    windows.complaints[:] = [each for each in windows.complaints if not each.startswith("404:")]


def test_what_is_refused_for_now_can_be_tried_again(windows: Windows) -> None:
    page = place(windows, "Rush")
    told = {"status": 429, "content_type": "application/problem+json", "body": '{"detail": "Too much at once."}'}
    page.route("**/@files", lambda route: route.fulfill(**told), times=1)
    drop(page, ("rome.txt", "Rome"))
    panel = page.get_by_role("region", name="Uploads")
    expect(panel).to_contain_text("Too much at once.")
    panel.get_by_role("button", name="Try again").click()
    expect(panel).to_contain_text("Uploaded 1 of 1")
    windows.complaints = [each for each in windows.complaints if not each.startswith("429: ")]
