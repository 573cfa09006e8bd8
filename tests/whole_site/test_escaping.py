"""What people write is text wherever it is shown, and what they upload never runs as a page of the site."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest

from myplatform.actions.content import create_node, edit_node
from myplatform.actions.files import Limits, Upload, add_file
from myplatform.actions.groups import create_group
from myplatform.actions.tokens import create_token
from myplatform.actions.trash import trash_node
from myplatform.actions.users import create_user
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import User
from myplatform.queries.nodes import node_by_path
from tests.conftest import ON_ONE_DATABASE, Site
from tests.crawling import Visit, crawl
from tests.sample import HTML, PDF, SVG, png, put_file

HOSTILE = """'"><b data-hostile onclick=hostile()>{{7*7}}</b><script>hostile()</script> onfocus="hostile()" x="""
TEXT = f"""{HOSTILE}

[link](javascript:hostile()) [data](data:text/html,<script>hostile()</script>) <javascript:hostile()>

<img src=x onerror=hostile()> <iframe srcdoc="<script>hostile()</script>"></iframe> <svg onload=hostile()></svg>
<form action="https://evil.example"><input name=password></form> <base href="https://evil.example"> <style>*{{}}</style>
<a href="vbscript:hostile()" style="position:fixed" id="content" class="skip">x</a> <meta http-equiv=refresh content=0>
"""


@pytest.fixture
def hostile(site: Site) -> Site:
    """A site in which everything that people can name is named with code."""
    site.user("ada", is_admin=True)
    site.grant("/", ("signed-in", "reader"))
    words = dict.fromkeys(("department", "job_title", "location"), HOSTILE[:100]) | {"phone": HOSTILE[:50]}
    with site.session() as db:
        for kind in ("folder", "page", "people"):
            _make(db, "/", kind, f"{kind} {HOSTILE}", kind, body=TEXT)
        _make(db, "/people", "employee", f"N {HOSTILE}"[:100], "somebody", **words)
        _make(db, "/folder", "page", f"gone {HOSTILE}", "gone")
        _hostile_rest(site, db)
    return site


def _make(db: Any, parent: str, kind: str, title: str, slug: str, **values: str) -> None:
    create_node(db, node_by_path(db, parent), kind_named(kind), {"title": title, **values}, by=SYSTEM, slug=slug)


def _hostile_rest(site: Site, db: Any) -> None:
    place, page = node_by_path(db, "/folder"), node_by_path(db, "/page")
    upload = Upload(BytesIO(HOSTILE.encode()), f"a{HOSTILE.replace('/', '')}.txt")
    add_file(db, site.registry["files"], place, upload, by=SYSTEM, limits=Limits(9999, 9999), slug="file")
    edit_node(db, page, {"title": f"again {HOSTILE}", "keywords": HOSTILE}, by=SYSTEM, expected_version=None)
    trash_node(db, node_by_path(db, "/folder/gone"), by=SYSTEM, expected_version=None)
    create_group(db, by=SYSTEM, name="hostile", title=HOSTILE[:100])
    eve = create_user(db, name="eve", display_name=HOSTILE[:100], by=SYSTEM)
    create_token(db, eve, name=HOSTILE[:100], scopes=["read"], days=3, by=SYSTEM)
    create_token(db, db.query(User).filter_by(name="ada").one(), name=HOSTILE[:100], scopes=["read"], days=3, by=SYSTEM)


def code_in(visit: Visit) -> list[str]:
    """What would run, or lead elsewhere, on a page."""
    html = visit.html
    found = [element.name for element in html.select("[data-hostile], script:not([src]), style, base, iframe, object")]
    found += [
        element.name for element in html.select("meta[http-equiv], main svg[onload], .prose form, .prose [style]")
    ]
    for element in html.select("*"):
        found += [name for name in element.attrs if name.startswith("on")]
        for name in ("href", "src", "action", "formaction"):
            if str(element.get(name, "")).strip().lower().startswith(("javascript:", "data:", "vbscript:")):
                found.append(f"{name}={element[name]}")
    return found


@ON_ONE_DATABASE
def test_words_stay_words_on_every_page(hostile: Site) -> None:
    found = crawl(hostile.signed_in("ada"), "/", "/-/search?q=hostile", "/people?q=%3Cb%20data-hostile%3E")
    assert len(found.pages) > 50
    assert [str(visit) for visit in found.visits.values() if visit.answer.status_int >= 500] == []
    assert {str(visit): code for visit in found.pages if (code := code_in(visit))} == {}
    assert sum("data-hostile" in visit.html.get_text() for visit in found.pages) > 30


ADDRESSES = (
    "/-/search?q={}",
    "/-/search?kind={}",
    "/-/search?under={}",
    "/?{}=1",
    "/?sort={}",
    "/-/sign-in?came_from={}",
    "/-/trash?cursor={}",
    "/-/admin/users?q={}",
    "/-/admin/audit?q={}&actor={}",
    "/-/admin/audit?at__gte={}",
    "/@new?kind={}",
    "/@version?of={}",
    "/@sharing?who={}",
    "/{}",
    "/{}/@edit",
)


def test_words_of_an_address_stay_words(hostile: Site) -> None:
    for browser in (hostile.signed_in("ada"), hostile.browser()):
        for path in ADDRESSES:
            answer = browser.get(path.replace("{}", quote(HOSTILE, safe="")), expect_errors=True)
            assert answer.status_int < 500, path
            visit = Visit(path, "", answer)
            assert not visit.is_page or code_in(visit) == [], path


UPLOADS = {
    "page.html": HTML,
    "page.txt": HTML,
    "page": HTML,
    "drawing.svg": SVG,
    "picture.png": HTML,
    "page.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>x()</script></html>',
    "feed.xml": b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">x()</x:script>',
    "code.js": b"hostile()",
    "code.mjs": b"export default hostile()",
    "look.css": b"* { display: none }",
    "plan.pdf": PDF,
    "page.mhtml": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + HTML,
    "both.png": png() + HTML,
}
SHOWN = {"image/png", "text/plain", "application/pdf"}


@pytest.mark.parametrize("name", UPLOADS)
def test_uploads_never_run_as_a_page_of_the_site(sample: Site, name: str) -> None:
    path = put_file(sample, "/empty-room", name, UPLOADS[name])
    for address in (f"{path}/@content", f"/api/v1/content{path}/@content", f"{path}/@content?download=1"):
        answer = sample.signed_in("ada").get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src" not in policy
        assert policy.startswith("default-src 'none'")
        assert "sandbox" in policy or answer.content_type == "application/pdf"
        is_shown = answer.headers["Content-Disposition"].startswith("inline")
        assert is_shown <= (answer.content_type in SHOWN)
        assert not (is_shown and "download" in address)
        assert not answer.content_type.endswith(("javascript", "ecmascript", "css")), "pages of ours could load it"
