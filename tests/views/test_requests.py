"""Asking for access: the same words whether there is anything or not, and answers of those who may give them."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from myplatform.actions.requests import ask_for_access
from myplatform.actions.tidying import tidy
from myplatform.errors import Throttled
from myplatform.identity import SYSTEM
from myplatform.models import AccessRequest, Change, utc_now
from myplatform.queries.identities import identity_of_user
from myplatform.queries.requests import OPEN_FOR, requests_waiting
from tests.views.conftest import form_to

PLACES = ("room", "nowhere")


@pytest.fixture
def room(site, ada):
    """A folder that cy manages and nobody else but administrators can see."""
    site.user("cy")
    site.node("/", "folder", "Room")
    site.grant("/room", ("user:cy", "manager"), inherits=False)


def ask(browser, path, message="Please.", status=303):
    form = form_to("/-/requests", browser.get(path, expect_errors=True))
    form["message"] = message
    return form.submit(status=status)


def waiting(site, name):
    with site.session() as db:
        rows = requests_waiting(db, identity_of_user(db, name, public=False), 9)
        return [(row.user_name, row.node_path) for row in rows]


def test_asking_tells_nothing_of_what_is_there(site, room, bob):
    bob.get("/nowhere", status=404)
    answers, costs = [], []
    for place in PLACES:
        form = form_to("/-/requests", bob.get(f"/{place}/@edit", status=404))
        with site.statements as seen:
            answers.append(form.submit(status=303))
        costs.append([statement.partition(" ")[0] for statement in seen])
    with site.session() as db:
        told = select(Change).where(Change.action == "access-requested", Change.subject == "user:bob")
        changes = [(row.node_id, row.values["path"][1]) for row in db.scalars(told.order_by(Change.id))]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    of_its_own = {"X-Request-ID": ""}
    assert dict(answers[0].headers) | of_its_own == dict(answers[1].headers) | of_its_own
    assert answers[0].body == answers[1].body
    assert costs[0] == costs[1]
    assert changes == [(None, "/room"), (None, "/nowhere")]
    page = " ".join(bob.get("/-/requests").html.select_one("main").text.split())
    assert "/room just now Asked" in page
    assert "/nowhere just now Asked" in page


def test_only_those_who_may_share_hear_of_it(site, room, bob):
    ask(bob, "/room")
    ask(bob, "/nowhere")
    assert waiting(site, "cy") == [("bob", "/room")]
    assert waiting(site, "ada") == [("bob", "/room")]
    assert waiting(site, "bob") == []


def test_granting_lets_them_in_and_they_hear_of_it(site, room, bob, sign_in):
    ask(bob, "/room", "I keep the keys.")
    cy = sign_in("cy")
    for page in ("/-/requests", "/room/@sharing"):
        assert "I keep the keys." in cy.get(page)
    assert "Bob asks to see it" in cy.get("/")
    assert "asks for access" not in bob.get("/")
    form = next(form for form in cy.get("/-/requests").forms.values() if "/-/requests/" in form.action)
    assert form["role"].value == "reader"
    form["role"], form["reply"] = "editor", "Welcome."
    page = form.submit("do", value="grant", status=303).follow()
    assert "Bob can edit" in " ".join(page.text.replace("</strong>", "").split())
    bob.get("/room/@edit", status=200)
    said = " ".join(bob.get("/-/requests").html.select_one("main").text.split())
    assert "Room just now Granted: can edit" in said
    assert "Cy answered just now : Welcome." in said or "Welcome." in said
    assert waiting(site, "cy") == []
    form_to("/-/undo", page).submit(status=303)
    bob.get("/room", status=404)


def test_declining_says_so_and_changes_nothing(site, room, bob, sign_in):
    ask(bob, "/room")
    cy = sign_in("cy")
    form = next(form for form in cy.get("/-/requests").forms.values() if "/-/requests/" in form.action)
    form["reply"] = "Ask Dan."
    assert "Declined" in form.submit("do", value="decline", status=303).follow()
    bob.get("/room", status=404)
    said = bob.get("/-/requests").html.select_one("main").text
    assert "Declined" in said
    assert "Ask Dan." in said
    ask(bob, "/room")
    assert waiting(site, "cy") == [("bob", "/room")]


def test_others_cannot_answer(site, room, bob, sign_in):
    ask(bob, "/room")
    site.user("dan")
    dan = sign_in("dan")
    with site.session() as db:
        number = db.scalar(select(AccessRequest.id))
    for browser in (bob, dan):
        token = form_to("/-/sign-out", browser.get("/-/account"))["csrf_token"].value
        for does in ("grant", "decline"):
            sent = {"do": does, "role": "manager", "csrf_token": token}
            browser.post(f"/-/requests/{number}", sent, status=404)
    assert waiting(site, "cy") == [("bob", "/room")]


def test_asking_again_replaces_the_message(site, room, bob):
    ask(bob, "/room", "First.")
    ask(bob, "/room", "Second.")
    with site.session() as db:
        assert [row.message for row in db.scalars(select(AccessRequest))] == ["Second."]


def test_a_missing_right_can_be_asked_for(site, bob, sign_in, ada):
    page = bob.get("/@edit", status=403)
    form = form_to("/-/requests", page)
    assert (form["path"].value, form["permission"].value) == ("/", "edit")
    form.submit(status=303)
    form = next(form for form in ada.get("/-/requests").forms.values() if "/-/requests/" in form.action)
    assert form["role"].value == "editor"


def test_who_may_edit_but_not_share_is_led_to_those_who_may(site, bob, ada):
    site.node("/", "folder", "Workshop")
    assert "Ask to share" not in bob.get("/workshop")
    site.grant("/workshop", ("user:bob", "editor"))
    link = next(each for each in bob.get("/workshop").html.select("a.menu-item") if "Ask to share" in each.text)
    refused = bob.get(link["href"], status=403)
    form = form_to("/-/requests", refused)
    assert (form["path"].value, form["permission"].value) == ("/workshop", "share")
    form.submit(status=303)
    form = next(form for form in ada.get("/-/requests").forms.values() if "/-/requests/" in form.action)
    assert form["role"].value == "manager"
    assert "Ask to share" not in ada.get("/workshop")


def test_a_permanent_link_can_be_asked_for(site, room, bob):
    with site.session() as db:
        from myplatform.queries.nodes import node_by_path

        number = node_by_path(db, "/room").id
    ask(bob, f"/-/id/{number}")
    assert waiting(site, "cy") == [("bob", "/room")]


def test_who_has_asked_for_much_waits_till_tomorrow(site, room, bob):
    with site.session() as db:
        by = identity_of_user(db, "bob", public=False)
        for place in ("/a", "/room"):
            ask_for_access(db, place, by=by, per_day=2)
        for place in ("/b", "/room"):
            with pytest.raises(Throttled):
                ask_for_access(db, place, by=by, per_day=2)


def test_what_does_not_fit_is_said_and_kept(site, bob):
    token = form_to("/-/sign-out", bob.get("/-/account"))["csrf_token"].value
    too_long = "/" + "".join(chr(0x20000 + number) for number in range(1000))  # of four bytes each
    for wrong in ({"path": "room"}, {"path": too_long}, {"message": "x" * 1001}, {"permission": "administer"}):
        sent = {"path": "/room", "message": "Hm.", "permission": "view", "csrf_token": token, **wrong}
        page = bob.post("/-/requests", sent, status=422)
        assert form_to("/-/requests", page)["path"].value == sent["path"]


def test_nothing_is_offered_where_nothing_can_be_asked_for(site, room, bob):
    for path in ("/-/nothing", "/-/admin", "/@version?of=99"):
        page = bob.get(path, expect_errors=True)
        assert "Ask for access" not in page
    assert "Ask for access" not in site.browser().get("/-/nothing", status=404)


def test_administrators_are_not_offered_to_ask_for_what_they_may_do(site):
    site.user("eve", is_admin=True)
    assert "Ask for access" not in site.signed_in("eve").get("/nothing", status=404)


def test_what_nobody_answered_lapses_whether_there_is_anything_or_not(site, room, bob):
    for place in PLACES:
        ask(bob, f"/{place}")
    with site.session() as db:
        db.execute(update(AccessRequest).values(asked_at=utc_now() - OPEN_FOR))
    assert waiting(site, "cy") == []
    said = bob.get("/-/requests").html.select_one("main").text
    assert not any(place in said for place in PLACES)
    with site.session() as db:
        keep = dict.fromkeys(("keep_trash", "session_age", "keep_drafts", "keep_notifications"), OPEN_FOR)
        tidy(db, site.registry["files"], by=SYSTEM, **keep)
        assert db.scalars(select(AccessRequest)).all() == []


def test_an_author_who_may_not_share_is_told_whom_to_ask(site, room, bob):
    site.grant("/room", ("user:cy", "manager"), ("user:bob", "editor"), inherits=False)
    (link,) = bob.get("/room").html.select('main a[href$="/@sharing"], header a[href$="/@sharing"]')
    assert link.text.strip() == "Ask to share this"
    refused = bob.get(link["href"], status=403)
    assert "People who can share this: Ada, Cy" in " ".join(refused.html.select_one("main").text.split())
    form_to("/-/requests", refused).submit(status=303)
    assert waiting(site, "cy") == [("bob", "/room")]
    assert "Ask to share this" not in site.signed_in("cy").get("/room")
    assert "People who can share" not in bob.get("/nowhere/@sharing", status=404)
