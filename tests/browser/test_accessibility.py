"""Every page, light and dark, under the rules of WCAG 2.2 AA as far as a machine can judge them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyramid.events import BeforeRender
from pyramid.interfaces import IBeforeRender
from sqlalchemy import select

import myplatform
from myplatform.actions.bookkeeping import CHECK, note_operation
from myplatform.actions.comments import add_comment
from myplatform.actions.drafts import keep_draft
from myplatform.actions.following import follow
from myplatform.actions.jobs import enqueue
from myplatform.actions.links import make_password_link
from myplatform.actions.notifications import stop_secret_of
from myplatform.actions.own_entries import link_entry
from myplatform.actions.trash import trash_node
from myplatform.identity import SYSTEM
from myplatform.models import User
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_path
from tests.browser.conftest import Live, Windows
from tests.browser.judging import faults_of

TEMPLATES = Path(myplatform.__file__).parent / "templates"
PAGE = re.compile(r'{% extends "|<!doctype html>')

READING = {
    "home": ["/"],
    "folder": ["/handbook", "/handbook?as=cards", "/empty-room"],
    "branches_page": ["/-/branches/{root}"],
    "page": ["/handbook/leave", "{rich}"],
    "file": ["/handbook/office.png", "/handbook/notes.txt", "/handbook/plan.pdf"],
    "people": ["/people", "/people?view=cards&department=Finance"],
    "employee": ["/people/ada-example"],
    "chart": ["/people/@chart"],
    "search": ["/-/search?q=leave", "/-/search?q=zzz"],
    "recent": ["/-/recent"],
    "links": ["/handbook/leave/@links"],
    "error": ["/handbook/nothing"],
}
WRITING = {
    "new": ["/handbook/@new?kind=page&template=none", "/people/@new?kind=employee"],
    "templates": ["{place}/@new?kind=page"],
    "edit": ["/handbook/leave/@edit"],
    "upload": ["/handbook/@upload", "/handbook/notes.txt/@replace"],
    "photo": ["/people/ada-example/@photo"],
    "comments": ["{rich}/@comments"],
    "comment_edit": ["/-/comments/{comment}/edit"],
    "drafts": ["/-/drafts"],
    "reviews": ["/-/reviews"],
    "move": ["/handbook/leave/@move"],
    "copy": ["/handbook/@copy"],
    "rename": ["/handbook/leave/@rename"],
    "order": ["/handbook/@order"],
    "transfer": ["/handbook/@transfer", "/people/@transfer"],
    "history": ["/handbook/leave/@history"],
    "version": ["/handbook/leave/@version?of=2"],
    "trash": ["/-/trash"],
    "purge": ["/-/trash/{trashed}/purge"],
}
ACCOUNTS = {
    "account": ["/-/account"],
    "account_sessions": ["/-/account/sessions"],
    "account_tokens": ["/-/account/tokens"],
    "account_notifications": ["/-/account/notifications"],
    "notifications": ["/-/notifications"],
    "notification_level": ["/handbook/@notifications"],
    "following": ["/-/following"],
    "jobs": ["/-/jobs"],
    "job": ["/-/jobs/{job}"],
    "requests": ["/-/requests"],
    "sharing": ["/handbook/@sharing?who=bob"],
    "sharing_preview": ["/handbook/@sharing-preview?do=add&principal=cy&role=editor"],
    "who": ["/handbook/@access"],
    "access": ["/-/access/bob"],
    "graphql": ["/api/graphql"],
}
ADMINISTRATION = {
    "admin_users": ["/-/admin/users"],
    "admin_user": ["/-/admin/users/bob"],
    "admin_user_new": ["/-/admin/new-user"],
    "admin_user_entry": ["/-/admin/users/bob/entry"],
    "admin_groups": ["/-/admin/groups"],
    "admin_group": ["/-/admin/groups/finance"],
    "admin_group_new": ["/-/admin/new-group"],
    "admin_group_delete": ["/-/admin/groups/finance/delete"],
    "admin_tokens": ["/-/admin/tokens"],
    "admin_audit": ["/-/admin/audit?path__startswith={place}", "/-/admin/audit?action=member-added"],
    "admin_jobs": ["/-/admin/jobs"],
    "admin_modes": ["/-/admin/modes"],
    "admin_system": ["/-/admin/system"],
    "admin_appearance": ["/-/admin/appearance"],
}
EMPLOYEE = {
    "home": ["/"],
    "folder": ["/handbook"],
    "page": ["{rich}"],
    "employee": ["/people/dot-somebody"],
    "edit_own": ["/people/dot-somebody/@edit-own"],
    "account": ["/-/account"],
    "requests": ["/-/requests"],
    "notifications": ["/-/notifications"],
    "jobs": ["/-/jobs"],
    "error": ["/board"],
}
VISITOR = {"sign_in": ["/-/sign-in"], "password": ["/-/password/{password}"], "stop_mail": ["/-/stop-mail/{stop}"]}
BY_WHOM: dict[str, tuple[str | None, dict[str, list[str]]]] = {
    "reading": ("ada", READING),
    "writing": ("ada", WRITING),
    "accounts": ("ada", ACCOUNTS),
    "administration": ("ada", ADMINISTRATION),
    "employee": ("dot", EMPLOYEE),
    "visitor": (None, VISITOR),
}
"""Who opens which pages: the paths by the template that draws them."""
BY_POST = {
    "selection_target": ("/-/selection/move", "{chosen}"),
    "selection_share": ("/-/selection/share", "{chosen}"),
    "selection_purge": ("/-/selection/purge", "{trashed}"),
    "selection_refused": ("/-/selection/restore", "{chosen}"),
}
"""Pages that answer a choice of things: where it is sent, and the thing."""
ELSEWHERE = {
    "api_docs": "Swagger UI draws it, after it has asked for the description; its colours are its own",
    "chart_branch": "what the script of the org chart fetches, judged there with its style sheet",
    "layout": "the frame of all others",
    "plain": "the frame of those without a sidebar",
    "conflict": "test_pages_that_say_what_is_wrong",
    "setup": "test_journeys: test_first_start",
    "style": "test_open_parts: with all it can open",
    "entry": "kinds of a plug-in; drawn from the same macros as a page",
}
SEND = """([action, values]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action });
  const token = document.querySelector("[name=csrf_token]").value;
  for (const [name, value] of Object.entries({ csrf_token: token, ...values })) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture(scope="module")
def rich(live: Live) -> dict[str, Any]:
    """One of everything that has a page, in the sample site; what stands in paths for it."""
    site = live.site
    place = site.node("/", "folder", "Rich").node.path
    text = "Who knows?\n\n```children\nin: /handbook\n```"
    path = site.node(place, "page", "Questions", body=text).node.path
    site.node(place, "page", "Minutes", body="Who was there?", is_template=True)
    site.node(place, "page", "Thrown away")
    entry = site.node("/people", "employee", "Dot Somebody").node
    site.user("dot")
    with site.session() as db:
        users = {user.name: user for user in db.scalars(select(User))}
        ada, dot = (identity_of_user(db, name, public=False) for name in ("ada", "dot"))
        page, thrown = (node_by_path(db, each) for each in (path, f"{place}/thrown-away"))
        trash_node(db, thrown, by=SYSTEM, expected_version=None)
        for each in (ada, dot):
            follow(db, page, by=each)
            enqueue(db, "export_zip", {}, by=each, title="Handbook")
        comment = add_comment(db, page, "Is it so, @dot?", by=ada)
        add_comment(db, page, "It is, @ada.", by=dot, thread_id=comment.id)
        changed = {"body": ["Who knows it?"]}
        wrong = {"id": "PRD014", "title": "There is a fresh backup", "what": "never", "where": "", "mend": "make one"}
        wrong |= {"severity": "warning", "silenced": ""}
        told = {"tried": {"database": "SQLite"}, "not_tried": {"PRT090": "no url"}, "seconds": 0.5}
        note_operation(db, CHECK, findings=[wrong, wrong | {"silenced": "elsewhere"}], **told)
        keep_draft(db, by=ada, place_id=page.id, kind="", version=1, title="Questions", values=changed)
        link_entry(db, users["dot"], entry, by=ada)
        return {
            "root": node_by_path(db, "/").id,
            "place": place,
            "rich": path,
            "chosen": page.id,
            "trashed": thrown.id,
            "comment": comment.id,
            "job": enqueue(db, "import_pages", {}, by=ada, title="Handbook"),
            "password": make_password_link(db, users["cy"], by=ada),
            "stop": stop_secret_of(db, users["dot"].id),
        }


@pytest.fixture(scope="module")
def drawn(live: Live) -> Iterator[set[str]]:
    """The names of the templates that were drawn."""
    names: set[str] = set()

    def note(event: BeforeRender) -> None:
        names.add(re.sub(r"^.*[:/]|\.jinja2$", "", str(event["renderer_name"])))

    live.site.registry.registerHandler(note, (IBeforeRender,))
    yield names
    live.site.registry.unregisterHandler(note, (IBeforeRender,))


@pytest.mark.parametrize("pages", BY_WHOM)
def test_pages(windows: Windows, rich: dict[str, Any], drawn: set[str], pages: str) -> None:
    who, templates = BY_WHOM[pages]
    page = windows.open(who)
    faults, around = [], None
    for template, paths in templates.items():
        for path in paths:
            drawn.clear()
            page.goto(path.format(**rich))
            assert template in drawn, path
            faults += faults_of(page, coloured=around)
        around = "main"  # what stands around it is the same for whoever looks
    assert faults == []


def test_pages_about_things_that_were_chosen(windows: Windows, rich: dict[str, Any], drawn: set[str]) -> None:
    page = windows.open("ada")
    page.goto("/")
    faults = []
    for template, (action, node) in BY_POST.items():
        drawn.clear()
        with page.expect_navigation():
            page.evaluate(SEND, [action, {"node": node.format(**rich), "back": "/handbook"}])
        assert template in drawn, action
        faults += faults_of(page, "main")
    assert faults == []


def test_no_page_is_forgotten() -> None:
    pages = {path.stem for path in TEMPLATES.glob("*.jinja2") if PAGE.search(path.read_text())}
    looked_at = {template for _who, templates in BY_WHOM.values() for template in templates} | set(BY_POST)
    assert pages - looked_at == set(ELSEWHERE), "a page needs a path here, or a reason why it has none"


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
