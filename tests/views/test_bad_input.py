"""What people can send by mistake or on purpose: the right status, words by the field, what was typed stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from webtest import Form, TestApp, TestResponse

from tests.conftest import ON_ONE_DATABASE, MakeSite, Site
from tests.sample import fill_from, png
from tests.views.conftest import form_to

FORMS = (
    ("/handbook/@new?kind=page", "/@new"),
    ("/handbook/@new?kind=people", "/@new"),
    ("/people/@new?kind=employee", "/@new"),
    ("/handbook/@edit", "/@edit"),
    ("/handbook/leave/@edit", "/@edit"),
    ("/handbook/notes.txt/@edit", "/@edit"),
    ("/people/ada-example/@edit", "/@edit"),
    ("/handbook/leave/@move", "/@move"),
    ("/handbook/leave/@copy", "/@copy"),
    ("/handbook/@order", "/@order"),
    ("/handbook/@sharing-preview?do=add&principal=cy&role=editor", "/@sharing"),
    ("/-/account", "/-/account"),
    ("/-/account", "/-/account/password"),
    ("/-/account/tokens", "/-/account/tokens"),
    ("/-/admin/new-user", "/-/admin/new-user"),
    ("/-/admin/users/bob", "/-/admin/users/bob"),
    ("/-/admin/new-group", "/-/admin/new-group"),
    ("/-/admin/groups/finance", "/-/admin/groups/finance"),
    ("/-/admin/groups/finance", "/-/admin/groups/finance/add"),
)
"""Where each form stands, and where it is sent."""
TYPED = ("text", "email", "url", "date", "number", "password", "search", "datetime-local")
WORDS = {
    "long": "x" * 10_000,
    "spaces": " \t\u00a0\u2003 ",
    "direction": "\u202egnp.exe\u202c \u2066x\u2069",
    "zero width": "\u200bA\u200dd\ufeffa\u2060",
    "formula": '=HYPERLINK("https://evil.example";"x")',
    "at": "@SUM(1+1)",
    "emoji": "👩‍👩‍👧 \U0010ffff \ufffd",
    "path": "../../etc/passwd",
    "number": "9" * 400,
    "negative": "-1",
    "sql": "'; DROP TABLE nodes; --",
    "lines": "a\r\nb\r\n",
    "control": "\x01\x1b[31m\x7f",
}
FOR_BOTH = ("number", "control")
"""What databases may take or refuse, each in its own way."""
ODD_WORDS = [("sqlite", sort) for sort in WORDS] + [("postgresql", sort) for sort in FOR_BOTH]
WHAT_MAY_BE = {200, 303, 400, 409, 413, 422}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sample site is kept that the first test fills."""
    return tmp_path_factory.mktemp("sample") / "kept"


@pytest.fixture
def ada(site: Site, kept: Path) -> TestApp:
    """The browser of an administrator of the sample site."""
    fill_from(kept, site)
    return site.signed_in("ada")


def forms(browser: TestApp) -> Iterator[tuple[str, Form]]:
    """Each form as its page offers it now, and the address it is sent to."""
    for place, wanted in FORMS:
        page = browser.get(place, status=200)
        found = [form for form in page.forms.values() if form.method.upper() == "POST"]
        found = [form for form in found if (form.action or place).partition("?")[0].endswith(wanted)]
        assert found, wanted
        yield found[-1].action or place, found[-1]


def typed_in(form: Form) -> list[str]:
    """The names of the inputs that somebody types into."""
    fields = [field for fields in form.fields.values() for field in fields]
    return [
        field.name for field in fields if field.name and (field.attrs.get("type") in TYPED or field.tag == "textarea")
    ]


def check(answer: TestResponse, address: str, sent: dict[str, str]) -> None:
    """The answer says what is wrong beside the field, and holds what was typed."""
    assert answer.status_int in WHAT_MAY_BE, address
    if answer.status_int != 422 or "/@order" in address:
        return
    page = answer.html
    assert page.select(".callout.bad [href^='#field-'], .field.invalid .error, .callout.bad li"), address
    for name, text in sent.items():
        field = page.select_one(f"main [name='{name}']:not([type=hidden])")
        if field is None or field.get("type") == "password":
            continue
        kept = field.text.removeprefix("\n") if field.name == "textarea" else str(field.get("value", ""))
        assert "".join(kept.split()) == "".join(text.split()), f"{address} {name}"


@pytest.mark.parametrize(("database_url", "sort"), ODD_WORDS, indirect=["database_url"])
def test_odd_words_are_taken_or_named_and_kept(ada: TestApp, sort: str) -> None:
    for address, form in forms(ada):
        sent = dict.fromkeys(typed_in(form), WORDS[sort])
        for name, text in sent.items():
            form.set(name, text, index=0)
        check(form.submit(expect_errors=True), address, sent)


@ON_ONE_DATABASE
def test_files_in_place_of_words(ada: TestApp) -> None:
    for address, form in forms(ada):
        token = form["csrf_token"].value
        names = [name for name in form.fields if name and name != "csrf_token"]
        files = [(name, "x.txt", b"x") for name in names]
        answer = ada.post(address, {"csrf_token": token}, upload_files=files, expect_errors=True)
        assert answer.status_int in WHAT_MAY_BE, address


@ON_ONE_DATABASE
def test_nothing_and_everything_twice(ada: TestApp) -> None:
    for address, form in forms(ada):
        token = form["csrf_token"].value
        names = [name for name in form.fields if name and name != "csrf_token"]
        for pairs in ([], [(name, "x") for name in names], [(name, "1") for name in names] * 2):
            answer = ada.post(address, [("csrf_token", token), *pairs], expect_errors=True)
            assert answer.status_int in WHAT_MAY_BE, address


@ON_ONE_DATABASE
@pytest.mark.parametrize("bytes_sent", [b"%00", b"%ff", b"\xff", b"%ed%a0%80", b"%c0%80"])
def test_bytes_that_are_no_text(ada: TestApp, bytes_sent: bytes) -> None:
    for address, form in forms(ada):
        token = form["csrf_token"].value.encode()
        for name in typed_in(form)[:1]:
            body = b"csrf_token=" + token + b"&" + name.encode() + b"=a" + bytes_sent
            answer = ada.post(address, body, expect_errors=True)
            assert answer.status_int == 400, address


@ON_ONE_DATABASE
def test_a_form_that_was_open_while_its_place_moved_is_not_lost(site: Site, ada: TestApp) -> None:
    edit, new = (form_to(view, ada.get(f"/handbook/leave/{view}")) for view in ("@edit", "@new"))
    move = form_to("/@move", ada.get("/handbook/@move"))
    move["slug"] = "book"
    move.submit(status=303)
    edit["body"], new["title"] = "Forty days.", "Sabbatical"
    for form in (edit, new):
        answer = form.submit(status=308)
        assert answer.location.startswith("http://localhost/book/leave/@")
        ada.post(answer.location, form.submit_fields(), status=303)
    assert "Forty days." in ada.get("/book/leave")
    ada.get("/book/leave/sabbatical", status=200)
    bob = site.browser()
    bob.post("/handbook/leave/@edit", edit.submit_fields(), status=401)


@ON_ONE_DATABASE
def test_a_refused_move_changes_no_title(ada: TestApp) -> None:
    form = form_to("/@move", ada.get("/handbook/leave/@move"))
    form["title"], form["to"] = "Holidays", "/nowhere"
    page = form.submit(status=422)
    assert form_to("/@move", page)["title"].value == "Holidays"
    assert ada.get("/handbook/leave").html.h1.text == "Leave"
    assert "Holidays" not in ada.get("/handbook/leave/@history")


@ON_ONE_DATABASE
def test_a_manager_in_a_circle_is_refused_through_others(ada: TestApp) -> None:
    form = form_to("/@edit", ada.get("/people/ada-example/@edit"))
    form["manager"], form["job_title"] = "Grace Sample", "Director"
    page = form.submit(status=422)
    assert "their own manager" in page.html.select_one("#error-manager").text
    again = form_to("/@edit", page)
    assert (again["manager"].value, again["job_title"].value) == ("Grace Sample", "Director")
    assert "Director" not in ada.get("/people/ada-example")


@ON_ONE_DATABASE
def test_of_several_files_all_are_kept_or_none(make_site: MakeSite) -> None:
    site = make_site(**{"files.max_size": "1KiB"})
    site.user("ada", is_admin=True)
    ada = site.signed_in("ada")
    token = form_to("/-/sign-out", ada.get("/@upload"))["csrf_token"].value
    files = [("file", "small.txt", b"x"), ("file", "large.txt", b"x" * 2000)]
    page = ada.post("/@upload", {"csrf_token": token}, upload_files=files, status=413)
    assert page.html.select_one("#error-file")
    assert "small.txt" not in ada.get("/")
    ada.get("/small.txt", status=404)


@ON_ONE_DATABASE
def test_a_form_larger_than_allowed_is_refused_whole(make_site: MakeSite) -> None:
    site = make_site(**{"request.max_size": "64KiB"})
    site.user("ada", is_admin=True)
    ada = site.signed_in("ada")
    form = form_to("/@new", ada.get("/@new?kind=page"))
    form["title"], form["body"] = "Much", "x" * 70_000
    assert "larger than the 65,536 bytes" in form.submit(status=413)
    ada.get("/much", status=404)
    token = form["csrf_token"].value
    ada.post("/@new", {"csrf_token": token}, upload_files=[("title", "x", b"x" * 200_000)], status=413)
    ada.post("/@upload", {"csrf_token": token}, upload_files=[("file", "x.png", png() * 2000)], status=303)


@ON_ONE_DATABASE
def test_a_taken_address_is_named_and_an_odd_one_made_fit_or_refused(ada: TestApp) -> None:
    for slug in ("leave", "@edit", "a/b", "..", "\u202e", "x" * 500):
        form = form_to("/@new", ada.get("/handbook/@new?kind=page"))
        form["title"], form["slug"], form["body"] = "Another", slug, "Words."
        page = form.submit(status=422)
        assert page.html.select_one("#error-slug"), slug
        again = form_to("/@new", page)
        assert (again["title"].value, again["slug"].value, again["body"].value) == ("Another", slug, "Words.")
    ada.get("/handbook/another", status=404)
