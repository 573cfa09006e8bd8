"""Who hears of what: those whom it concerns, who want to, and who may see it, each once."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from myplatform.actions import mailing, review_reminders
from myplatform.actions.arrangement import move_node
from myplatform.actions.comments import add_comment, edit_comment
from myplatform.actions.content import edit_node
from myplatform.actions.following import follow
from myplatform.actions.mailing import Habits, make_letter, note_letter, users_to_write
from myplatform.actions.notifications import (
    choose_mail,
    read_notifications,
    remove_old_notifications,
    set_level,
    stop_mail,
)
from myplatform.actions.notifying import notify_of_changes
from myplatform.actions.requests import ask_for_access, decline_request
from myplatform.actions.review_reminders import remind_of_reviews
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.users import change_user, create_user
from myplatform.identity import SYSTEM
from myplatform.jobs.notifying import message_of
from myplatform.models import Node, Notification, User, utc_now
from myplatform.permissions import SIGNED_IN, Role
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_path
from myplatform.queries.notifications import notifications_of, unread_count
from tests.conftest import make_node

HABITS = Habits("at-once", 7, "UTC", "en", False)
LATER = dt.timedelta(minutes=5)


@pytest.fixture
def people(db, root):
    set_grants(db, root, [Granted(SIGNED_IN, Role.EDITOR)], inherits=True, by=SYSTEM)
    for name in ("ada", "bob", "cora"):
        create_user(db, name=name, display_name=name.title(), email=f"{name}@example.com", by=SYSTEM)
    make_node(db, "/", "folder", "Folder")
    make_node(db, "/folder", "page", "Page", body="One")
    db.commit()
    notify_of_changes(db, public=False)
    db.commit()
    return {name: identity_of_user(db, name, public=False) for name in ("ada", "bob", "cora")}


def told(db):
    """What came: (user, reason, times), once the changes are read: what is not committed is nobody's news."""
    db.commit()
    notify_of_changes(db, public=False)
    statement = select(User.name, Notification.reason, Notification.times).join(User, User.id == Notification.user_id)
    return sorted(tuple(row) for row in db.execute(statement))


def page(db):
    return node_by_path(db, "/folder/page")


def edit(db, by, body):
    edit_node(db, page(db), {"body": body}, by=by, expected_version=None)


def test_followers_hear_of_changes_below_once_until_they_read(db, people):
    follow(db, node_by_path(db, "/folder"), by=people["bob"])
    edit(db, people["ada"], "Two")
    assert told(db) == [("bob", "change", 1)]
    edit(db, people["ada"], "Three")
    edit(db, people["bob"], "Four")
    assert told(db) == [("bob", "change", 2)]
    read_notifications(db, by=people["bob"])
    edit(db, people["ada"], "Five")
    assert told(db) == [("bob", "change", 1), ("bob", "change", 2)]
    assert unread_count(db, people["bob"]) == 1


def test_old_notifications_are_removed_read_or_not(db, people):
    for name in ("bob", "cora"):
        follow(db, node_by_path(db, "/folder"), by=people[name])
    edit(db, people["ada"], "Two")
    read_notifications(db, by=people["bob"])
    now = utc_now()
    assert remove_old_notifications(db, before=now - dt.timedelta(hours=1)) == 0
    assert told(db) == [("bob", "change", 1), ("cora", "change", 1)]
    assert remove_old_notifications(db, before=now + dt.timedelta(hours=1)) == 2


def test_who_is_named_hears_of_it_and_who_takes_part(db, people):
    first = add_comment(db, page(db), "Is this right, @cora?", by=people["ada"])
    assert told(db) == [("cora", "mention", 1)]
    add_comment(db, page(db), "It is", by=people["bob"], thread_id=first.id)
    assert told(db) == [("ada", "comment", 1), ("cora", "mention", 1)]


def test_somebody_named_later_hears_of_it_and_nobody_twice(db, people):
    comment = add_comment(db, page(db), "For @cora", by=people["ada"])
    edit_comment(db, comment.id, "For @cora and @bob", by=people["ada"])
    assert told(db) == [("bob", "mention", 1), ("cora", "mention", 1)]
    edit_comment(db, comment.id, "For @cora and @bob!", by=people["ada"])
    assert told(db) == [("bob", "mention", 1), ("cora", "mention", 1)]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("all", [("bob", "change", 1), ("bob", "comment", 1), ("bob", "mention", 1)]),
        ("", [("bob", "mention", 1)]),
        ("mentions", [("bob", "mention", 1)]),
        ("none", []),
    ],
)
def test_a_place_has_a_level_for_everybody(db, people, level, expected):
    set_level(db, node_by_path(db, "/folder"), "all", by=people["bob"])
    set_level(db, node_by_path(db, "/folder"), level, by=people["bob"])
    edit(db, people["ada"], "Two")
    add_comment(db, page(db), "Hello", by=people["ada"])
    add_comment(db, page(db), "Hello @bob", by=people["ada"])
    assert told(db) == expected


def test_the_nearest_choice_counts(db, people):
    set_level(db, node_by_path(db, "/folder"), "none", by=people["bob"])
    set_level(db, page(db), "all", by=people["bob"])
    edit(db, people["ada"], "Two")
    make_node(db, "/folder", "page", "Other")
    assert told(db) == [("bob", "change", 1)]


def test_nobody_hears_of_what_they_may_not_see_then_or_later(db, people):
    follow(db, node_by_path(db, "/folder"), by=people["bob"])
    follow(db, node_by_path(db, "/folder"), by=people["cora"])
    hidden = make_node(db, "/folder", "page", "Hidden").node
    set_grants(db, hidden, [Granted("user:cora", Role.READER)], inherits=False, by=SYSTEM)
    assert told(db) == [("cora", "change", 1)]
    assert unread_count(db, people["cora"]) == 1
    set_grants(db, hidden, [], inherits=False, by=SYSTEM)
    assert notifications_of(db, people["cora"], limit=10) == []
    assert unread_count(db, people["cora"]) == 0
    assert make_letter(db, people["cora"].user_id, HABITS) is None


def test_moving_much_is_told_once(db, people):
    follow(db, node_by_path(db, "/folder"), by=people["bob"])
    move_node(db, node_by_path(db, "/folder"), by=people["ada"], slug="elsewhere")
    assert told(db) == [("bob", "change", 1)]


def test_who_may_share_hears_of_requests_and_who_asked_of_the_answer(db, people):
    hidden = make_node(db, "/folder", "page", "Hidden").node
    set_grants(db, hidden, [Granted("user:ada", Role.MANAGER)], inherits=False, by=SYSTEM)
    ask_for_access(db, "/folder/hidden", by=people["bob"], per_day=5)
    assert told(db) == [("ada", "request", 1)]
    for message in ("Please", "Please!"):
        ask_for_access(db, "/folder/hidden", by=people["bob"], message=message, per_day=5)
        assert told(db) == [("ada", "request", 1)]
    ask_for_access(db, "/folder/nothing", by=people["bob"], per_day=5)
    from myplatform.queries.requests import requests_waiting

    decline_request(db, requests_waiting(db, people["ada"])[0].id, by=people["ada"])
    assert told(db) == [("ada", "request", 1), ("bob", "answer", 1)]
    assert notifications_of(db, people["bob"])[0].node_title is None


def test_owners_are_reminded_on_the_day_once(db, people):
    due = make_node(db, "/folder", "page", "Due", review_by=dt.date(2026, 5, 1)).node
    db.execute(update(Node).where(Node.id == due.id).values(created_by="bob"))
    for _ in range(2):
        remind_of_reviews(db, public=False, today=dt.date(2026, 5, 1))
    assert told(db) == [("bob", "review", 1)]


def test_of_many_pages_that_are_due_every_one_is_told(db, people, monkeypatch):
    monkeypatch.setattr(review_reminders, "AT_ONCE", 2)
    for number in range(5):
        make_node(db, "/folder", "page", f"Due {number}", review_by=dt.date(2026, 5, 1))
    db.execute(update(Node).where(Node.title.startswith("Due")).values(created_by="bob"))
    assert remind_of_reviews(db, public=False, today=dt.date(2026, 5, 1)) == {people["bob"].user_id}
    assert told(db) == [("bob", "review", 1)] * 5
    assert remind_of_reviews(db, public=False, today=dt.date(2026, 5, 1)) == set()


def test_changes_from_before_are_not_told(db, root):
    create_user(db, name="bob", display_name="Bob", by=SYSTEM)
    follow(db, root, by=identity_of_user(db, "bob", public=False))
    make_node(db, "/", "page", "Old")
    assert told(db) == []


def test_mail_comes_once_and_only_to_those_who_want_it(db, people):
    for name in people:
        follow(db, node_by_path(db, "/folder"), by=people[name])
    choose_mail(db, "none", by=people["cora"])
    edit(db, people["ada"], "Two")
    told(db)
    now = utc_now()
    assert users_to_write(db, HABITS, now=now) == []  # more may come along
    bob = people["bob"].user_id
    assert users_to_write(db, HABITS, now=now + LATER) == [bob]
    letter = make_letter(db, bob, HABITS)
    assert (letter.email, letter.is_digest, len(letter.rows)) == ("bob@example.com", False, 1)
    assert users_to_write(db, HABITS, now=now + LATER) == [bob]  # until it is sent
    assert make_letter(db, bob, HABITS).key == letter.key
    note_letter(db, letter)
    assert users_to_write(db, HABITS, now=now + LATER) == []
    assert make_letter(db, bob, HABITS) is None
    db.execute(update(Notification).values(mailed_at=None))
    assert users_to_write(db, HABITS, now=now + LATER) == [bob]
    assert stop_mail(db, letter.stop_secret)
    assert users_to_write(db, HABITS, now=now + LATER) == []
    assert not stop_mail(db, "nonsense")


def test_who_has_no_address_yet_is_not_written_about_old_things_later(db, people):
    add_comment(db, page(db), "Look, @bob", by=people["ada"])
    told(db)
    bob = db.get_one(User, people["bob"].user_id)
    change_user(db, bob, email="", by=SYSTEM)
    later = utc_now() + LATER
    assert users_to_write(db, HABITS, now=later) == []
    change_user(db, bob, email="bob@example.com", by=SYSTEM)
    assert users_to_write(db, HABITS, now=later) == []
    add_comment(db, page(db), "And now, @bob", by=people["ada"])
    told(db)
    assert users_to_write(db, HABITS, now=later) == [bob.id]


def test_a_letter_tells_the_newest_and_of_more_that_it_is_on_the_site(db, people, settings, monkeypatch):
    monkeypatch.setattr(mailing, "MOST_LINES", 2)
    bob = people["bob"].user_id
    for number in range(3):
        page = make_node(db, "/folder", "page", f"Asked {number}").node
        add_comment(db, page, "Look, @bob", by=people["ada"])
    told(db)
    letter = make_letter(db, bob, HABITS)
    assert ([row.node_title for row in letter.rows], letter.has_more) == (["Asked 2", "Asked 1"], True)
    text = message_of(settings, letter).get_body(("plain",)).get_content()
    assert "There is more than finds room here." in text
    note_letter(db, letter)
    assert make_letter(db, bob, HABITS) is None  # nobody is sent a row of letters after an import of thousands


def test_the_mail_of_the_day_comes_at_the_hour_of_its_reader(db, people):
    daily = Habits("daily", 7, "Europe/Berlin", "en", False)
    follow(db, node_by_path(db, "/folder"), by=people["bob"])
    edit(db, people["ada"], "Two")
    told(db)
    day = (utc_now() + dt.timedelta(days=1)).replace(hour=0, minute=0)
    bob = people["bob"].user_id
    assert users_to_write(db, daily, now=day + dt.timedelta(hours=4)) == []
    noon = day + dt.timedelta(hours=12)
    assert users_to_write(db, daily, now=noon) == [bob]
    letter = make_letter(db, bob, daily)
    assert letter.is_digest
    note_letter(db, letter, now=noon)
    read_notifications(db, by=people["bob"])
    edit(db, people["ada"], "Three")
    told(db)
    assert users_to_write(db, daily, now=noon + dt.timedelta(hours=1)) == []
    assert users_to_write(db, daily, now=noon + dt.timedelta(days=1)) == [bob]
