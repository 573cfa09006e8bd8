"""Pictures of the main pages, at both widths and in both themes, for looking at: `make screenshots`.

Of a site made up for tests or, with `CONFIG=site.ini`, of a real one, seen by its first administrator. The pages are
the biggest of their sort that are found there, so that what is long, wide and full is seen.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from sqlalchemy import func, select

from myplatform.actions.content import ensure_root
from myplatform.actions.sessions import create_session
from myplatform.migrating import upgrade
from myplatform.models import SearchDocument, User
from myplatform.models.node import NODES, is_live
from myplatform.settings import load
from tests import servers
from tests.browser.conftest import Live, served
from tests.conftest import Site, site_settings
from tests.sample import fill

WIDTHS = (1440, 390)
HEIGHT = 900
TALL = 2400
LONG = ("page", "home", "style")
"""Pages of which more is seen than one screen."""
THEMES = ("light", "dark")
FOLDER = Path("build/screenshots")


@contextmanager
def site_to_show(config: str) -> Iterator[Live]:
    """The site of an INI file, or else one that is made up."""
    with ExitStack() as stack:
        if config:
            site = Site(load(Path(config)))
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            settings = site_settings(f"sqlite:///{folder}/site.sqlite", folder, **{"pyramid.reload_templates": "true"})
            site = Site(settings)
            upgrade(site.engine)
            with site.session() as db:
                ensure_root(db)
            fill(site)
        yield stack.enter_context(served(site))


def pages(site: Site) -> dict[str, str]:
    """Path of each page by the name of its picture."""
    with site.session() as db:
        page, folder, people, person = (_biggest(db, kind) for kind in ("page", "folder", "people", "employee"))
        image = _biggest(db, "file")
    shown = {
        "home": "/",
        "page": page,
        "edit": f"{page}/@edit" if page else None,
        "history": f"{page}/@history" if page else None,
        "sharing": f"{folder}/@sharing" if folder else None,
        "who": f"{folder}/@access" if folder else None,
        "transfer": f"{folder}/@transfer" if folder else None,
        "folder": folder,
        "file": image,
        "people": people,
        "people-cards": f"{people}?view=cards" if people else None,
        "chart": f"{people}/@chart" if people else None,
        "person": person,
        "search": "/-/search?q=policy",
        "trash": "/-/trash",
        "account": "/-/account",
        "users": "/-/admin/users",
        "appearance": "/-/admin/appearance",
        "modes": "/-/admin/modes",
        "system": "/-/admin/system",
        "requests": "/-/requests",
        "notifications": "/-/notifications",
        "jobs": "/-/jobs",
        "sign-in": "/-/sign-in",
        "style": "/-/style",
    }
    return {name: path for name, path in shown.items() if path}


def _biggest(db: Any, kind: str) -> str | None:
    """The path of a node of a kind: the one with most text, or that holds most."""
    children = NODES.alias("children")
    held = select(func.count()).where(children.c.parent_id == NODES.c.id).scalar_subquery()
    words = func.coalesce(func.length(SearchDocument.c.body), 0)
    statement = (
        select(NODES.c.path)
        .outerjoin(SearchDocument, SearchDocument.c.node_id == NODES.c.id)
        .where(NODES.c.kind == kind, NODES.c.parent_id.is_not(None), is_live())
        .order_by((words if kind in ("page", "file") else held).desc())
    )
    return db.execute(statement.limit(1)).scalar()


def take(live: Live, browser: Any) -> int:
    """Take all pictures; returns how many."""
    taken = 0
    with live.site.session() as db:
        user = db.query(User).filter_by(is_admin=True).order_by(User.id).first()
        secret = create_session(db, user)
    for theme in THEMES:
        for width in WIDTHS:
            is_phone = width < 500
            context = browser.new_context(
                base_url=live.address, viewport={"width": width, "height": HEIGHT}, color_scheme=theme,
                is_mobile=is_phone, has_touch=is_phone,
            )  # fmt: skip
            window = context.new_page()
            for name, path in pages(live.site).items():
                if name != "sign-in":
                    context.add_cookies([{"name": "myplatform", "value": secret, "url": live.address}])
                else:
                    context.clear_cookies()
                window.set_viewport_size({"width": width, "height": TALL if name in LONG else HEIGHT})
                window.goto(path)
                window.wait_for_load_state("networkidle")
                window.evaluate("scrollTo(0, 0)")
                window.screenshot(path=FOLDER / f"{name}-{width}-{theme}.png", full_page=name == "style")
                taken += 1
            context.close()
    return taken


def main() -> None:
    """Take pictures of the site that the argument names."""
    path = servers.chromium()
    if path is None:
        raise SystemExit("No Chromium was found: install one, or set MYPLATFORM_TEST_CHROMIUM to its path.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with site_to_show(sys.argv[1] if len(sys.argv) > 1 else "") as live, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        print(f"{take(live, browser)} pictures are in {FOLDER}/")
        browser.close()


if __name__ == "__main__":
    main()
