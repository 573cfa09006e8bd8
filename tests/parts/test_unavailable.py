"""What people and programs hear while a part is away: when to try again, never more; nothing is half written."""

import errno

import pytest
from sqlalchemy import select

from myplatform.models import Node, PartialUpload
from myplatform.parts import Unavailable, open_part
from myplatform.settings import from_values
from tests import servers
from tests.conftest import ON_ONE_DATABASE
from tests.views.conftest import form_to
from tests.views.test_uploads import Tus, token_of


class Away:
    """A store of files that does not answer."""

    def __getattr__(self, name):
        def ask(*_arguments):
            raise Unavailable("the bucket b does not answer: https://key@s3.internal", 7)

        return ask


@pytest.fixture
def ada(site):
    site.user("ada", is_admin=True)
    site.node("/", "folder", "Folder")
    return site.signed_in("ada")


@pytest.fixture
def away(site, monkeypatch):
    monkeypatch.setitem(site.registry, "files", Away())


def paths_in(site):
    with site.session() as db:
        return set(db.execute(select(Node.path)).scalars())


def test_a_program_is_told_when_to_try_again(site, ada, away):
    client = site.client("ada")
    answer = client.put("/api/v1/content/folder/a.txt/@content", b"content", status=503)
    assert (answer.content_type, answer.headers["Retry-After"]) == ("application/problem+json", "7")
    assert answer.json["status"] == 503
    assert "s3.internal" not in answer.text
    assert paths_in(site) == {"/", "/folder"}


def test_a_page_says_so_calmly_and_nothing_is_half_written(site, ada, away):
    sent = [("file", "a.txt", b"content")]
    answer = ada.post("/folder/@upload", {"csrf_token": token_of(ada)}, upload_files=sent, status=503)
    assert answer.headers["Retry-After"] == "7"
    assert "does not answer at the moment, and nothing was kept" in answer
    assert "s3.internal" not in answer
    assert paths_in(site) == {"/", "/folder"}


def test_an_upload_in_pieces_goes_on_once_the_store_is_back(site, ada, monkeypatch):
    store = site.registry["files"]
    tus = Tus(ada, token_of(ada))
    with site.session() as db:
        place = db.execute(select(Node.id).where(Node.path == "/folder")).scalar_one()
    at = tus.begin(place, 10, filename="a.txt")
    tus.send(at, 0, b"01234")
    with monkeypatch.context() as patch:
        patch.setitem(site.registry, "files", Away())
        tus.send(at, 5, b"56789", status=503)
    with site.session() as db:
        assert db.execute(select(PartialUpload.received)).scalar_one() == 5
    assert site.registry["files"] is store
    tus.send(at, 5, b"56789")
    assert ada.get("/folder/a.txt/@content").body == b"0123456789"


def test_what_was_typed_can_be_sent_again(site, ada, monkeypatch):
    form = form_to("/@new", ada.get("/folder/@new?kind=page"))
    form["title"], form["body"] = "A <long> title", "Much\n\ntext & more"

    def fail(*_arguments, **_named):
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr("myplatform.actions.content.record", fail)
        answer = form.submit(status=503)
    assert "What you typed is kept on this page" in answer
    again = next(each for each in answer.forms.values() if "title" in each.fields)
    made = again.submit(status=303).follow()
    assert "A &lt;long&gt; title" in made
    assert "text &amp; more" in made


def test_a_form_of_another_site_is_not_offered_again(site, ada, monkeypatch):
    from myplatform import security

    def fail(*_arguments, **_named):
        raise Unavailable("away")

    monkeypatch.setattr(security, "identity_of_session", fail)
    answer = ada.post("/folder/@new", {"title": "Evil", "csrf_token": "0" * 32}, status=503)
    assert "Evil" not in answer
    ada.get("/folder", status=503)


def test_no_room_is_said_calmly(site, ada, monkeypatch):
    class Full:
        def put(self, *_arguments):
            raise OSError(errno.ENOSPC, "No space left on device", "/srv/secret/place")

    monkeypatch.setitem(site.registry, "files", Full())
    answer = site.client("ada").put("/api/v1/content/folder/a.txt/@content", b"content", status=503)
    assert answer.headers["Retry-After"] == "60"
    assert "secret" not in answer.text
    assert paths_in(site) == {"/", "/folder"}


def test_readiness_tells_that_the_store_is_away(site, ada, away):
    answer = site.browser().get("/readyz", status=503)
    assert "s3.internal" not in answer.text


@ON_ONE_DATABASE
def test_a_bucket_that_is_slow_is_a_503_in_time(site, ada, monkeypatch):
    with servers.silent() as port:
        url = f"s3://key:secret@bucket/files?endpoint=http://127.0.0.1:{port}&region=x"
        store = open_part("files", from_values({"files.url": url, "files.timeout": "1s"}))
        monkeypatch.setitem(site.registry, "files", store)
        site.client("ada").put("/api/v1/content/folder/a.txt/@content", b"content", status=503)
    assert paths_in(site) == {"/", "/folder"}
