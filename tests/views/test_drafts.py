"""Drafts: kept for their owner alone, shown again wherever the form is opened, gone when it is saved or dropped."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from webtest import TestApp

from myplatform.models import Draft, utc_now
from tests.conftest import Site
from tests.views.conftest import SignIn, form_to


def type_into(browser: TestApp, path: str, **values: str) -> dict[str, str]:
    """Type into the edit form of a page and let the script keep it; the script's answer."""
    form = form_to("/@edit", browser.get(f"{path}/@edit"))
    for name, value in values.items():
        form[name] = value
    headers = {"Accept": "application/json"}
    return browser.post(f"{path}/@draft", form.submit_fields(), headers=headers, status=200).json


def test_a_draft_is_there_again_in_another_browser(site: Site, eve: TestApp, sign_in: SignIn) -> None:
    site.node("/", "page", "Leave", body="Old.")
    told = type_into(eve, "/leave", title="Absence", body="New.", note="why")
    assert told["words"].startswith("Draft saved ")
    page = sign_in("eve").get("/leave/@edit")
    form = form_to("/@edit", page)
    assert (form["title"].value, form["body"].value, form["note"].value) == ("Absence", "New.", "why")
    bar = page.html.select_one(".callout.info")
    assert "your unsaved draft from just now" in " ".join(bar.text.split())
    assert [each.text for each in bar.select("ins")] == ["Absence", "New"]
    assert "Old." in eve.get("/leave")


def test_saving_takes_the_draft_away(site: Site, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    type_into(eve, "/leave", body="New.")
    form_to("/@edit", eve.get("/leave/@edit")).submit(status=303)
    assert "New." in eve.get("/leave")
    assert not eve.get("/leave/@edit").html.select(".callout")
    assert "You have no drafts" in eve.get("/-/drafts")


def test_dropping_leads_back_to_what_is_stored(site: Site, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    type_into(eve, "/leave", body="New.")
    page = form_to("/drop", eve.get("/leave/@edit")).submit(status=303).follow()
    assert form_to("/@edit", page)["body"].value == "Old."
    assert not page.html.select(".callout")


def test_a_draft_keeps_its_version_so_that_a_conflict_is_noticed(site: Site, ada: TestApp, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body="One.\n\nTwo.\n\nThree.")
    type_into(eve, "/leave", body="1.\n\nTwo.\n\nThree.")
    theirs = form_to("/@edit", ada.get("/leave/@edit"))
    theirs["body"] = "One.\n\nTwo.\n\n3."
    theirs.submit(status=303)
    page = eve.get("/leave/@edit")
    assert "Somebody has saved since" in page
    merge = form_to("/@edit", form_to("/@edit", page).submit(status=409))
    merge.submit(status=303)
    assert form_to("/@edit", eve.get("/leave/@edit"))["body"].value.split() == ["1.", "Two.", "3."]


def test_without_scripts_a_button_keeps_the_draft(site: Site, eve: TestApp) -> None:
    form = form_to("/@new", eve.get("/@new?kind=page"))
    form["title"], form["slug"], form["body"] = "Plans", "our-plans", "To be."
    page = eve.post("/@new-draft?kind=page", form.submit_fields(), status=303).follow()
    again = form_to("/@new", page)
    assert (again["title"].value, again["slug"].value, again["body"].value) == ("Plans", "our-plans", "To be.")
    assert again.submit(status=303).location.partition("?")[0].endswith("/our-plans")
    assert form_to("/@new", eve.get("/@new?kind=page"))["title"].value == ""


def test_the_list_tells_place_and_time_and_continues(site: Site, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    type_into(eve, "/leave", title="Absence")
    page = eve.get("/-/drafts")
    line = page.html.select_one("ul.lines > li")
    assert line.select_one("a.line-title")["href"] == "/leave/@edit"
    assert "Edit of Leave" in line.text
    form_to("/drop", page).submit(status=303)
    assert "You have no drafts" in eve.get("/-/drafts")


def test_what_can_no_longer_be_saved_there_is_shown_as_text(site: Site, ada: TestApp, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    type_into(eve, "/leave", body="What I have learned.")
    site.grant("/leave", inherits=False)
    page = eve.get("/-/drafts")
    assert "no longer yours to see" in page
    assert [area.text.strip() for area in page.html.select("ul.lines textarea")] == ["Leave", "What I have learned."]
    assert not page.html.select("a.line-title")
    form_to("/@trash", ada.get("/leave")).submit(status=303)
    assert "What I have learned." in eve.get("/-/drafts")


def test_drafts_are_their_owners_alone(site: Site, ada: TestApp, eve: TestApp, bob: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    type_into(eve, "/leave", body="Secret.")
    assert "Secret." not in ada.get("/leave/@edit")
    assert "You have no drafts" in ada.get("/-/drafts")
    with site.session() as db:
        draft_id = db.execute(select(Draft.id)).scalar_one()
    token = form_to("/-/sign-out", ada.get("/"))["csrf_token"].value
    ada.post(f"/-/drafts/{draft_id}/drop", {"csrf_token": token}, status=404)
    site.client("eve", "read").post(f"/-/drafts/{draft_id}/drop", status=403)
    bob.get("/leave/@edit", status=403)
    bob.post("/leave/@draft", {"csrf_token": bob.cookies.get("myplatform-csrf", "")}, status=403)


def test_texts_too_long_to_be_kept_are_refused(site: Site, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    form = form_to("/@edit", eve.get("/leave/@edit"))
    form["body"] = "x" * (2 << 20)
    eve.post("/leave/@draft", form.submit_fields(), status=422)


def test_a_form_costs_one_statement_more_for_its_draft(site: Site, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    eve.get("/leave/@edit")
    with site.statements as seen:
        page = eve.get("/leave/@edit")
    assert len([each for each in seen if "drafts" in each]) == 1
    assert len(seen) <= 5, seen
    form = form_to("/@edit", page)
    form["body"] = "New."
    with site.statements as seen:
        form.submit(status=303)
    assert len([each for each in seen if "drafts" in each]) == 1
    assert len(seen) <= 12, seen


def test_old_drafts_are_tidied(site: Site, eve: TestApp) -> None:
    from myplatform.actions.tidying import tidy
    from myplatform.identity import SYSTEM

    site.node("/", "page", "Leave", body="Old.")
    site.node("/", "page", "Travel", body="Old.")
    type_into(eve, "/leave", body="Long ago.")
    type_into(eve, "/travel", body="Just now.")
    days = dt.timedelta(days=1)
    with site.session() as db:
        first = select(Draft.id).order_by(Draft.id).limit(1).scalar_subquery()
        db.execute(update(Draft).where(Draft.id == first).values(saved_at=utc_now() - 3 * days))
        times = {"keep_trash": days, "session_age": days, "keep_drafts": 2 * days, "keep_notifications": days}
        assert tidy(db, site.registry["files"], by=SYSTEM, **times).drafts == 1
    assert [line.text for line in eve.get("/-/drafts").html.select("a.line-title")] == ["Travel"]
