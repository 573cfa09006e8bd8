"""What administrators set for the whole site: its name, colour, logo and where its news is."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from typing import Any, BinaryIO
from uuid import uuid4

from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from ..errors import FieldError, Invalid, NotAllowed
from ..identity import Identity
from ..languages import gettext as _
from ..models import SiteValue, utc_now
from ..queries.nodes import find_by_path
from ..queries.site_values import site_values
from ..theme import parse_colour
from .inserting import insert_into
from .recording import record

TITLE, ACCENT, LOGO, NEWS = "title", "accent", "logo", "news"
LONGEST_TITLE = 100
LOGO_SIZE = 256
"""The longer side of a logo in pixels, as it is kept; it is shown much smaller."""
LOGO_SOURCES = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 20_000_000
SUBJECT = "site"


def set_appearance(db: Session, given: Mapping[str, str], *, logo: BinaryIO | None, by: Identity) -> None:
    """Set title, accent and news from texts, "" meaning what the INI file says, and the logo where one is given.

    `given["remove_logo"]` takes the logo away. Raises `Invalid` with all that is wrong, and then sets nothing.
    """
    if not by.is_admin:
        raise NotAllowed(_("Only administrators can change what the site looks like."))
    errors: list[FieldError] = []
    wanted: dict[str, Any] = {
        TITLE: _title(given, errors),
        ACCENT: _accent(given, errors),
        NEWS: _news(db, given, errors),
    }
    if logo is not None:
        wanted[LOGO] = _logo(logo, errors)
    elif given.get("remove_logo"):
        wanted[LOGO] = None
    if errors:
        raise Invalid(errors)
    _write(db, wanted, by)


def _title(given: Mapping[str, str], errors: list[FieldError]) -> str | None:
    title = " ".join(given.get(TITLE, "").split())
    if len(title) > LONGEST_TITLE:
        errors.append(FieldError(TITLE, _("can have %(count)s characters at most", count=LONGEST_TITLE)))
    return title or None


def _accent(given: Mapping[str, str], errors: list[FieldError]) -> str | None:
    accent = given.get(ACCENT, "").strip().lower()
    if not accent:
        return None
    try:
        parse_colour(accent)
    except ValueError:
        errors.append(FieldError(ACCENT, _("must be a colour such as #2456c7")))
    return accent


def _news(db: Session, given: Mapping[str, str], errors: list[FieldError]) -> int | None:
    path = given.get(NEWS, "").strip().rstrip("/")
    if not path:
        return None
    node = find_by_path(db, path if path.startswith("/") else f"/{path}")
    if node is None:
        errors.append(FieldError(NEWS, _("There is nothing at %(path)s.", path=path)))
        return None
    return node.id


def _logo(stream: BinaryIO, errors: list[FieldError]) -> str | None:
    """The picture, made small and anew as PNG, so that nothing else that was in the file is kept; in base 64."""
    try:
        with Image.open(stream, formats=LOGO_SOURCES) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LOGO_SIZE, LOGO_SIZE))
            written = BytesIO()
            upright.convert("RGBA").save(written, "PNG", optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        errors.append(FieldError(LOGO, _("must be a picture: PNG, JPEG, WebP or GIF")))
        return None
    return b64encode(written.getvalue()).decode()


def _write(db: Session, wanted: Mapping[str, Any], by: Identity) -> None:
    _stamp, before = site_values(db)
    changed = {key: value for key, value in wanted.items() if before.get(key) != value}
    if not changed:
        return
    write_values(db, changed)
    told = {key: (_told(key, before.get(key)), _told(key, value)) for key, value in changed.items()}
    record(db, by=by, action="appearance-changed", subject=SUBJECT, values=told)


def write_values(db: Session, changed: Mapping[str, Any]) -> None:
    """Keep these values, by key, under a new stamp."""
    stamp = f"{utc_now():%Y%m%d%H%M%S%f}.{uuid4().hex[:8]}"
    statement = insert_into(db, SiteValue)
    statement = statement.on_conflict_do_update(
        index_elements=[SiteValue.key], set_={name: statement.excluded[name] for name in ("value", "stamp")}
    )
    db.execute(statement, [{"key": key, "value": {"is": value}, "stamp": stamp} for key, value in changed.items()])


def _told(key: str, value: Any) -> Any:
    """A value as the audit tells it: of a logo only that there is one."""
    return bool(value) if key == LOGO else value
