"""The page behind the bell, what people choose to hear, and the end of mail by one click."""

import re

import pytest

from myplatform.actions.comments import add_comment
from myplatform.actions.notifications import stop_secret_of
from myplatform.actions.notifying import notify_of_changes
from myplatform.models import User
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_path
from myplatform.queries.notifications import choice_of, level_at
from tests.views.conftest import form_to


@pytest.fixture
def page(site, ada, bob):
    page = site.node("/", "page", "Page").node
    read(site)
    return page


def read(site):
    with site.session() as db:
        notify_of_changes(db, public=False)


def name(site, body="Hello @bob"):
    with site.session() as db:
        add_comment(db, node_by_path(db, "/page"), body, by=identity_of_user(db, "ada", public=False))
    read(site)


def lines_of(listed):
    """The forms that lead to what each notification is about, newest first."""
    forms = listed.forms.values()
    return [form for form in forms if re.search(r"/notifications/[0-9]+$", form.action) and "unread" not in form.fields]


def test_the_bell_counts_and_leads_to_what_is_new(site, bob, page):
    assert "bell-count" not in bob.get("/page")
    name(site)
    name(site, "@bob again")
    shown = bob.get("/page")
    assert shown.lxml.xpath("string(//a[@id='bell']/span[@class='bell-count'])") == "2"
    assert "Notifications, 2 unread" in shown
    listed = bob.get("/-/notifications")
    assert "Ada named you in a comment" in listed
    led = lines_of(listed)[0].submit()
    assert led.status_code == 303
    assert "/page#comment-" in led.location
    assert "Notifications, 1 unread" in bob.get("/page")
    form_to("/-/notifications", bob.get("/-/notifications")).submit().follow()
    assert "bell-count" not in bob.get("/-/notifications/bell")


def test_what_was_read_can_wait_again(site, bob, page):
    name(site)
    form_to("/-/notifications", bob.get("/-/notifications")).submit()
    listed = bob.get("/-/notifications")
    again = next(form for form in listed.forms.values() if "unread" in form.fields)
    again.submit()
    assert "Notifications, 1 unread" in bob.get("/page")


def test_what_may_not_be_seen_any_more_is_not_shown_nor_led_to(site, bob, page):
    name(site)
    site.grant("/page", ("user:ada", "reader"), inherits=False)
    listed = bob.get("/-/notifications")
    assert "Nothing yet" in listed
    assert "Page" not in listed.lxml.xpath("string(//main)").replace("Pages", "")
    assert "bell-count" not in listed


def test_a_place_has_a_choice_of_its_own(site, bob, page):
    form = form_to("@notifications", bob.get("/page/@notifications"))
    assert form["level"].value == ""
    form["level"] = "none"
    form.submit().follow()
    with site.session() as db:
        assert level_at(db, page.id, by=identity_of_user(db, "bob", public=False)) == "none"
    name(site)
    assert "bell-count" not in bob.get("/page")


def test_when_mail_comes_is_ones_own_choice(site, bob, page):
    form = form_to("/-/account/notifications", bob.get("/-/account/notifications"))
    form["mail"] = "none"
    assert "Saved" in form.submit().follow()
    with site.session() as db:
        assert choice_of(db, db.query(User).filter_by(name="bob").one().id) == "none"


def test_mail_is_ended_by_one_click_without_signing_in(site, bob, page):
    with site.session() as db:
        user_id = db.query(User).filter_by(name="bob").one().id
        secret = stop_secret_of(db, user_id)
    nobody = site.browser()
    assert "Send me no more mail" in nobody.get(f"/-/stop-mail/{secret}")
    with site.session() as db:
        assert choice_of(db, user_id) is None  # looking at the link ends nothing
    answer = nobody.post(f"/-/stop-mail/{secret}", {"List-Unsubscribe": "One-Click"})
    assert "You get no more mail" in answer
    with site.session() as db:
        assert choice_of(db, user_id) == "none"
    nobody.get("/-/stop-mail/nonsense", status=404)
    nobody.post("/-/stop-mail/nonsense", status=404)


def test_nobody_reads_what_waits_for_others(site, ada, bob, page):
    name(site)
    listed = bob.get("/-/notifications")
    action = lines_of(listed)[0].action
    token = form_to("/-/account/notifications", ada.get("/-/account/notifications"))["csrf_token"].value
    assert ada.post(action, {"csrf_token": token}).location.endswith("/-/notifications")
    assert "Notifications, 1 unread" in bob.get("/page")


def test_visitors_have_no_bell(site):
    assert "bell" not in site.browser().get("/-/sign-in").lxml.xpath("string(//@id)")
    site.browser().get("/-/notifications", status=303)
