"""Owners, days of review and the stamp over REST."""

import datetime as dt

from myplatform.models import OwnEntry, User, utc_now
from tests.api.conftest import content, match, problem, wrong_fields

LEAVE = content("/handbook/leave")
CONFIRM = f"{LEAVE}/@confirm"
TOMORROW = (utc_now().date() + dt.timedelta(days=1)).isoformat()


def test_a_page_is_confirmed_until_a_day(api):
    api.ben.patch_json(LEAVE, {"owner": "/people/john-doe", "review_by": "2020-01-31"}, headers=match("*"), status=422)
    api.site.grant("/people", ("user:ben", "reader"))
    api.ben.patch_json(LEAVE, {"owner": "/people/john-doe", "review_by": "2020-01-31"}, headers=match("*"), status=200)
    before = api.cleo.get(LEAVE).json
    confirmed = api.ben.post_json(CONFIRM, {"review_by": TOMORROW}, headers=match('"2"'), status=200)
    assert confirmed.json["confirmed_by"] == "ben"
    assert confirmed.json["confirmed_on"] == utc_now().date().isoformat()
    assert (confirmed.json["review_by"], confirmed.json["version"]) == (TOMORROW, 3)
    assert confirmed.json["modified"] == before["modified"]
    assert api.cleo.get(f"{LEAVE}/@history").json["items"][0]["action"] == "confirmed"
    assert api.cleo.get(f"{LEAVE}/@history/2").json["review_by"] == "2020-01-31"


def test_what_is_refused(api):
    assert problem(api.cleo.post_json(CONFIRM, {}, status=403))["permission"] == "edit"
    problem(api.dan.post_json(CONFIRM, {}, status=404))
    problem(api.ben.post_json(CONFIRM, {}, headers=match('"7"'), status=412))
    problem(api.ben.post_json(content("/handbook/@confirm"), {}, status=404))
    for day in ("2020-01-31", "tomorrow", 20300131):
        assert "review_by" in wrong_fields(api.ben.post_json(CONFIRM, {"review_by": day}, status=422))
    api.ben.patch_json(LEAVE, {"confirmed_by": "ben"}, headers=match("*"), status=422)
    assert api.ben.post_json(CONFIRM, {}, status=200).json["review_by"] is None


def test_an_owner_who_may_only_read_confirms_with_a_token_that_may_write(api):
    with api.site.session() as db:
        cleo = db.query(User).filter_by(name="cleo").one()
        db.add(OwnEntry(user_id=cleo.id, employee_id=api.john.id))
    api.ada.patch_json(LEAVE, {"owner": api.john.id}, headers=match("*"), status=200)
    problem(api.site.client("cleo", "read").post_json(CONFIRM, {}, status=403))
    assert api.cleo.post_json(CONFIRM, {}, status=200).json["confirmed_by"] == "cleo"
