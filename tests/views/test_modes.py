"""Closed for maintenance, or for everything but reading."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp

from myplatform import modes as modes_of_requests
from myplatform.actions.links import make_password_link
from myplatform.actions.modes import end_mode, parse_until, set_mode
from myplatform.cli import main
from myplatform.errors import Invalid, NotAllowed
from myplatform.identity import SYSTEM
from myplatform.models import Change, User, utc_now
from myplatform.queries.modes import is_read_only, modes, modes_in
from tests.conftest import PASSWORD, Site, somebody
from tests.views.conftest import form_to

NOW = dt.datetime(2026, 11, 22, 21, 0, tzinfo=dt.UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def close(site: Site, name: str, reason: str = "The database moves", minutes: int | None = 30) -> None:
    with site.session() as db:
        until = utc_now() + dt.timedelta(minutes=minutes) if minutes is not None else None
        set_mode(db, name, reason=reason, until=until, by=SYSTEM)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("", None),
        ("+30m", NOW + dt.timedelta(minutes=30)),
        ("2h", NOW + dt.timedelta(hours=2)),
        ("22:30", dt.datetime(2026, 11, 22, 21, 30, tzinfo=dt.UTC)),
        ("21:30", dt.datetime(2026, 11, 23, 20, 30, tzinfo=dt.UTC)),
        ("2026-11-23T09:00", dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)),
        ("2026-11-23T09:00Z", dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)),
    ],
)
def test_an_end_is_written_as_people_say_it(text: str, until: dt.datetime | None) -> None:
    assert parse_until(text, BERLIN, NOW) == until


@pytest.mark.parametrize("text", ["soon", "25:00", "+30", "30x", "2026-13-01", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(Invalid, match="is a time such as"):
        parse_until(text, BERLIN, NOW)


def test_a_mode_ends_by_itself_and_is_recorded(db) -> None:
    until = utc_now() + dt.timedelta(minutes=5)
    set_mode(db, "read_only", reason=" Copying  everything ", until=until, by=SYSTEM)
    assert modes(db).read_only.reason == "Copying everything"
    assert is_read_only(db)
    from myplatform.queries.site_values import site_values

    assert modes_in(site_values(db)[1], until + dt.timedelta(seconds=1)).read_only is None
    assert end_mode(db, "read_only", by=SYSTEM)
    assert not end_mode(db, "read_only", by=SYSTEM)
    assert not is_read_only(db)
    assert db.query(Change).filter_by(action="mode-changed").count() == 2


def test_a_mode_needs_a_reason_an_end_that_can_be_and_an_administrator(db) -> None:
    with pytest.raises(Invalid) as caught:
        set_mode(db, "maintenance", reason="", until=utc_now() - dt.timedelta(minutes=1), by=SYSTEM)
    assert set(caught.value.by_field()) == {"reason", "until"}
    with pytest.raises(NotAllowed):
        set_mode(db, "maintenance", reason="x", until=None, by=somebody("bob"))


def test_maintenance_stops_all_but_administrators(site: Site, ada: TestApp, bob: TestApp) -> None:
    close(site, "maintenance")
    page = bob.get("/", status=503)
    assert "Closed for maintenance" in page
    assert "The database moves" in page
    assert 1700 < int(page.headers["Retry-After"]) <= 1800
    assert "The database moves" in ada.get("/")
    answer = site.client("bob").get("/api/v1/content/", status=503)
    assert (answer.content_type, answer.json["code"]) == ("application/problem+json", "maintenance")
    assert site.browser().get("/healthz").json == {"status": "fine"}
    assert site.browser().get("/readyz").status_int == 200
    site.browser().get("/handbook", status=503)


def test_administrators_can_sign_in_during_maintenance(site: Site, ada: TestApp) -> None:
    close(site, "maintenance")
    browser = site.browser()
    form = form_to("/-/sign-in", browser.get("/-/sign-in", status=200))
    form["name"], form["password"] = "ada", PASSWORD
    form.submit(status=303)
    browser.get("/", status=200)


def test_an_administrator_who_has_a_link_gets_in_during_maintenance(site: Site, ada: TestApp) -> None:
    with site.session() as db:
        secret = make_password_link(db, db.query(User).filter_by(name="ada").one(), by=SYSTEM)
    close(site, "maintenance")
    browser = site.browser()
    form = browser.get(f"/-/password/{secret}", status=200).form
    form["password"] = "four unrelated words again"
    form.submit(status=303)
    browser.get("/", status=200)


def test_what_is_always_open_is_there(site: Site) -> None:
    routes = {route.name for route in site.application.registry.getUtility(IRoutesMapper).get_routes(True)}
    assert routes >= modes_of_requests.ALWAYS_OPEN | modes_of_requests.ADMINISTERS


def test_a_mode_that_is_over_stops_nobody(site: Site, bob: TestApp, monkeypatch) -> None:
    close(site, "maintenance")
    bob.get("/", status=503)
    later = utc_now() + dt.timedelta(minutes=31)
    monkeypatch.setattr(modes_of_requests, "modes_in", lambda values: modes_in(values, later))
    bob.get("/", status=200)


def test_reading_only_keeps_what_was_typed(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Leave")
    form = form_to("/leave/@edit", ada.get("/leave/@edit"))
    form["body"] = "\nA long text <b>that</b> took\nan hour to write"
    close(site, "read_only", minutes=None)
    refused = form.submit(status=503)
    assert "The database moves" in refused
    assert "Reading only" in refused
    again = next(form for form in refused.forms.values() if "body" in form.fields)
    assert again["body"].value.replace("\r\n", "\n") == "\nA long text <b>that</b> took\nan hour to write"
    with site.session() as db:
        end_mode(db, "read_only", by=SYSTEM)
    again.submit(status=303)
    assert "took" in ada.get("/leave")


def test_reading_only_lets_people_read_sign_in_and_out(site: Site, ada: TestApp, bob: TestApp) -> None:
    close(site, "read_only")
    page = bob.get("/", status=200)
    assert "can only be read for now" in page
    token = site.client("ada")
    token.post_json("/api/v1/content/", {"kind": "page", "title": "x"}, status=503)
    token.get("/api/v1/content/", status=200)
    token.post_json("/api/graphql", {"query": "{ node(path: \"/\") { title } }"}, status=200)
    form_to("/-/sign-out", page).submit(status=303)
    form = form_to("/-/sign-in", bob.get("/-/sign-in"))
    form["name"], form["password"] = "bob", PASSWORD
    form.submit(status=303)


def test_what_one_may_not_do_is_told_as_ever(site: Site, bob: TestApp) -> None:
    close(site, "read_only")
    site.client("bob").post_json("/api/v1/content/nowhere", {"kind": "page", "title": "x"}, status=404)
    bob.post("/-/account", {"display_name": "x"}, status=400)  # without the form's token


def test_knowing_the_mode_costs_a_signed_in_request_nothing(site: Site, ada: TestApp) -> None:
    for app, path in ((ada, "/-/following"), (site.client("ada"), "/api/v1/content/")):
        app.get(path)
        with site.statements as seen:
            app.get(path)
        assert not [statement for statement in seen if statement.lstrip().startswith("SELECT site_values")]


def test_administrators_close_and_open_in_the_browser(site: Site, ada: TestApp, bob: TestApp) -> None:
    url = "/-/admin/modes"
    bob.get(url, status=403)
    form = form_to(f"{url}/read-only", ada.get(url))
    form["read-only-until"] = "whenever"
    refused = form.submit(status=422)
    assert "is a time such as" in refused
    form["read-only-reason"], form["read-only-until"] = "Moving house", "+1h"
    assert "Moving house" in form.submit(status=303).follow()
    [end] = [form for form in ada.get(url).forms.values() if "end" in form.fields]
    end.submit(status=303)
    assert "Moving house" not in bob.get("/")
    ada.post(f"{url}/nothing", {"csrf_token": form["csrf_token"].value}, status=404)


def test_programs_close_and_open(site: Site, ada: TestApp, bob: TestApp) -> None:
    api = site.client("ada")
    answer = api.put_json("/api/v1/modes/read-only", {"reason": "Backup", "until": "+10m"})
    assert answer.json["read-only"]["reason"] == "Backup"
    assert answer.json["maintenance"] is None
    api.put_json("/api/v1/modes/maintenance", {"reason": "", "until": "x"}, status=422)
    assert api.get("/api/v1/modes").json["read-only"]["by"] == "ada"
    site.client("bob").get("/api/v1/modes", status=403)
    api.delete("/api/v1/modes/read-only", status=204)
    assert api.get("/api/v1/modes").json == {"maintenance": None, "read-only": None}


def test_the_command_closes_and_opens(tmp_path) -> None:
    ini = tmp_path / "site.ini"
    ini.write_text("[app:main]\nuse = egg:myplatform\ndatabase.auto_migrate = true\nsite.time_zone = Europe/Berlin\n")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["-c", str(ini), *words])
        return done.exit_code, done.output

    assert run("status") == (0, "open\n")
    code, said = run("maintenance", "on", "--until", "22:30")
    assert (code, "is needed" in said) == (1, True)
    code, said = run("maintenance", "on", "--reason", "New disks", "--until", "+30m")
    assert (code, said.startswith("Maintenance is on until 20")) == (0, True)
    code, said = run("status")
    assert (code, said.endswith("by system: New disks\n")) == (1, True)
    assert run("maintenance", "off") == (0, "Maintenance has ended.\n")
    assert run("readonly", "off") == (0, "Read-only mode was not on.\n")
