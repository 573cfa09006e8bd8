"""The main pages, light and dark, under the rules of WCAG 2.2 AA as far as a machine can judge them."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.conftest import Windows

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = "(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
READING = ["/handbook?as=cards"]
READING += ["/", "/handbook", "/handbook/leave", "/handbook/office.png", "/handbook/notes.txt", "/people"]
READING += ["/people/ada-example", "/empty-room", "/-/search?q=leave", "/-/search?q=zzz", "/-/recent"]
PEOPLE = ["/people?view=cards&department=Finance", "/people/@chart", "/people/ada-example/@photo"]
PEOPLE += ["/-/admin/users/bob/entry"]
WRITING = ["/handbook/@new?kind=page", "/people/@new?kind=employee", "/handbook/leave/@edit", "/handbook/@upload"]
WRITING += ["/-/drafts", "/-/reviews"]
WRITING += ["/handbook/leave/@move", "/handbook/@copy", "/handbook/@order"]
LOOKING_BACK = ["/handbook/leave/@history", "/handbook/leave/@version?of=2", "/-/trash", "/handbook/nothing"]
ACCOUNTS = ["/-/account", "/-/account/sessions", "/-/account/tokens", "/handbook/@sharing?who=bob", "/-/access/bob"]
ACCOUNTS += ["/handbook/@access", "/handbook/@sharing-preview?do=add&principal=cy&role=editor", "/-/requests"]
ACCOUNTS += ["/-/notifications", "/-/account/notifications", "/handbook/@notifications"]
ADMINISTRATION = ["/-/admin/users", "/-/admin/users/bob", "/-/admin/new-user", "/-/admin/groups"]
ADMINISTRATION += ["/-/admin/groups/finance", "/-/admin/tokens", "/-/admin/audit", "/-/style"]


def faults_of(page: Any) -> list[str]:
    """What axe finds on the page in both themes."""
    page.evaluate(AXE_SCRIPT)  # a script element would be refused by the site's policy
    faults = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for each in page.evaluate(RUN, RULES)["violations"]:
            where = f"{page.url} {scheme} {each['id']}"
            faults += [f"{where}: {node['html'][:200]} {node['failureSummary']}" for node in each["nodes"]]
    return faults


@pytest.mark.parametrize(
    "paths",
    [READING, PEOPLE, WRITING, LOOKING_BACK, ACCOUNTS, ADMINISTRATION],
    ids=lambda paths: paths[-1].split("?")[0],
)
def test_main_pages(windows: Windows, paths: list[str]) -> None:
    page = windows.open("ada")
    faults = []
    for path in paths:
        page.goto(path)
        faults += faults_of(page)
    assert faults == []


def test_pages_that_say_what_is_wrong(windows: Windows) -> None:
    windows.live.site.node("/handbook", "page", "Canteen", body="Open.")
    visitor, page, other = windows.open(), windows.open("ada"), windows.open("ada")
    visitor.goto("/-/sign-in")
    faults = faults_of(visitor)
    visitor.get_by_label("Name or e-mail address").fill("nobody")
    visitor.get_by_label("Password").fill("wrong")
    visitor.get_by_role("button", name="Sign in").click()
    visitor.get_by_role("alert").wait_for()
    faults += faults_of(visitor)

    page.goto("/people/@new?kind=employee")
    page.get_by_label("Name").fill("Ada Example")
    page.get_by_label("E-mail").evaluate("(input) => { input.type = 'text'; input.value = 'x'; }")
    page.get_by_role("button", name="Create employee").click()
    page.get_by_role("alert").wait_for()
    faults += faults_of(page)

    page.goto("/handbook/canteen/@edit")
    other.goto("/handbook/canteen/@edit")
    other.get_by_label("Text").fill("Closed.")
    other.get_by_role("button", name="Save page").click()
    other.get_by_role("status").wait_for()
    faults += faults_of(other)
    page.get_by_label("Text").fill("Open at noon.")
    page.get_by_role("button", name="Save page").click()
    page.get_by_role("button", name="Save merged").wait_for()
    faults += faults_of(page)
    assert faults == []


def test_a_phone_with_its_drawer_open(windows: Windows) -> None:
    page = windows.open("ada", viewport={"width": 390, "height": 844})
    page.goto("/handbook/leave")
    page.get_by_role("button", name="Menu").click()
    assert faults_of(page) == []
