"""What is asked for again and again is sent only when it has changed, and never kept beyond a right."""

from __future__ import annotations

import pytest

from tests.conftest import ON_ONE_DATABASE, Site

SEARCH = "/api/v1/search?q=leave"
ITEMS = "/api/v1/content/@items"


@pytest.mark.parametrize("address", [SEARCH, ITEMS, "/api/v1/content/leave/@history"])
@ON_ONE_DATABASE
def test_what_is_the_same_is_not_sent_again(site: Site, address: str) -> None:
    site.user("ada", is_admin=True)
    site.node("/", "page", "Leave", body="Words")
    ada = site.client("ada")
    first = ada.get(address)
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    known = ada.get(address, headers={"If-None-Match": f'"x", {tag}'}, status=304)
    assert (known.body, known.headers["ETag"]) == (b"", tag)
    assert "Cookie" in known.headers["Vary"]
    ada.get(address, headers={"If-None-Match": '"x"'}, status=200)
    site.node("/", "page", "Leave again")
    ada.patch_json("/api/v1/content/leave", {"title": "Leave it"}, headers={"If-Match": "*"})
    again = ada.get(address, headers={"If-None-Match": tag}, status=200)
    assert again.headers["ETag"] != tag


@ON_ONE_DATABASE
def test_nothing_is_the_same_once_a_right_is_taken_away(site: Site) -> None:
    site.user("bob")
    site.grant("/", ("signed-in", "reader"))
    site.node("/", "page", "Leave", body="Words")
    bob = site.client("bob")
    tag = bob.get(SEARCH).headers["ETag"]
    bob.get(SEARCH, headers={"If-None-Match": tag}, status=304)
    site.grant("/leave", inherits=False)
    assert bob.get(SEARCH, headers={"If-None-Match": tag}, status=200).json["items"] == []


@ON_ONE_DATABASE
def test_whole_pages_have_no_tag(site: Site) -> None:
    site.user("ada", is_admin=True)
    assert "ETag" not in site.signed_in("ada").get("/").headers
