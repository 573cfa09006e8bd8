"""Two people edit the same thing: what does not touch each other is merged, the rest is chosen, nothing is lost."""

from __future__ import annotations

import pytest
from webtest import Form, TestApp

from tests.conftest import Site
from tests.views.conftest import form_to

BODY = "# Leave\n\nTwenty days.\n\nAsk early.\n\nBe back in time."


def changed(form: Form, **values: str) -> Form:
    """The form with other values."""
    for name, value in values.items():
        form[name] = value
    return form


def opened(browser: TestApp) -> Form:
    """The form of an edit of the page."""
    return form_to("/@edit", browser.get("/leave/@edit"))


def body(browser: TestApp) -> str:
    """What is stored."""
    return opened(browser)["body"].value.replace("\r\n", "\n")


def test_edits_that_do_not_touch_each_other_are_saved_merged_with_one_click(
    site: Site, ada: TestApp, eve: TestApp
) -> None:
    site.node("/", "page", "Leave", body=BODY)
    mine, theirs = opened(ada), opened(eve)
    changed(theirs, body=BODY.replace("Twenty", "Thirty"), note="New contract").submit(status=303)
    page = changed(mine, body=BODY.replace("in time", "rested"), keywords="holiday").submit(status=409)
    assert not page.html.select("input[type=radio]")
    told = page.html.select_one(".callout").text
    assert "Eve saved: Text" in told
    assert "New contract" in told
    assert "only you changed this" in page.html.select_one(".lines").text
    assert [each.text for each in page.html.select("ins")] == ["Thirty", "rested"]
    merge = form_to("/@edit", page)
    merge.submit(status=303)
    assert body(ada) == BODY.replace("Twenty", "Thirty").replace("in time", "rested")
    assert opened(ada)["keywords"].value == "holiday"


@pytest.mark.parametrize(
    ("choice", "result"),
    [("theirs", "Thirty days."), ("mine", "Forty days."), ("both", "Thirty days.\nForty days.")],
)
def test_each_overlap_is_chosen_without_scripts(
    site: Site, ada: TestApp, eve: TestApp, choice: str, result: str
) -> None:
    site.node("/", "page", "Leave", body=BODY)
    mine, theirs = opened(ada), opened(eve)
    changed(theirs, body=BODY.replace("Twenty", "Thirty")).submit(status=303)
    page = changed(mine, body=BODY.replace("Twenty", "Forty").replace("early", "soon")).submit(status=409)
    whole = [area.text.strip() for area in page.html.select(".whole textarea")]
    assert whole == [BODY.replace("Twenty", "Thirty"), BODY.replace("Twenty", "Forty").replace("early", "soon")]
    merge = form_to("/@edit", page)
    assert "Thirty days.\nForty days." in merge["body"].value.replace("\r\n", "\n")
    merge["pick-body-0"] = choice
    merge.submit(status=303)
    assert body(ada) == BODY.replace("Twenty days.", result).replace("early", "soon")


def test_what_is_written_into_the_result_counts(site: Site, ada: TestApp, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body=BODY)
    mine, theirs = opened(ada), opened(eve)
    changed(theirs, body=BODY.replace("Twenty", "Thirty")).submit(status=303)
    merge = form_to("/@edit", changed(mine, body=BODY.replace("Twenty", "Forty")).submit(status=409))
    changed(merge, body="Thirty-five days.", **{"pick-body-0": "theirs"}).submit(status=303)
    assert body(ada) == "Thirty-five days."


@pytest.mark.parametrize(("choice", "title"), [("theirs", "Absence"), ("mine", "Holidays")])
def test_a_plain_field_is_one_or_the_other(site: Site, ada: TestApp, eve: TestApp, choice: str, title: str) -> None:
    site.node("/", "page", "Leave", body=BODY)
    mine, theirs = opened(ada), opened(eve)
    changed(theirs, title="Absence").submit(status=303)
    page = changed(mine, title="Holidays", is_template="true").submit(status=409)
    assert [pane.text for pane in page.html.select(".pane")] == ["Absence", "Holidays"]
    merge = form_to("/@edit", page)
    merge["pick-title"] = choice
    merge.submit(status=303)
    now = opened(ada)
    assert (now["title"].value, now["is_template"].checked, body(ada)) == (title, True, BODY)


def test_saving_a_merge_compares_versions_again(site: Site, ada: TestApp, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body=BODY)
    mine, theirs = opened(ada), opened(eve)
    changed(theirs, body=BODY.replace("Twenty", "Thirty")).submit(status=303)
    merge = form_to("/@edit", changed(mine, body=BODY.replace("Twenty", "Forty")).submit(status=409))
    merge["pick-body-0"] = "mine"
    changed(opened(eve), body=BODY.replace("Twenty", "Thirty").replace("early", "soon")).submit(status=303)
    again = merge.submit(status=409)
    assert not again.html.select("input[type=radio]")
    form_to("/@edit", again).submit(status=303)
    assert body(ada) == BODY.replace("Twenty", "Forty").replace("early", "soon")


def test_the_same_edit_twice_leaves_nothing_to_decide(site: Site, ada: TestApp, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body=BODY)
    mine, theirs = opened(ada), opened(eve)
    changed(theirs, body="New.").submit(status=303)
    changed(mine, body="New.").submit(status=303)
    assert body(ada) == "New."


def test_an_edit_of_a_version_that_never_was_loses_nothing(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave", body="Old.")
    page = changed(opened(ada), version="7", body="New.").submit(status=409)
    merge = form_to("/@edit", page)
    merge["pick-body-0"] = "both"
    merge.submit(status=303)
    assert body(ada) == "Old.\nNew."


def test_a_form_that_arrives_twice_clashes_with_nobody(site: Site, ada: TestApp, eve: TestApp) -> None:
    site.node("/", "page", "Leave", body=BODY)
    form, unchanged = changed(opened(ada), body=BODY + "\n\nOr later."), opened(eve)
    form.submit(status=303)
    again = form.submit(status=303)
    assert again.location == "http://localhost/leave"
    assert unchanged.submit(status=303).location == "http://localhost/leave"  # nothing of Eve's is left to save
    assert body(ada) == BODY + "\n\nOr later."
    changed(form, title="Leave and return").submit(status=409)
