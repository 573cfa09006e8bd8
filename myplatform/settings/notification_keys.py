"""The keys about what people are told of by mail."""

from __future__ import annotations

from .kinds import INTEGER, choice
from .setting import Setting

NOTIFICATIONS: tuple[Setting, ...] = (
    Setting(
        "notifications.mail",
        choice("at-once", "daily", "none"),
        "daily",
        "When people get mail about what they have not read, who have not chosen themselves.",
        "at-once",
    ),
    Setting(
        "notifications.digest_hour",
        INTEGER,
        "7",
        "The hour, in each person's time zone, from which the mail of the day is sent.",
        "16",
        at_least="0",
        at_most="23",
    ),
    Setting(
        "notifications.keep_days",
        INTEGER,
        "180",
        "Days a notification is kept, read or not, after what it tells of happened last.",
        "60",
        at_least="31",
        at_most="3650",
    ),
)
