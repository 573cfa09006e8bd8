"""A small but complete site: places, files, people, sharing, history, trash, accounts. Everything in it is made up."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from myplatform.actions.arrangement import move_node
from myplatform.actions.content import edit_node
from myplatform.actions.files import Limits, Upload, add_file
from myplatform.actions.groups import add_member, create_group
from myplatform.actions.tokens import create_token
from myplatform.actions.trash import trash_node
from myplatform.identity import SYSTEM
from myplatform.models import User
from myplatform.queries.nodes import node_by_path
from tests.conftest import Site

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><title>x</title><script>alert(1)</script>"
PDF = b"""%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >> endobj
trailer << /Root 1 0 R >>
%%EOF
"""
LEAVE = """# How it works

Ask your [manager](/people/ada-example) first.

## Days

| Years | Days |
|-------|------|
| 0–5   | 28   |
| 5 +   | 30   |

- [ ] plan
- [x] ask

## Who decides

> The one who is asked.

```
leave = 30
```

![The office](/handbook/office.png)
"""
PEOPLE: tuple[dict[str, Any], ...] = (
    {"title": "Ada Example", "age": 52, "department": "Engineering", "job_title": "Head of engineering"},
    {"title": "Grace Sample", "age": 37, "department": "Engineering", "job_title": "Engineer"},
    {"title": "Linus Muster", "age": 29, "department": "Finance", "job_title": "Controller", "phone": "+12065550100"},
)
BLOCKS = "\n\n".join(
    (
        "# One\n\n## Two",
        "```recent\nin: /\n```",
        "```children\nin: /\nas: cards\n```",
        "```people\ndepartment: Finance\n```",
        "```number\nof: employee\ntitle: People here\n```",
        "```chart\nof: employee\nby: department\n```",
        "```chart\nof: employee\nby: department\ntype: donut\n```",
        "```chart\nof: employee\nby: created\ntype: line\n```",
        "```embed\nfile: /plan.pdf\n```",
        "```embed\nfile: /house.png\ntitle: The house\n```",
        "```contents\n```",
        "```warning Mind this\nand *that*\n```",
        "```python\nx = 1\n```",
    )
)
"""Every block that a text can show; of a site with /plan.pdf and /house.png."""



def png(width: int = 40, height: int = 30, colour: str = "teal") -> bytes:
    """The bytes of a plain image."""
    written = BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "PNG")
    return written.getvalue()


def put_file(site: Site, parent: str, name: str, content: bytes) -> str:
    """Keep a file below a path; its own path."""
    with site.session() as db:
        files, limits = site.registry["files"], Limits(1 << 20, 1 << 20)
        upload = Upload(BytesIO(content), name)
        return add_file(db, files, node_by_path(db, parent), upload, by=SYSTEM, limits=limits).node.path


def fill(site: Site) -> None:
    """Put all of it into a site that has only its root: ada administers, bob reads, cy is in no group that may."""
    _accounts(site)
    _handbook(site)
    _people(site)
    _hidden(site)
    _happened(site)


def fill_from(kept: Path, site: Site) -> None:
    """The same; where the database is a file, it and the contents are copies of what the first site left in `kept`."""
    if site.engine.dialect.name != "sqlite":
        fill(site)
        return
    database, files = Path(str(site.engine.url.database)), site.registry["files"].folder
    if not kept.exists():
        fill(site)
        site.engine.dispose()  # the last connection to close writes the log back into the file
        shutil.copytree(files, kept / "files")
        shutil.copy(database, kept)
        return
    site.engine.dispose()
    shutil.copytree(kept / "files", files, dirs_exist_ok=True)
    shutil.copy(kept / database.name, database)


def _accounts(site: Site) -> None:
    for name in ("ada", "bob", "cy"):
        site.user(name, is_admin=name == "ada")
    with site.session() as db:
        users = {user.name: user for user in db.scalars(select(User))}
        group = create_group(db, by=SYSTEM, name="finance", title="Finance")
        staff = create_group(db, by=SYSTEM, name="staff", title="Everybody at work")
        add_member(db, group, by=SYSTEM, member=users["bob"])
        add_member(db, staff, by=SYSTEM, member=group)
        for name in ("ada", "bob"):
            create_token(db, users[name], name="Reports", scopes=["read"], days=9, by=SYSTEM)


def _handbook(site: Site) -> None:
    site.grant("/", ("signed-in", "reader"))
    site.node("/", "folder", "Handbook", body="What we agreed on.")
    put_file(site, "/handbook", "office.png", png(1000, 600))
    for name, content in (("drawing.svg", SVG), ("report.html", HTML), ("plan.pdf", PDF), ("notes.txt", b"Notes.")):
        put_file(site, "/handbook", name, content)
    site.node("/handbook", "page", "Leave", body=LEAVE)
    site.node("/handbook/leave", "page", "Parental leave", body="See [leave](/handbook/leave).")
    site.node("/", "folder", "Empty room")


def _people(site: Site) -> None:
    site.node("/", "people", "People", body="Everybody who works here.")
    for person in PEOPLE:
        name = person["title"].partition(" ")[0].lower()
        made = site.node("/people", "employee", email=f"{name}@example.com", location="Seattle", **person)
        if person is PEOPLE[0]:
            head = made.node.id
    with site.session() as db:
        for name in ("grace-sample", "linus-muster"):
            node = node_by_path(db, f"/people/{name}")
            edit_node(db, node, {"manager": head}, by=SYSTEM, expected_version=None)


def _hidden(site: Site) -> None:
    """Two rooms of their own: one of the finance group, one of administrators alone."""
    site.node("/", "folder", "Budget")
    site.node("/budget", "page", "Figures", body="Nobody else's business.")
    site.grant("/budget", ("group:finance", "editor"), inherits=False)
    site.node("/", "folder", "Board")
    site.node("/board", "page", "Minutes")
    site.grant("/board", inherits=False)


def _happened(site: Site) -> None:
    """Edits, a move that leaves redirects behind, and things in the trash."""
    for title in ("Old folder", "Draft"):
        site.node("/handbook", "folder" if "folder" in title else "page", title)
    site.node("/handbook/old-folder", "page", "Old page")
    with site.session() as db:
        leave = node_by_path(db, "/handbook/leave")
        edit_node(db, leave, {"body": LEAVE.replace("30", "31")}, by=SYSTEM, expected_version=None)
        edit_node(db, node_by_path(db, "/handbook/leave"), {"title": "Leave"}, by=SYSTEM, expected_version=None)
        move_node(db, node_by_path(db, "/handbook/draft"), by=SYSTEM, to=node_by_path(db, "/empty-room"), slug="draft")
        trash_node(db, node_by_path(db, "/handbook/old-folder"), by=SYSTEM, expected_version=None)
