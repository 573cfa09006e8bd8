"""Who is asking, over HTTP: tokens, sessions, CSRF, headers, odd bytes, and what a view must declare."""

import datetime as dt

import pytest
from pyramid.authorization import Allow
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import HTTPForbidden, HTTPUnauthorized
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED, forget, remember
from sqlalchemy import event, select, update
from webtest import TestApp

from myplatform.actions.tokens import create_token, revoke_token
from myplatform.actions.users import create_user, disable_user
from myplatform.csrf import unmask
from myplatform.database import open_session
from myplatform.identity import SYSTEM
from myplatform.models import Base, BrowserSession, Token, User, utc_now
from myplatform.permissions import Permission
from myplatform.settings import from_values


class Room:
    """A context in which readers may view, Ada may edit, and whoever made it may trash it."""

    __parent__ = None
    __name__ = ""
    creator = "ben"

    def __init__(self, request):
        self.request = request

    def __acl__(self):
        return [
            (Allow, "signed-in", (Permission.VIEW, "own:trash", Permission.SIGNED_IN)),
            (Allow, "user:ada", Permission.EDIT),
        ]

    def is_created_by(self, identity):
        return identity.name == self.creator


def who(context, request):
    return Response(f"{request.authenticated_userid} {request.identity.name!r}")


def echo(context, request):
    return Response(",".join(request.POST.values()))


def enter(context, request):
    request.db.connection()
    user = request.db.scalars(select(User).where(User.name == request.POST["name"])).one()
    return Response("in", headerlist=[*Response().headerlist, *remember(request, user.id)])


def leave(context, request):
    return Response("out", headerlist=[*Response().headerlist, *forget(request)])


def form(context, request):
    return Response(request.session_token if hasattr(request, "session_token") else csrf_of(request))


def csrf_of(request):
    from pyramid.csrf import get_csrf_token

    return get_csrf_token(request)


def own_policy(context, request):
    return Response("bytes", headers={"Content-Security-Policy": "sandbox", "Cache-Control": "private, max-age=9"})


def denied(error, request):
    """What a page of errors would be told."""
    result = error.result
    text = f"{result.permission} {result.scope} {result.has_bad_token}"
    return HTTPUnauthorized(text) if result.has_bad_token else Response(text, status=403)


def make_config(tmp_path, **values):
    config = Configurator(root_factory=Room)
    settings = {"database.url": f"sqlite:///{tmp_path}/site.sqlite", **values}
    config.registry["settings"] = from_values(settings)
    config.include("myplatform.database")
    config.include("myplatform.security")
    for view in (who, form, enter, leave, echo):
        config.allow_without_permission(f"{__name__}:{view.__name__}", "a test")
    return config


def add_views(config):
    free = {"permission": NO_PERMISSION_REQUIRED}
    config.add_view(who, name="who", request_method="GET", **free)
    config.add_view(form, name="form", request_method="GET", **free)
    config.add_view(enter, name="enter", request_method="POST", **free)
    config.add_view(leave, name="leave", request_method="POST", **free)
    config.add_view(echo, name="echo", request_method="POST", **free)
    config.add_view(who, name="view", request_method="GET", permission=Permission.VIEW)
    config.add_view(who, name="edit", request_method=("GET", "POST"), permission=Permission.EDIT)
    config.add_view(who, name="trash", request_method="GET", permission=Permission.TRASH)
    config.add_view(who, name="administer", request_method="GET", permission=Permission.ADMINISTER)
    config.add_view(own_policy, name="own-policy", request_method="GET", permission=Permission.VIEW)
    config.add_exception_view(denied, context=HTTPForbidden)


class Site:
    """A small site that really commits, and what a test needs around it."""

    def __init__(self, tmp_path, **values):
        config = make_config(tmp_path, **values)
        add_views(config)
        self.app = config.make_wsgi_app()
        self.registry = config.registry
        self.factory = self.registry["session_factory"]
        Base.metadata.create_all(self.registry["engine"])
        with self.open() as db:
            for name in ("ada", "ben"):
                create_user(db, by=SYSTEM, name=name, min_length=12)

    def open(self):
        return open_session(self.factory)

    def token(self, name="ada", **values):
        given = {"name": "t", "scopes": ["read", "write", "admin"], "days": 3, "max_days": 9, **values}
        with self.open() as db:
            user = db.scalars(select(User).where(User.name == name)).one()
            return create_token(db, user, by=SYSTEM, **given)

    def browser(self, **environ):
        return TestApp(self.app, extra_environ={"REMOTE_ADDR": "192.0.2.7", **environ})

    def signed_in(self, name="ada", **environ):
        browser = self.browser(**environ)
        browser.post("/enter", {"name": name, "csrf_token": browser.get("/form").text})
        return browser


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    made.registry["engine"].dispose()


def bearer(token):
    return {"Authorization": f"Bearer {token.secret}"}


def test_a_visitor_is_nobody(site):
    assert site.browser().get("/who").text == "None ''"
    assert site.browser().get("/view", status=403).text == "view None False"


def test_a_token_speaks_for_its_user(site):
    headers = bearer(site.token())
    assert site.browser().get("/who", headers=headers).text == "ada 'ada'"
    assert site.browser().get("/edit", headers=headers).text == "ada 'ada'"


def test_the_scope_comes_before_the_rights_of_the_user(site):
    headers = bearer(site.token(scopes=["read"]))
    site.browser().get("/view", headers=headers)
    assert site.browser().get("/edit", headers=headers, status=403).text == "edit write False"
    assert site.browser().get("/administer", headers=headers, status=403).text == "administer admin False"


def test_a_right_that_the_user_lacks_is_named(site):
    assert site.browser().get("/edit", headers=bearer(site.token("ben")), status=403).text == "edit None False"


def test_what_one_made_oneself_is_judged_by_its_own_word(site):
    site.browser().get("/trash", headers=bearer(site.token("ben")))
    site.browser().get("/trash", headers=bearer(site.token("ada")), status=403)


@pytest.mark.parametrize("secret", ["", "mp_nothing", "ü", "x" * 5000, "a b"])
def test_a_bad_token_opens_nothing(site, secret):
    headers = {"Authorization": f"Bearer {secret}".encode().decode("latin-1")}
    assert site.browser().get("/view", headers=headers, status=401).text.endswith("True\n\n")


def test_a_bad_token_is_not_made_good_by_a_session(site):
    site.signed_in().get("/view", headers={"Authorization": "bearer mp_nothing"}, status=401)


def test_a_revoked_token_is_refused_at_the_next_request(site):
    token = site.token()
    site.browser().get("/view", headers=bearer(token))
    with site.open() as db:
        revoke_token(db, token.id, by=SYSTEM)
    site.browser().get("/view", headers=bearer(token), status=401)


def test_signing_in_and_out(site):
    browser = site.signed_in()
    assert browser.get("/who").text == "ada 'ada'"
    with site.open() as db:
        assert db.scalars(select(BrowserSession.address)).all() == ["192.0.2.7"]
    browser.post("/leave", {"csrf_token": browser.get("/form").text})
    assert browser.get("/who").text == "None ''"
    with site.open() as db:
        assert db.scalars(select(BrowserSession)).all() == []


def test_a_copied_cookie_is_worthless_after_signing_out(site):
    browser = site.signed_in()
    cookie = browser.cookies["myplatform"]
    browser.post("/leave", {"csrf_token": browser.get("/form").text})
    assert site.browser().get("/who", headers={"Cookie": f"myplatform={cookie}"}).text == "None ''"


def test_disabling_acts_at_the_next_request(site):
    browser = site.signed_in("ben")
    with site.open() as db:
        disable_user(db, db.scalars(select(User).where(User.name == "ben")).one(), by=SYSTEM)
    assert browser.get("/who").text == "None ''"


def test_cookies_are_closed_to_scripts_and_other_sites(site):
    browser = site.browser()
    token = browser.get("/form")
    entered = browser.post("/enter", {"name": "ada", "csrf_token": token.text})
    for response in (token, entered):
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "secure" not in cookie.lower()
        assert "path=/" in cookie.lower()


@pytest.mark.parametrize(
    ("values", "environ"),
    [({"site.url": "https://intranet.example"}, {}), ({}, {"wsgi.url_scheme": "https"})],
)
def test_with_https_cookies_are_bound_to_this_host(tmp_path, values, environ):
    site = Site(tmp_path, **values)
    browser = site.browser(**environ)
    form = browser.get("/form")
    origin = {"Origin": "https://intranet.example" if values else "https://localhost"}
    cookie = f"__Host-myplatform-csrf={unmask(form.text)}"
    assert form.headers["Set-Cookie"].startswith(cookie)
    entered = browser.post("/enter", {"name": "ada", "csrf_token": form.text}, headers={**origin, "Cookie": cookie})
    assert entered.headers["Set-Cookie"].startswith("__Host-myplatform=")
    assert "; secure" in entered.headers["Set-Cookie"].lower()
    assert entered.headers["Strict-Transport-Security"] == "max-age=31536000"
    site.registry["engine"].dispose()


@pytest.mark.parametrize("given", [{}, {"csrf_token": "0" * 32}, {"csrf_token": ""}, {"csrf_token": "ü"}])
def test_a_form_from_elsewhere_is_refused(site, given):
    browser = site.signed_in()
    browser.post("/edit", given, status=400)
    browser.post("/edit", {}, headers={"X-CSRF-Token": browser.get("/form").text})


def test_a_token_needs_no_csrf_token_but_a_cookie_beside_it_does_not_count(site):
    headers = bearer(site.token())
    site.browser().post("/edit", {}, headers=headers)
    browser = site.signed_in()
    browser.post("/edit", {}, headers={"Authorization": "Bearer mp_nothing"}, status=401)
    browser.post("/edit", {}, headers={"Authorization": "Basic eDp5"}, status=400)


def test_an_odd_csrf_cookie_is_replaced(site):
    response = site.browser().get("/form", headers={"Cookie": 'myplatform-csrf="\\303\\274"'})
    assert len(unmask(response.text)) == 32
    assert unmask(response.text) in response.headers["Set-Cookie"]


def columns(site, column):
    with site.open() as db:
        return db.scalars(select(column)).all()


def test_the_time_of_last_use_is_written_now_and_then(site):
    token = site.token()
    browser = site.signed_in()
    site.browser().get("/view", headers=bearer(token))
    [first] = columns(site, Token.last_used_at)
    site.browser().get("/view", headers=bearer(token))
    assert columns(site, Token.last_used_at) == [first]
    long_ago = utc_now() - dt.timedelta(minutes=6)
    with site.open() as db:
        db.execute(update(BrowserSession).values(last_seen_at=long_ago))
    browser.get("/edit", {}, expect_errors=True)
    [seen] = columns(site, BrowserSession.last_seen_at)
    assert seen > long_ago


def test_asking_who_somebody_is_takes_one_statement(site):
    token = site.token()
    site.browser().get("/view", headers=bearer(token))
    statements = []
    event.listen(site.registry["engine"], "before_cursor_execute", lambda *given: statements.append(given[2]))
    site.browser().get("/view", headers=bearer(token))
    assert [each.split()[0] for each in statements if "BEGIN" not in each] == ["SELECT"]
    statements.clear()
    site.browser().get("/who")
    assert statements == []


def test_every_response_carries_the_headers(site):
    for path, status in (("/who", 200), ("/nothing", 404), ("/view", 403), ("/who?%ff", 400)):
        headers = site.browser().get(path, status=status).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["Vary"] == "Cookie, Authorization"
        assert "Permissions-Policy" in headers
        assert "Strict-Transport-Security" not in headers


def test_a_response_keeps_its_own_policy(site):
    headers = site.browser().get("/own-policy", headers=bearer(site.token())).headers
    assert headers["Content-Security-Policy"] == "sandbox"
    assert headers["Cache-Control"] == "private, max-age=9"
    assert headers["Vary"] == "Cookie, Authorization"


@pytest.mark.parametrize("path", ["/%ff", "/who/%00", "/%c3", "/who?a=%ff", "/who?a=%00", "/who?%00=1", "/who?a=\x80"])
def test_odd_bytes_in_an_address_are_a_bad_request(site, path):
    path, _, query = path.partition("?")
    from urllib.parse import unquote_to_bytes

    environ = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query}
    request = site.browser().RequestClass.blank("/who", environ)
    request.environ.update(environ)
    assert site.browser().do_request(request, expect_errors=True).status_code == 400


@pytest.mark.parametrize(
    "cookie",
    ["a=\xff", "myplatform=\xff", 'a="\\377"', 'myplatform="\\000"', "a=\0", "=", ";;", "myplatform", "myplatform=a b"],
)
def test_odd_cookies_are_left_out(site, cookie):
    request = site.browser().RequestClass.blank("/who")
    request.environ["HTTP_COOKIE"] = f"{cookie}; theme=dark"
    assert site.browser().do_request(request).text == "None ''"
    assert request.environ["HTTP_COOKIE"] == "theme=dark"


URLENCODED = "application/x-www-form-urlencoded"
PART = b'--x\r\nContent-Disposition: form-data; name="a"%s\r\n\r\n%s\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=%ff", URLENCODED),
        (b"a=\xff", URLENCODED),
        (b"a=%00", URLENCODED),
        (b"%00=a", URLENCODED),
        (b"a=b", URLENCODED + "; charset=utf-16"),
        (b"a=b", URLENCODED + "; charset=nonsense"),
        (PART % (b"", b"\xff"), "multipart/form-data; boundary=x"),
        (PART % (b"", b"\x00"), "multipart/form-data; boundary=x"),
        (PART % (b"\r\nContent-Type: text/plain; charset=nonsense", b"b"), "multipart/form-data; boundary=x"),
        (b"a=b", "multipart/form-data"),
        (b"a=b", "multipart/form-data; boundary="),
        (b"a=b", "multipart/form-data; boundary=\xff"),
    ],
)
def test_odd_bytes_in_a_form_are_a_bad_request(site, body, content_type):
    headers = {"Content-Type": content_type, **bearer(site.token())}
    response = site.browser().post("/echo", body, headers=headers, expect_errors=True)
    assert response.status_code == 400


def test_a_form_in_pieces_is_not_read_at_all(site):
    read = []

    class Endless:
        """A body that never ends."""

        def read(self, size=-1):
            read.append(size)
            return b"a" * max(size, 1)

    request = site.browser().RequestClass.blank("/echo", method="POST", headers=bearer(site.token()))
    request.environ |= {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": Endless(),
        "wsgi.input_terminated": True,
    }
    request.environ.pop("CONTENT_LENGTH", None)
    status, _, _ = request.call_application(site.app)
    assert status.startswith("411")
    assert read == []


def test_good_forms_are_read(site):
    headers = bearer(site.token())
    assert site.browser().post("/echo", "a=%C3%BC", headers=headers).text == "ü"
    multipart = {**headers, "Content-Type": "multipart/form-data; boundary=x"}
    assert site.browser().post("/echo", PART % (b"", "ü".encode()), headers=multipart).text == "ü"
    assert site.browser().post("/echo", "a=%EF%BF%BD", headers=headers).text == "\ufffd"


def test_a_view_must_declare_its_permission_and_methods(tmp_path):
    for options in (
        {"request_method": "GET"},
        {"permission": Permission.VIEW},
        {"permission": NO_PERMISSION_REQUIRED, "request_method": "GET"},
    ):
        config = make_config(tmp_path)
        config.add_view(lambda request: Response("x"), name="x", **options)
        with pytest.raises(ConfigurationError, match=r"declare|listed"):
            config.commit()


def test_static_files_and_error_pages_need_no_declaration(tmp_path):
    config = make_config(tmp_path)
    config.add_static_view("files", str(tmp_path))
    config.add_notfound_view(lambda request: Response("gone", status=404))
    config.commit()
