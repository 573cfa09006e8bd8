"""Closing the site for maintenance, or for everything but reading, with a reason and an end."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ..errors import FieldError, Invalid, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import utc_now
from ..queries.modes import MODES, Mode, modes_in
from ..queries.site_values import site_values
from .recording import record
from .site_values import SUBJECT, write_values

LONGEST_REASON = 300
LONGEST = dt.timedelta(days=30)
_SPAN = re.compile(r"\+?([0-9]{1,5})([mhd])")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def set_mode(db: Session, name: str, *, reason: str, until: dt.datetime | None, by: Identity) -> None:
    """Begin a mode, or give the one that is on another reason and end. Raises `Invalid` and `NotAllowed`."""
    _ensure_may(name, by)
    now, errors, reason = utc_now(), [], " ".join(reason.split())
    if not reason:
        errors.append(FieldError("reason", _("is needed: everybody who is stopped reads it")))
    elif len(reason) > LONGEST_REASON:
        errors.append(FieldError("reason", _("can have %(count)s characters at most", count=LONGEST_REASON)))
    if until is not None and not now < until <= now + LONGEST:
        errors.append(FieldError("until", _("must lie within the next %(days)s days", days=LONGEST.days)))
    if errors:
        raise Invalid(errors)
    _keep(db, name, Mode(name, reason, until, now, by.name), by)


def end_mode(db: Session, name: str, *, by: Identity) -> bool:
    """End a mode; whether it was on."""
    _ensure_may(name, by)
    return _keep(db, name, None, by)


def parse_until(text: str, zone: ZoneInfo, now: dt.datetime | None = None) -> dt.datetime | None:
    """The end that somebody typed: "22:30" (the next such time in `zone`), "+30m", "+2h", a moment; None for "".

    Raises `Invalid`.
    """
    now, text = now or utc_now(), text.strip()
    if not text:
        return None
    if span := _SPAN.fullmatch(text):
        return now + dt.timedelta(**{_UNITS[span[2]]: int(span[1])})
    here = now.astimezone(zone)
    if clock := _CLOCK.fullmatch(text):
        until = here.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return (until if until > here else until + dt.timedelta(days=1)).astimezone(dt.UTC)
    try:
        moment = dt.datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)
    except (ValueError, OverflowError):  # the latter: before the year 1 or after 9999 in UTC
        raise Invalid.one("until", _("is a time such as 22:30, +30m, +2h or 2030-01-31T22:30")) from None


def _ensure_may(name: str, by: Identity) -> None:
    if name not in MODES:
        raise ValueError(f"there is no mode {name}")
    if not by.is_admin:
        raise NotAllowed(_("Only administrators can close the site."))


def _keep(db: Session, name: str, mode: Mode | None, by: Identity) -> bool:
    _stamp, values = site_values(db)
    before = getattr(modes_in(values), name)
    if mode is None and before is None:
        return False
    kept = None
    if mode is not None:
        until = mode.until.isoformat() if mode.until else None
        kept = {"reason": mode.reason, "until": until, "since": mode.since.isoformat(), "by": mode.by}
    write_values(db, {name: kept})
    record(db, by=by, action="mode-changed", subject=SUBJECT, values={name: (_told(before), _told(mode))})
    return True


def _told(mode: Mode | None) -> str | None:
    """A mode as the audit tells it."""
    if mode is None:
        return None
    return f"{mode.reason} → {mode.until:%Y-%m-%d %H:%M} UTC" if mode.until else mode.reason
