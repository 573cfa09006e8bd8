"""The keys about accounts: sessions, attempts to sign in, passwords, tokens of programs."""

from __future__ import annotations

from .kinds import DURATION, INTEGER
from .setting import Setting

ACCOUNTS: tuple[Setting, ...] = (
    Setting(
        "session.idle_timeout",
        DURATION,
        "14d",
        "After how long without a request somebody has to sign in again.",
        "8h",
        at_least="1m",
        at_most="365d",
    ),
    Setting(
        "session.max_age",
        DURATION,
        "90d",
        "After how long somebody has to sign in again in any case.",
        "30d",
        at_least="1m",
        at_most="365d",
    ),
    Setting(
        "sign_in.attempts_per_account",
        INTEGER,
        "10",
        "Failed attempts for one account name within `sign_in.window` before further ones have to wait.",
        "5",
        at_least="1",
        at_most="1000",
    ),
    Setting(
        "sign_in.attempts_per_address",
        INTEGER,
        "100",
        "Failed attempts from one network address within `sign_in.window` before further ones have to wait.",
        "50",
        at_least="1",
        at_most="100000",
    ),
    Setting(
        "sign_in.window",
        DURATION,
        "15m",
        "Over how long failed attempts are counted.",
        "1h",
        at_least="1m",
        at_most="1d",
    ),
    Setting(
        "password.min_length",
        INTEGER,
        "12",
        "Characters a password has at least.",
        "16",
        at_least="8",
        at_most="128",
    ),
    Setting(
        "token.max_days",
        INTEGER,
        "365",
        "Days a token of a program is valid at most.",
        "90",
        at_least="1",
        at_most="3650",
    ),
)
