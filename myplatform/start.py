"""What happens when the application starts: schema up to date, root folder, manual, first administrator."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from pyramid.config import Configurator
from pyramid.events import ApplicationCreated
from pyramid.registry import Registry
from sqlalchemy import text
from sqlalchemy.orm import Session

from .actions.content import ensure_root
from .actions.files import Limits
from .actions.links import make_setup_link, needs_setup
from .actions.sharing import Granted, set_grants
from .database import open_session
from .identity import SYSTEM
from .migrating import is_up_to_date, upgrade
from .permissions import SIGNED_IN, Role
from .queries.nodes import find_by_path
from .queries.places import MANUAL_PATH
from .transfer.pages import import_pages

LOCK = 4_739_021_559
"""Number of the advisory lock that lets one process at a time fill an empty site."""

PACKAGE = Path(__file__).parent
MANUALS = (PACKAGE / "docs", PACKAGE.parent / "docs")
"""Where the manual is in an installed package, and in a checkout."""

log = logging.getLogger(__name__)


def prepare(event: ApplicationCreated) -> None:
    """Make the database ready for the application that is about to be served."""
    registry = event.app.registry
    engine = registry["engine"]
    if registry["settings"]["database.auto_migrate"]:
        upgrade(engine)
    elif not is_up_to_date(engine):
        log.warning("The schema of the database is not that of the code; run `myplatform migrate`.")
        return
    with open_session(registry["session_factory"]) as db:
        fill_empty_site(db, registry)
        secret = make_setup_link(db) if needs_setup(db) else None
    if secret is not None:
        _tell(f"{registry['address']}/-/setup/{secret}")


def fill_empty_site(db: Session, registry: Registry) -> None:
    """Make the root folder, which everybody signed in may read, and the manual, where there is no root yet."""
    _wait_for_others(db)
    if find_by_path(db, "/") is not None:
        return
    root = ensure_root(db)
    set_grants(db, root, [Granted(SIGNED_IN, Role.READER)], inherits=True, by=SYSTEM)
    if registry["settings"]["help.import"]:
        _import_manual(db, registry)


def _wait_for_others(db: Session) -> None:
    """Of processes that start at once, the second sees what the first has done; SQLite's lock is held already."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _import_manual(db: Session, registry: Registry) -> None:
    folder = next((each for each in MANUALS if each.is_dir()), None)
    if folder is None:
        return
    settings = registry["settings"]
    limits = Limits.of(settings)
    report = import_pages(db, registry["files"], folder, MANUAL_PATH, by=SYSTEM, limits=limits)
    log.info("The manual stands at %s: %d places.", MANUAL_PATH, len(report.created))


def _tell(url: str) -> None:
    """On the console itself, whatever the configuration of logging: nobody else must see it."""
    print(
        f"\nNobody administers this site yet. Create the first administrator here, within a day:\n\n    {url}\n",
        file=sys.stderr,
    )


def includeme(config: Configurator) -> None:
    """Prepare once the whole configuration stands, plug-ins' kinds included."""
    config.add_subscriber(prepare, ApplicationCreated)
