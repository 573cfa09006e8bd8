"""The built files: their names, how they are served, what they weigh."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest
from webob import Request, Response

from myplatform import assets
from tests.conftest import Site

FIRST_LOAD = 100_000
"""Compressed bytes of everything the first page needs, itself left out."""


def test_names_carry_a_hash_and_are_kept_for_a_year(site: Site) -> None:
    path = assets.asset_path("app.css")
    answer = site.browser().get(path, status=200)
    assert answer.content_type == "text/css"
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_name_that_was_not_built_is_a_mistake_said_in_words() -> None:
    with pytest.raises(KeyError, match=r"app\.css"):
        assets.asset_path("missing.css")
    with pytest.raises(KeyError, match=r"icons\.json"):
        assets.icon("unicorn", prefix="")


def test_a_checkout_that_was_never_built_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    assets.manifest.cache_clear()
    with pytest.raises(assets.NotBuiltError, match="make run"):
        assets.manifest()
    assets.manifest.cache_clear()


def test_every_icon_is_used_or_offered_to_kinds() -> None:
    house = assets.BUILT.parents[1]
    files = [each for kind in ("*.py", "*.jinja2") for each in house.rglob(kind)]
    files += [*house.with_name("frontend").glob("js/**/*.js"), house.with_name("docs") / "extending.md"]
    words = set(re.findall(r"[\"'`]([a-z0-9-]+)[\"'`]", "\n".join(file.read_text(encoding="utf-8") for file in files)))
    assert set(assets.manifest()["icons"]) <= words


def test_the_first_page_is_light(site: Site) -> None:
    needed = ("app.css", "app.js", "icons.svg", "favicon.svg", "inter-latin-wght-normal.woff2")
    assert sum(len(sent(site, name, "gzip").body) for name in needed) <= FIRST_LOAD


def test_texts_are_sent_compressed_to_who_takes_it(site: Site) -> None:
    whole, zipped, brotli = (sent(site, "app.css", encoding) for encoding in ("identity", "gzip", "br"))
    assert [answer.headers.get("Content-Encoding") for answer in (whole, zipped, brotli)] == [None, "gzip", "br"]
    assert gzip.decompress(zipped.body) == whole.body
    assert len(brotli.body) < len(zipped.body) < len(whole.body) / 2
    for answer in (whole, zipped, brotli):
        assert answer.content_type == "text/css"
        assert "Accept-Encoding" in answer.headers["Vary"]


def sent(site: Site, name: str, encoding: str) -> Response:
    """A built file as a browser gets it that takes an encoding."""
    asked = Request.blank(assets.asset_path(name), headers={"Accept-Encoding": encoding})
    return asked.get_response(site.application)


def test_an_application_below_a_prefix_finds_its_files(site: Site) -> None:
    page = site.browser().get("/-/sign-in", extra_environ={"SCRIPT_NAME": "/intranet"})
    addresses = [link["href"] for link in page.html.select("link")] + [page.html.script["src"]]
    assert all(address.startswith("/intranet/-/") for address in addresses)


def test_in_development_a_new_build_is_seen_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    manifest = tmp_path / "manifest.json"
    for number in (1, 2):
        manifest.write_text(f'{{"files": {{"app.css": "app-{number}.css"}}, "icons": {{}}}}')
        os.utime(manifest, ns=(number, number))
        assets.forget_old_build(None)
        assert assets.asset_path("app.css") == f"/-/static/app-{number}.css"
    monkeypatch.undo()
    assets.forget_old_build(None)
    assert assets.asset_path("app.css") != "/-/static/app-2.css"
