"""What a request leaves behind: everything or nothing, on an application that really commits."""

import threading

import pytest
from cornice import Service
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.response import Response
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from webtest import TestApp

from myplatform.actions.content import create_node, edit_node, ensure_root
from myplatform.database import ATTEMPTS, RETRIED_BODY_SIZE, attempts_for, open_session
from myplatform.errors import Conflict
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.models import Blob, Group
from myplatform.queries.nodes import entry_of, find_by_path, node_by_path
from tests.racing import PATIENCE, Racer

BLOBS = Blob.__table__


class BrokenError(Exception):
    """Raised by a view after it wrote; an exception view answers it with 200."""


def write(request):
    """A Core statement, of which the unit of work knows nothing: no flush marks the session as changed."""
    request.db.execute(insert(BLOBS).values(sha256=request.params.get("mark", "x"), size=1))


def returned(status):
    def view(request):
        write(request)
        return Response(status=status)

    return view


def returned_see_other(request):
    write(request)
    return HTTPSeeOther("/")


def raised_see_other(request):
    write(request)
    raise HTTPSeeOther("/")


def raised_bad_request(request):
    write(request)
    raise HTTPBadRequest


def returned_bad_request(request):
    write(request)
    return HTTPBadRequest()


def raised_and_rendered(request):
    write(request)
    raise BrokenError


def raised_and_not_rendered(request):
    write(request)
    raise ZeroDivisionError


VIEWS = {
    "returned-200": returned(200),
    "returned-303": returned_see_other,
    "raised-303": raised_see_other,
    "returned-400": returned_bad_request,
    "raised-400": raised_bad_request,
    "returned-404": returned(404),
    "returned-500": returned(500),
    "rendered-200": raised_and_rendered,
    "unexpected": raised_and_not_rendered,
}
KEPT = {"returned-200", "returned-303", "raised-303"}


@pytest.fixture
def config(settings):
    """The database part of the application, alone with the views of a test."""
    config = Configurator()
    config.registry["settings"] = settings
    config.include("myplatform.database")
    config.add_exception_view(lambda request: Response("something went wrong", status=200), context=BrokenError)
    yield config
    config.registry["engine"].dispose()


def app_of(config, **views):
    for name, view in views.items():
        config.add_route(name, f"/{name}")
        config.add_view(view, route_name=name)
    return TestApp(config.make_wsgi_app())


def session_of(config):
    return open_session(config.registry["session_factory"])


def count(config):
    with session_of(config) as db:
        return db.execute(select(func.count()).select_from(BLOBS)).scalar_one()


@pytest.mark.parametrize("outcome", VIEWS)
def test_what_is_kept_of_each_outcome(config, outcome):
    app = app_of(config, **{outcome: VIEWS[outcome]})
    if outcome == "unexpected":
        with pytest.raises(ZeroDivisionError):
            app.post(f"/{outcome}")
    else:
        app.post(f"/{outcome}", status="*")
    assert count(config) == (1 if outcome in KEPT else 0)


def test_nothing_is_kept_of_a_service_that_adds_an_error_after_writing(config):
    config.add_settings(handle_exceptions=False)
    config.include("cornice")
    service = Service(name="late", path="/late")

    @service.post()
    def late(request):
        write(request)
        request.errors.add("body", "title", "is not right after all")

    def refuse(request, **_):
        write(request)
        request.errors.add("body", "title", "is not right")

    other = Service(name="early", path="/early")
    other.add_view("POST", lambda request: {}, validators=(refuse,))
    config.add_cornice_service(service)
    config.add_cornice_service(other)
    app = TestApp(config.make_wsgi_app())
    app.post_json("/early", {}, status=400)
    app.post_json("/late", {}, status=400)
    assert count(config) == 0


def test_a_reading_request_begins_no_writing_transaction(config):
    """Otherwise readers of a SQLite file would queue behind each other."""
    seen = []

    def view(request):
        seen.append(request.db.connection().get_execution_options()["writes"])
        return Response()

    app = app_of(config, view=view)
    app.get("/view")
    app.head("/view")
    app.post("/view")
    assert seen == [False, False, True]


def test_hooks_run_after_the_commit_and_their_failure_loses_nothing(config, caplog):
    seen = []

    def hooked(request):
        write(request)

        def hook(success):
            seen.append((success, count(config)))
            raise ZeroDivisionError

        request.tm.get().addAfterCommitHook(hook)
        return Response()

    app = app_of(config, hooked=hooked)
    app.post("/hooked", status=200)
    assert seen == [(True, 1)]
    assert count(config) == 1
    caplog.clear()


def test_after_a_failed_statement_in_a_savepoint_the_error_page_can_still_read(config):
    def clumsy(request):
        write(request)
        try:
            with request.db.begin_nested():
                request.db.add_all([Group(name="same", title="One"), Group(name="same", title="Two")])
                request.db.flush()
        except IntegrityError:
            found = request.db.execute(select(func.count()).select_from(BLOBS)).scalar_one()
            return Response(f"taken; {found} kept so far", status=409)
        return Response()

    app = app_of(config, clumsy=clumsy)
    assert app.post("/clumsy", status=409).text == "taken; 1 kept so far"
    assert count(config) == 0


@pytest.fixture
def page(config):
    with session_of(config) as db:
        root = ensure_root(db)
        return create_node(db, root, kind_named("page"), {"title": "Page", "body": "first"}, by=SYSTEM).node


def test_a_lost_race_is_tried_again_and_does_not_overwrite_the_others_edit(config, page):
    """The first try fails as a lost race does; the second finds the other's edit and says so."""
    tries = []

    def edit(request):
        tries.append(1)
        node = find_by_path(request.db, "/page")
        try:
            edit_node(request.db, node, {"body": "mine"}, by=SYSTEM, expected_version=int(request.params["version"]))
        except Conflict as conflict:
            return Response(f"now {conflict.current}", status=409)
        if len(tries) == 1:
            request.tm.abort()
            request.tm.begin()
            other = Racer(config.registry["engine"], yours)
            assert not isinstance(other.outcome(), Exception)
            raise IntegrityError("as a lost race", None, Exception())
        return Response()

    def yours(db):
        return edit_node(db, node_by_path(db, "/page"), {"body": "yours"}, by=SYSTEM, expected_version=1)

    app = app_of(config, edit=edit)
    assert app.post("/edit", {"version": "1"}, status=409).text == "now 2"
    assert len(tries) == 2
    with session_of(config) as db:
        assert entry_of(db, node_by_path(db, "/page")).values["body"] == "yours"


def test_a_broken_unique_constraint_is_tried_again_and_then_named(config):
    """Two requests find a name free at once; the slower one is tried again, and its check now finds the name."""
    gate, tries = threading.Barrier(2), []

    def create(request):
        tries.append(1)
        name = request.params["name"]
        taken = request.db.execute(select(Group.id).where(Group.name == name)).first()
        if taken is not None:
            return Response("taken", status=409)
        if len(tries) <= 2 and request.db.get_bind().dialect.name == "postgresql":
            gate.wait(PATIENCE)  # both have looked before either writes
        request.db.add(Group(name=name, title=name))
        request.db.flush()
        return Response()

    app = app_of(config, create=create)
    statuses = []

    def post():
        statuses.append(app.post("/create", {"name": "same"}, status="*").status_int)

    threads = [threading.Thread(target=post, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(statuses) == [200, 409]


def test_a_request_is_asked_for_no_user_inside_its_transaction(config):
    """The library would note the user in every transaction, at the price of finding out who it is."""
    asked = []
    config.add_request_method(asked.append, "authenticated_userid", property=True)
    app_of(config, **{"returned-200": VIEWS["returned-200"]}).post("/returned-200")
    assert asked == []


def test_a_big_body_is_not_kept_for_a_second_try(config):
    class Request:
        content_length = RETRIED_BODY_SIZE

    assert attempts_for(Request()) == ATTEMPTS
    Request.content_length = RETRIED_BODY_SIZE + 1
    assert attempts_for(Request()) == 1


def test_no_connection_stays_out_after_any_outcome(config):
    app = app_of(config, **VIEWS)
    for outcome in VIEWS:
        if outcome == "unexpected":
            with pytest.raises(ZeroDivisionError):
                app.post(f"/{outcome}", {"mark": outcome})
        else:
            app.post(f"/{outcome}", {"mark": outcome}, status="*")
        assert config.registry["engine"].pool.checkedout() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_lost_meanwhile_is_no_answer_to_who_reads(site):
    """As after the database was restarted; what writes may have been kept, so its program has to ask again."""
    site.user("ada", is_admin=True)
    client = site.client("ada")

    def lose_connection():
        """The one that the next request takes."""
        with site.engine.connect() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        elsewhere = create_engine(site.engine.url)
        with elsewhere.connect() as connection:
            assert connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar_one()
        elsewhere.dispose()

    assert client.get("/api/v1/content/", status=200)
    lose_connection()
    assert client.get("/api/v1/content/", status=200)
    lose_connection()
    refused = client.post_json("/api/v1/content/", {"kind": "page", "title": "New"}, status=503)
    assert refused.headers["Retry-After"]
    assert client.post_json("/api/v1/content/", {"kind": "page", "title": "New"}, status=201)
