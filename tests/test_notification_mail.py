"""The mail about what waits: in the language of its reader, with what they may see, once, and with a way out."""

import datetime as dt
from email.message import EmailMessage

import pytest
from sqlalchemy import update

from myplatform.actions.comments import add_comment
from myplatform.actions.job_keeping import sweep
from myplatform.actions.jobs import enqueue
from myplatform.actions.notifications import choose_mail
from myplatform.actions.notifying import notify_of_changes
from myplatform.actions.users import change_user
from myplatform.identity import SYSTEM
from myplatform.jobs.running import run_one
from myplatform.models import Job, Notification, User, utc_now
from myplatform.models.clock import database_now
from myplatform.models.jobs import RUNNING
from myplatform.parts import Unavailable
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import node_by_path


class Postbox:
    """Takes mail, or is not there; `before` and `then` happen to the sender around what is taken."""

    def __init__(self):
        self.mail: list[EmailMessage] = []
        self.is_away = False
        self.before = lambda _message: None
        self.then = lambda _message: None

    def send(self, message):
        if self.is_away:
            raise Unavailable("the postbox is away")
        self.before(message)
        self.mail.append(message)
        self.then(message)


@pytest.fixture
def postbox(site, monkeypatch):
    box = Postbox()
    kept = site.registry["mail"]
    site.registry["mail"] = box
    for name in ("ada", "bob"):
        site.user(name)
    with site.session() as db:
        bob = db.query(User).filter_by(name="bob").one()
        change_user(db, bob, by=SYSTEM, display_name="Bob", email="bob@example.com", language="de")
        choose_mail(db, "at-once", by=identity_of_user(db, "bob", public=False))
    site.node("/", "page", "Salaries <2026>")
    with site.session() as db:
        notify_of_changes(db, public=False)
    yield box
    site.registry["mail"] = kept


def name(site, text="The secret is 42, @bob"):
    """Ada names Bob, some minutes ago."""
    with site.session() as db:
        add_comment(db, node_by_path(db, "/salaries-2026"), text, by=identity_of_user(db, "ada", public=False))
    with site.session() as db:
        notify_of_changes(db, public=False)
    with site.session() as db:
        db.execute(update(Notification).values(at=utc_now() - dt.timedelta(minutes=5)))


def run(site):
    with site.session() as db:
        job_id = enqueue(db, "notify", {}, by=SYSTEM)
    assert run_one(site.registry, "w", job_id=job_id)


def test_somebody_who_is_named_gets_one_mail_in_their_language(site, postbox):
    name(site)
    run(site)
    run(site)
    (message,) = postbox.mail
    assert message["To"] == "Bob <bob@example.com>"
    assert message["Subject"] == "Intranet: Ada hat Sie in einem Kommentar erwähnt: Salaries <2026>"
    text, html = (part.get_content() for part in message.iter_parts())
    assert "Guten Tag Bob," in text
    assert "42" not in text + html  # what was said is read on the page, by whoever may still see it
    assert "Salaries &lt;2026&gt;" in html
    stop = message["List-Unsubscribe"].strip("<>")
    assert stop in text
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    site.browser().post("/-/stop-mail/" + stop.rpartition("/")[2], {"List-Unsubscribe": "One-Click"})
    name(site, "Again, @bob")
    run(site)
    assert len(postbox.mail) == 1


def test_what_may_not_be_seen_any_more_is_not_mailed(site, postbox):
    name(site)
    site.grant("/salaries-2026", ("user:ada", "reader"), inherits=False)
    run(site)
    assert postbox.mail == []


def test_what_was_read_meanwhile_is_not_mailed(site, postbox):
    name(site)
    with site.session() as db:
        db.execute(update(Notification).values(read_at=utc_now()))
    run(site)
    assert postbox.mail == []


def test_mail_waits_for_a_server_that_is_away(site, postbox):
    name(site)
    postbox.is_away = True
    run(site)
    postbox.is_away = False
    run(site)
    assert len(postbox.mail) == 1


class Killed(BaseException):
    """The worker is no more."""


def kill(_message):
    raise Killed


def nothing(_message):
    """Goes on."""


def test_a_worker_killed_before_a_letter_is_sent_loses_none(site, postbox):
    name(site)
    postbox.before = kill
    with pytest.raises(Killed):
        run(site)
    postbox.before = nothing
    lease_ends(site)
    assert len(postbox.mail) == 1


def test_a_worker_killed_behind_a_letter_sends_it_once_more_and_the_same(site, postbox):
    name(site)
    postbox.then = kill
    with pytest.raises(Killed):
        run(site)
    postbox.then = nothing
    lease_ends(site)
    run(site)
    first, second = postbox.mail
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == second["Subject"]
    name(site, "Something else, @bob")
    run(site)
    assert len({each["Message-ID"] for each in postbox.mail}) == 2


def lease_ends(site):
    """Somebody else takes over the job of a worker that was killed."""
    with site.session() as db:
        job = db.query(Job).filter_by(state=RUNNING).one()
        job_id = job.id
        db.execute(update(Job).values(leased_until=database_now(-1)))
    with site.session() as db:
        assert sweep(db) == [job_id]
    assert run_one(site.registry, "w", job_id=job_id)


def test_what_was_sent_is_noted_although_the_worker_is_told_to_end(site, postbox):
    name(site)
    postbox.then = lambda _message: [job.ending.set() for job in site.registry["running_jobs"].values()]
    run(site)
    postbox.then = nothing
    run(site)
    assert len(postbox.mail) == 1


def test_a_letter_that_fails_keeps_nobody_else_waiting(site, postbox):
    with site.session() as db:
        ada = db.query(User).filter_by(name="ada").one()
        change_user(db, ada, by=SYSTEM, email="ada@example.com")
        choose_mail(db, "at-once", by=identity_of_user(db, "ada", public=False))
        page, bob = node_by_path(db, "/salaries-2026"), identity_of_user(db, "bob", public=False)
        add_comment(db, page, "Look, @ada", by=bob)
    name(site)

    def fails_for_ada(message):
        if "ada@" in message["To"]:
            raise RuntimeError

    postbox.before = fails_for_ada
    run(site)
    postbox.before = nothing
    run(site)
    assert [message["To"] for message in postbox.mail] == ["Bob <bob@example.com>", "Ada <ada@example.com>"]
