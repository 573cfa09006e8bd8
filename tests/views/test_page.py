"""A page in the browser: its blocks, what stands around it, and what links to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from pyramid.config import Configurator
from webtest import TestApp

from myplatform.actions.content import edit_node
from myplatform.blocks import Block, Place, registry
from myplatform.fields import Field, Integer
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_of
from myplatform.queries.children import items_of, parse_items
from myplatform.queries.nodes import node_by_path
from tests.conftest import Site
from tests.sample import BLOCKS, png, put_file

MARKS = '"><script>alert(1)</script>'


def test_attachments_neighbours_and_links_stand_around_a_page(site: Site, bob: TestApp) -> None:
    site.node("/", "folder", "Handbook")
    for title in ("Alpha", "Leave", "Zulu"):
        site.node("/handbook", "page", title)
    site.node("/handbook/leave", "page", "Parental leave")
    put_file(site, "/handbook/leave", "desk.png", png(300, 200))
    put_file(site, "/handbook/leave", "notes.txt", b"Notes.")
    for number in range(11):
        site.node("/", "page", f"Rule {number:02}", body="[leave](/handbook/leave)")
    page = bob.get("/handbook/leave").html
    assert [link.text for link in page.select(".below .line-title")] == ["Parental leave", "desk.png", "notes.txt"]
    assert page.select_one(".below .thumbnail")["src"].startswith("/-/thumbnail/")
    assert [link["href"] for link in page.select(".neighbours a")] == ["/handbook/alpha", "/handbook/zulu"]
    links = [link["href"] for link in page.select(".links-here a")]
    assert links == [*(f"/rule-{number:02}" for number in range(10)), "/handbook/leave/@links"]
    every = bob.get("/handbook/leave/@links").html
    assert len(every.select("main .lines li")) == 11
    assert "No text that you can see" in bob.get("/handbook/alpha/@links")


def test_who_may_not_see_a_page_is_not_told_what_links_to_it(site: Site, bob: TestApp) -> None:
    site.node("/", "page", "Secret")
    site.node("/", "page", "Open", body="[x](/secret)")
    site.grant("/secret", inherits=False)
    bob.get("/secret/@links", status=404)


def test_images_keep_their_place_and_come_as_small_as_they_can(site: Site, bob: TestApp) -> None:
    put_file(site, "/", "large.png", png(1200, 600))
    put_file(site, "/", "little.png", png(40, 30))
    site.node("/", "page", "House", body="![The house](large.png)\n\n![](little.png)")
    large, little = bob.get("/house").html.select(".prose img")
    assert (large["width"], large["height"], large["loading"]) == ("1200", "600", "lazy")
    assert large["srcset"] == "/large.png/@thumbnail?size=large 960w, /large.png/@content 1200w"
    assert bob.get(large["src"]).content_type == "image/webp"
    assert large.find_parent("a")["href"] == "/large.png/@content"
    assert large.find_parent("figure").figcaption.text == "The house"
    assert (little["width"], little.find_parent("a")) == ("40", None)


def test_every_block_is_drawn_on_home_folders_and_pages(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    site.node("/people", "employee", "Ada Example", age=36, department="Finance")
    site.node("/people", "employee", "Grace Example", age=40, department="IT")
    put_file(site, "/", "plan.pdf", b"%PDF-1.4\n%%EOF\n")
    put_file(site, "/", "house.png", png(1200, 800))
    site.node("/", "page", "Page", body=BLOCKS)
    page = ada.get("/page").html
    assert len(page.select(".prose .block")) == 10
    assert not page.select(".prose .callout.warning pre")
    assert "2 People here" in " ".join(page.select_one(".figure-number").text.split())
    assert [row.text.strip() for row in page.select_one(".plot-table").select("th")] == ["Finance", "IT"]
    assert len(page.select(".plot-donut circle")) == 2
    assert page.select_one("iframe")["src"] == "/plan.pdf/@content"
    assert page.select_one(".card-title", string="Ada Example")
    assert [link["href"] for link in page.select("nav.block a")] == ["#one", "#two"]
    assert page.select_one(".callout.warning .callout-title").text == "Mind this"
    site.node("/", "folder", "Folder", body="```children\nin: /\n```")
    assert ada.get("/folder").html.select(".prose .block .line-title")
    with site.session() as db:
        edit_node(db, node_by_path(db, "/"), {"body": "```number\nof: employee\n```"}, by=SYSTEM, expected_version=None)
    assert "2 Employees" in " ".join(ada.get("/").html.select_one(".prose .figure-number").text.split())


def test_wrong_blocks_are_explained_to_those_who_can_mend_them(site: Site, ada: TestApp, bob: TestApp) -> None:
    site.node("/", "page", "Secret")
    site.grant("/secret", inherits=False)
    site.node("/", "page", "Page", body="```recent\nlimt: 3\n```\n\n```children\nin: /secret\n```\n\n```runes\nx\n```")
    told = ada.get("/page").html
    assert "did you mean limit" in told.select_one(".prose .callout").text
    assert len(told.select(".prose .block")) == 2
    seen = bob.get("/page").html
    assert not seen.select(".prose .callout")
    assert [each.text for each in seen.select(".block-absent")] == ["What stood here is not available to you."] * 2
    assert "Secret" not in seen.select_one(".prose").text
    assert seen.select_one("code.language-runes")


def test_one_text_has_so_many_blocks_and_no_more(site: Site, ada: TestApp) -> None:
    site.node("/", "page", "Page", body="```contents\n```\n\n" * 22)
    page = ada.get("/page").html
    assert len(page.select("nav.block")) == 20
    assert len(page.select(".prose .callout.warning")) == 2


def test_nothing_in_a_block_becomes_a_tag(site: Site, ada: TestApp) -> None:
    site.node("/", "people", "People")
    site.node("/people", "employee", f"Eve {MARKS}", department=MARKS, job_title=MARKS)
    for block in (
        f"recent\nin: {MARKS}",
        f"embed\nfile: {MARKS}",
        f"chart\nof: employee\nby: department\ntitle: {MARKS}\ndescription: {MARKS}",
        f"chart\nof: employee\nby: department\ntype: donut\ntitle: {MARKS}",
        f"number\nof: employee\ntitle: {MARKS}",
        "people",
        "recent",
        f"children\n{MARKS}: 3",
    ):
        site.node("/", "page", "Page", body=f"```{block}\n```")
    for number in range(8):
        path = "/page" if number == 0 else f"/page-{number + 1}"
        assert not ada.get(path, status=200).html.select(".prose script"), path


def test_the_editor_learns_of_all_blocks(site: Site, bob: TestApp) -> None:
    found = {each["name"]: each for each in bob.get("/-/blocks").json}
    expected = {"recent", "children", "people", "number", "chart", "embed", "contents"}
    assert set(found) >= expected | {"note", "info", "good", "warning"}
    assert found["recent"] == {
        "name": "recent",
        "label": "Recent changes",
        "description": "What changed lately in a place.",
        "icon": "recent",
        "source": "```recent\nin: /\nlimit: 8\n```",
    }
    site.browser().get("/-/blocks", status=303)


class Shelf(Block):
    """A plug-in's block, as docs/extending.md shows one."""

    name = "shelf"
    options: ClassVar[dict[str, Field]] = {"limit": Integer("At most", min=1, max=50)}
    defaults: ClassVar[dict[str, Any]] = {"limit": 1}
    renderer = "blocks/children.jinja2"

    @classmethod
    def show(cls, place: Place, options: Mapping[str, Any]) -> dict[str, Any]:
        """Pages of the whole site."""
        asked = [("kind", "page"), ("depth", "all"), ("limit", str(options["limit"])), ("fields", "title,modified")]
        query = parse_items(kind_of(place.home.kind), asked)
        return {"items": items_of(place.db, place.asker, place.home, query).rows, "as_cards": False}


def test_a_plug_in_adds_its_own_block(site: Site, bob: TestApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_blocks", dict(registry._blocks))
    config = Configurator(registry=site.registry)
    config.include("myplatform.blocks")
    config.add_block(Shelf)
    site.node("/", "page", "Alpha", body="```shelf\n```")
    site.node("/", "page", "Beta", body="```shelf\nlimit: 2\n```")
    assert [link.text for link in bob.get("/alpha").html.select(".prose .line-title")] == ["Alpha"]
    assert [link.text for link in bob.get("/beta").html.select(".prose .line-title")] == ["Alpha", "Beta"]
    assert "shelf" in [each["name"] for each in bob.get("/-/blocks").json]
