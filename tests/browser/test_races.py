"""What is pressed twice, what answers late, and what comes back from the browser's own memory."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from myplatform.models import BrowserSession
from tests.browser.conftest import Windows
from tests.conftest import make_node

PATIENCE = 15


def hold(page: Any, address: str | re.Pattern[str]) -> list[Any]:
    """Holds up what the page asks of an address; what is held can be let go on by its `continue_`."""
    held: list[Any] = []

    def keep(route: Any) -> None:
        held.append(route)

    page.route(address, keep)
    return held


def until(page: Any, holds: Callable[[], Any]) -> None:
    """Let the browser tell what happens until something is so."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        page.wait_for_timeout(20)


def posted_to(page: Any, ending: str) -> list[str]:
    """Notes the addresses of that ending to which something is posted."""
    posted: list[str] = []

    def note(request: Any) -> None:
        if request.method == "POST" and request.url.endswith(ending):
            posted.append(request.url)

    page.on("request", note)
    return posted


def test_what_is_pressed_twice_is_done_once(windows: Windows) -> None:
    path = windows.live.site.node("/handbook", "page", "Pressed twice").node.path
    page = windows.open("ada", permissions=["clipboard-write"])
    page.goto(path)
    posted = posted_to(page, "/@comments")
    page.get_by_label("Your comment").fill("Once only.")
    page.get_by_role("button", name="Comment", exact=True).dblclick()
    expect(page.locator("#comments").get_by_text("Once only.")).to_have_count(1)
    assert len(posted) == 1
    page.evaluate("document.querySelector('a[data-dialog]').click(), document.querySelector('a[data-dialog]').click()")
    expect(page.locator("dialog.form-dialog")).to_be_visible()  # one, or there would be two that fit
    page.goto(f"{path}/@edit")
    posted = posted_to(page, "/@edit")
    page.get_by_label("Title").fill("Pressed three times")
    page.get_by_role("button", name="Save page").click(click_count=3, delay=5)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pressed three times")
    assert len(posted) == 1


def test_a_button_that_copies_is_called_so_again(windows: Windows) -> None:
    page = windows.open("bob", permissions=["clipboard-write"])
    page.clock.install()
    page.goto("/-/account/tokens")
    page.get_by_label("What it is for").fill("Copies")
    page.get_by_role("button", name="Make token").click()
    page.get_by_role("button", name="Copy").dblclick()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.clock.fast_forward(3000)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_an_answer_to_what_is_no_longer_asked_is_given_up(windows: Windows) -> None:
    page = windows.open("bob")
    page.goto("/-/search")
    held = hold(page, re.compile("q=parental"))
    box = page.get_by_role("searchbox", name="Words to find")
    box.fill("parental")
    until(page, lambda: held)
    with page.expect_event("requestfailed"):
        box.fill("")
    expect(page).to_have_url(re.compile("/-/search$"))


def test_drafts_are_kept_in_the_order_they_were_typed(windows: Windows) -> None:
    path = windows.live.site.node("/handbook", "page", "Slow draft", body="First.").node.path
    page = windows.open("ada")
    page.clock.install()
    page.goto(f"{path}/@edit")
    held = hold(page, f"**{path}/@draft")
    text = page.get_by_label("Text")
    text.fill("Second.")
    page.clock.fast_forward(2000)
    until(page, lambda: held)
    text.fill("Third.")
    page.clock.fast_forward(2000)
    assert page.evaluate("1 + 1") == 2  # the browser has told what it asked until now
    assert len(held) == 1
    held[0].continue_()
    until(page, lambda: page.clock.fast_forward(2000) or len(held) == 2)
    held[1].continue_()
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    page.goto(f"{path}/@edit")
    expect(text).to_have_value("Third.")


def test_whose_session_has_ended_is_sent_to_sign_in(windows: Windows) -> None:
    with windows.live.site.session() as db:
        make_node(db, "/", "folder", "Long list")
        for number in range(30):
            make_node(db, "/long-list", "page", f"Line {number:02}")
    page = windows.open("bob")
    page.goto("/long-list?limit=25")
    with windows.live.site.session() as db:
        db.query(BrowserSession).delete()
    page.get_by_role("link", name="Load more").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_form_that_sends_itself_stays_whole(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/handbook/@access")
    stay = "document.querySelector('main form').addEventListener('submit', (e) => e.preventDefault(), { once: true })"
    page.evaluate(stay)
    page.get_by_label("Role").select_option("editor")
    expect(page.get_by_label("Name", exact=True)).to_be_enabled()  # as it is again for whoever comes back to it
    page.get_by_label("Role").select_option("reader")
    expect(page).to_have_url(re.compile(r"/@access\?role=reader$"))
    page.get_by_label("Role").select_option("")
    expect(page).to_have_url(re.compile(r"/@access\??$"))
    page.get_by_label("Name", exact=True).fill("bob")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile("q=bob"))


def test_a_job_goes_on_being_shown_when_answers_cross(windows: Windows) -> None:
    page = windows.open("ada")
    page.goto("/")
    page.clock.install()
    held = hold(page, "**/state-of-job")
    state = '<div id="job-state"%s>%s <progress></progress></div>'
    running = ' data-job-state="/state-of-job"'
    page.evaluate(
        "html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", state % (running, "0")
    )
    for count in (1, 2):
        page.evaluate("document.dispatchEvent(new Event('job-changed'))")
        until(page, lambda count=count: page.clock.fast_forward(300) or len(held) == count)
    held[1].fulfill(body=state % (running, "2"), content_type="text/html")
    expect(page.locator("#job-state")).to_have_text("2")
    held[0].fulfill(body=state % (running, "1"), content_type="text/html")
    until(page, lambda: page.clock.fast_forward(10_000) or len(held) == 3)
    held[2].fulfill(body=state % ("", "done"), content_type="text/html")
    expect(page.locator("#job-state")).to_have_text("done")


def test_a_branch_that_is_opened_twice_is_drawn_once(windows: Windows) -> None:
    with windows.live.site.session() as db:
        make_node(db, "/", "people", "Teams")
        above = None
        for name in ("Top Example", "Middle Example", "Lower Example"):
            above = make_node(db, "/teams", "employee", name, manager=above).node.id
    page = windows.open("ada")
    page.goto("/teams/@chart")
    held = hold(page, re.compile("@chart-branch"))
    middle = page.get_by_role("treeitem", name=re.compile("Middle Example"))
    middle.press("ArrowRight")
    middle.press("ArrowRight")
    until(page, lambda: held)
    for route in held:
        route.continue_()
    expect(page.get_by_role("treeitem", name=re.compile("Lower Example"))).to_have_count(1)
    expect(middle).to_have_attribute("aria-expanded", "true")
    assert len(held) == 1
