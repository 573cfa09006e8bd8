"""The job that tells people: what changes mean for whom, pages that are due, and mail."""

from __future__ import annotations

import datetime as dt
import logging
from email.message import EmailMessage

from .. import metrics
from ..actions.mailing import Habits, Letter, make_letter, note_letter, users_to_write
from ..actions.notifying import notify_of_changes
from ..actions.review_reminders import remind_of_reviews
from ..addresses import public_address
from ..languages import NOBODY, Reader, mark, ngettext, read_by
from ..languages import gettext as _
from ..mail_messages import compose
from ..notification_words import sentence
from ..parts import Unavailable
from ..parts.mail import MailRefused
from ..settings import Settings
from .job import RunningJob
from .registry import JobKind

log = logging.getLogger(__name__)


def notify(job: RunningJob) -> None:
    """Read what changed, remind owners, send what is due; the live service may have read the changes already."""
    settings = job.registry["settings"]
    told: set[int] = set()
    more = True
    while more:
        with job.step() as db:
            users, more = notify_of_changes(db, public=settings["access.public"])
        told |= users
    with job.step() as db:
        told |= remind_of_reviews(db, public=settings["access.public"])
    metrics.NOTIFICATIONS.increase(len(told))
    for user_id in told:
        job.registry["live"].ring(f"user:{user_id}")
    sent = send_due(job)
    with job.session():
        job.result = {"counts": {"told": len(told), "sent": sent}}


def send_due(job: RunningJob) -> int:
    """Send all mail that is due; a server that does not answer is asked by the next run. Returns how many were sent.

    A letter that nobody can make or send for a fault of ours waits too, and keeps nobody else waiting.
    """
    settings = job.registry["settings"]
    habits = habits_of(settings)
    with job.step() as db:
        due = users_to_write(db, habits)
    sent = 0
    for user_id in due:
        with job.step() as db:
            letter = make_letter(db, user_id, habits)
        if letter is None:
            continue
        try:
            job.registry["mail"].send(message_of(settings, letter))
            outcome = "sent"
        except (MailRefused, ValueError) as refused:
            outcome = "refused"
            log.warning("No mail to user %s: %s", user_id, refused)
        except Unavailable as error:
            metrics.MAIL.increase(outcome="put off")
            log.warning("Mail waits: %s", error)
            break
        except Exception:
            metrics.MAIL.increase(outcome="put off")
            log.exception("Mail to user %s waits", user_id)
            continue
        with job.step(anyway=True) as db:
            note_letter(db, letter)
        metrics.MAIL.increase(outcome=outcome)
        sent += outcome == "sent"
        job.progress(sent, len(due))
    return sent


def habits_of(settings: Settings) -> Habits:
    """What the INI file says of mail."""
    return Habits(
        settings["notifications.mail"],
        settings["notifications.digest_hour"],
        settings["site.time_zone"],
        settings["site.language"],
        settings["access.public"],
    )


def message_of(settings: Settings, letter: Letter) -> EmailMessage:
    """A letter in the language of its reader."""
    read_by(lambda: Reader(letter.language))
    try:
        return _message(settings, letter)
    finally:
        read_by(lambda: NOBODY)


def _message(settings: Settings, letter: Letter) -> EmailMessage:
    address, site = public_address(settings), settings["site.title"]
    stop = f"{address}/-/stop-mail/{letter.stop_secret}"
    lines = []
    for row in letter.rows:
        link = f"{address}/-/id/{row.node_id}" if row.node_id is not None else f"{address}/-/requests"
        title = f"{row.node_title}: " if row.node_title else ""
        lines.append(f"{title}{sentence(row)}\n{link}")
    first = letter.rows[0]
    if len(letter.rows) == 1:
        subject = sentence(first) + (f": {first.node_title}" if first.node_title else "")
    else:
        subject = ngettext("%(n)s thing for you", "%(n)s things for you", len(letter.rows))
    text = "\n\n".join(
        [
            _("Hello %(name)s,", name=letter.name),
            *lines,
            *([_("There is more than finds room here.")] if letter.has_more else []),
            _("All of it: %(url)s", url=f"{address}/-/notifications"),
            _("You get this from %(site)s. No more of it: %(url)s", site=site, url=stop),
        ]
    )
    return compose(
        settings,
        to=letter.email,
        name=letter.name,
        subject=f"{site}: {subject}",
        text=text,
        key=letter.key,
        unsubscribe=stop,
    )


JOBS = (JobKind("notify", notify, mark("Telling people"), at_once=1, every=dt.timedelta(minutes=2)),)
