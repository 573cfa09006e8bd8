"""Follows every link of a site as one browser does, and keeps what came back."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from webtest import TestApp, TestResponse

HOST = "http://localhost"
LINKS = """//a/@href | //link/@href | //use/@href | //script/@src | //img/@src | //iframe/@src | //video/@src
    | //audio/@src | //button/@data-branch"""
NOT_SENT = ".//*[@required][not(self::select)] | .//*[@name='csrf_token']"
"""What forms have that go by GET only when something is typed, or that each of their buttons sends by POST."""
SAME_SHAPE = 2
"""Addresses followed that differ only in the values of their query, such as the order of a table."""


@dataclass
class Visit:
    """One address that was asked for: where its link stood and what came back."""

    address: str
    linked_from: str
    answer: TestResponse
    _html: BeautifulSoup | None = None
    _tree: HtmlElement | None = None

    @property
    def is_page(self) -> bool:
        """Whether this is HTML of the site itself, not somebody's file nor a part of a page."""
        is_part = "/@content" in self.address or self.address.startswith("/-/branches/")
        return self.answer.content_type == "text/html" and not is_part

    @property
    def html(self) -> BeautifulSoup:
        """The parsed page."""
        if self._html is None:
            self._html = BeautifulSoup(self.answer.text, "lxml")
        return self._html

    @property
    def tree(self) -> HtmlElement:
        """The same for XPath, which is many times faster than selectors."""
        if self._tree is None:
            self._tree = document_fromstring(self.answer.body, parser=HTMLParser(encoding="utf-8"))
        return self._tree

    def __str__(self) -> str:
        return f"{self.address} (linked from {self.linked_from}): {self.answer.status_int}"


@dataclass
class Crawl:
    """All visits of a crawl, by address, and the addresses outside of the site that were linked."""

    visits: dict[str, Visit] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)

    @property
    def pages(self) -> list[Visit]:
        """The visits that brought a page."""
        return [visit for visit in self.visits.values() if visit.is_page]


def crawl(browser: TestApp, *starts: str) -> Crawl:
    """Follow all links from the addresses, redirects included. Addresses are paths with queries."""
    found, shapes = Crawl(), Counter[tuple[str, ...]]()
    waiting = deque((start, "the start") for start in starts)
    while waiting:
        address, linked_from = waiting.popleft()
        shape = _shape(address)
        if address in found.visits or shapes[shape] >= SAME_SHAPE:
            continue
        shapes[shape] += 1
        visit = Visit(address, linked_from, browser.get(address, expect_errors=True))
        found.visits[address] = visit
        for link in _links(visit):
            if link.startswith(f"{HOST}/"):
                waiting.append((link.removeprefix(HOST), address))
            else:
                found.elsewhere.add(link)
    return found


def _links(visit: Visit) -> Iterator[str]:
    here = HOST + visit.address
    if location := visit.answer.location:
        yield urldefrag(urljoin(here, location)).url
    if not visit.is_page or visit.address.startswith("/-/style"):  # what that page leads to is made up
        return
    for given in visit.tree.xpath(LINKS):
        if given:
            yield urldefrag(urljoin(here, given)).url
    for form in visit.tree.iter("form"):
        if form.get("method", "get").lower() == "get" and not form.xpath(NOT_SENT):
            yield urljoin(here, form.get("action") or "") + _query_of(form)


def _query_of(form: HtmlElement) -> str:
    """What a form sends whose first button is pressed, without what people type or choose."""
    sent = [*form.xpath(".//input[@type='hidden'][@name]"), *form.xpath(".//button[@name]")[:1]]
    pairs = [(each.get("name"), each.get("value", "")) for each in sent]
    for choice in form.xpath(".//select[@name]"):
        options = [*choice.xpath(".//option[@selected]"), *choice.xpath(".//option")]
        pairs.append((choice.get("name"), options[0].get("value", "") if options else ""))
    return f"?{urlencode(pairs)}" if pairs else ""


def _shape(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    return (parts.path, *sorted({name for name, _ in parse_qsl(parts.query)}))


def forms_of(visit: Visit) -> list[HtmlElement]:
    """The forms of a page that change something."""
    return [form for form in visit.tree.iter("form") if form.get("method", "get").lower() == "post"]


def asked(crawled: Crawl, browser: TestApp) -> Iterator[Visit]:
    """The same addresses asked for by another browser."""
    for visit in crawled.visits.values():
        yield Visit(visit.address, visit.linked_from, browser.get(visit.address, expect_errors=True))
