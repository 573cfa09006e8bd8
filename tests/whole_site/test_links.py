"""Every link of a small site, followed by an administrator, by a reader and by a visitor."""

from __future__ import annotations

import re
from collections import Counter

from pyramid_jinja2 import IJinja2Environment

from tests.conftest import Site
from tests.crawling import Crawl, Visit, asked, crawl, forms_of
from tests.whole_site.conftest import Followed

FOR_EVERYBODY = re.compile(r"/-/(static/|theme\.css|sign-in)|/api/v1/openapi")
HIDDEN = re.compile(r"/b(udget|oard)\b")
SECRET = re.compile("Budget|Board|Minutes|else('|&#39;)s business")
VIEWS = {"@edit", "@new", "@upload", "@replace", "@content", "@thumbnail", "@move", "@copy", "@order", "@history"}
VIEWS |= {"@version", "@sharing", "-/search", "-/trash", "-/admin", "-/account", "-/access", "-/recent", "-/style"}
VIEWS |= {"-/static", "-/branches"}


def check_pages(crawled: Crawl) -> None:
    """No dead link, no error, and every page is a whole page."""
    dead = [str(visit) for visit in crawled.visits.values() if visit.answer.status_int >= 400]
    assert dead == []
    faults = {str(visit): found for visit in crawled.pages if (found := faults_of(visit))}
    assert faults == {}
    people = {each for each in crawled.elsewhere if each.startswith(("mailto:", "tel:"))}
    assert crawled.elsewhere - people <= {"https://example.org"}  # a link in the text of the style page


def faults_of(visit: Visit) -> list[str]:
    """What a page lacks."""
    page = visit.tree
    ids = Counter(page.xpath("//@id"))
    title = page.findtext(".//title") or ""
    wanted = {each[1:] for each in page.xpath("//a/@href[starts-with(., '#')]")} - {""}
    there = {
        "one h1": len(page.xpath("//h1")) == 1,
        "a title": bool(title.partition("·")[0].strip()),
        "a language": bool(page.get("lang")),
        "one main": len(page.xpath("//main")) == 1,
        "a viewport": bool(page.xpath("//meta[@name='viewport']")),
        "each id once": max(ids.values(), default=1) == 1,
        "targets of links within": wanted <= ids.keys(),
        "inputs of labels": set(page.xpath("//label/@for")) <= ids.keys(),
        "words for images": not page.xpath("//img[not(@alt)]"),
        "code and style in files": not page.xpath("//style | //@style | //script[not(@src)] | //@onclick | //@onload"),
        "tokens in forms": all(form.xpath(".//*[@name='csrf_token']") for form in forms_of(visit)),
    }
    if page.xpath("//main[@class='content']"):
        there["navigation with names"] = len(page.xpath("//nav[@aria-label]")) >= 2
    return [what for what, is_there in there.items() if not is_there]


def test_an_administrator_finds_no_dead_link(seen: Crawl) -> None:
    check_pages(seen)
    views = {part for address in seen.visits for part in re.findall(r"/(@[a-z]+|-/[a-z]+)", address)}
    assert VIEWS - views == set()


def test_reading_changes_nothing(followed: Followed) -> None:
    assert len(followed.crawl.visits) > 200
    assert not followed.has_changed_something


def test_a_reader_finds_no_dead_link_and_nothing_hidden(sample: Site) -> None:
    crawled = crawl(sample.signed_in("cy"), "/")
    check_pages(crawled)
    assert len(crawled.pages) > 20
    assert [address for address in crawled.visits if HIDDEN.match(address)] == []
    assert [str(visit) for visit in crawled.pages if SECRET.search(visit.answer.text)] == []


def test_guessing_addresses_brings_a_reader_nothing_hidden(sample: Site, seen: Crawl) -> None:
    for visit in asked(seen, sample.signed_in("cy")):
        refused = 400 if "under=" in visit.address else 403  # that place is not there, says the search
        assert visit.answer.status_int in (200, 301, 302, 303, 404, refused), str(visit)
        if HIDDEN.match(visit.address):
            assert visit.answer.status_int == 404, str(visit)
        if visit.is_page:
            assert not SECRET.search(visit.answer.text.replace(visit.address, "")), str(visit)


def test_a_visitor_reaches_nothing_but_the_way_in(sample: Site, seen: Crawl) -> None:
    crawled = crawl(sample.browser(), "/")
    check_pages(crawled)
    assert {visit.address.partition("?")[0] for visit in crawled.pages} == {"/-/sign-in"}
    for visit in asked(seen, sample.browser()):
        if FOR_EVERYBODY.match(visit.address):
            continue
        if visit.address.startswith("/api/"):
            assert visit.answer.status_int in (303, 401), str(visit)
        else:
            assert visit.answer.status_int == 303, str(visit)
            assert urlpath(visit.answer.location) == "/-/sign-in", str(visit)


def urlpath(address: str) -> str:
    """The path of an address."""
    return address.removeprefix("http://localhost").partition("?")[0]


def test_each_template_is_compiled_once(sample: Site, seen: Crawl) -> None:
    environment = sample.registry.getUtility(IJinja2Environment, name=".jinja2")
    compiled = Counter(template.filename for template in environment.cache.values())
    assert len(compiled) > 30
    assert {name: count for name, count in compiled.items() if count > 1} == {}
