"""Lists of titles are in the order people expect, the same on every database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.collation import MAX_LENGTH, sort_key


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Éclair  au\tCHOCOLAT", "eclair au chocolat"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("  x ", "x"),
        ("a\x00b\u202e", "ab"),
        ("ﬁn", "fin"),
        ("की", "की"),
        ("", ""),
    ],
)
def test_sort_keys(title, key):
    assert sort_key(title) == key


def test_order_of_names():
    names = ["Zoë", "adam", "Émile", "Eve", "zack", "Ärger"]
    assert sorted(names, key=sort_key) == ["adam", "Ärger", "Émile", "Eve", "zack", "Zoë"]


@pytest.mark.parametrize(
    "in_order",
    [
        ["Ångström", "Anker", "Äpfel", "Apfel", "ärger", "Arm"],
        ["Ofen", "Osten", "Österreich"],
        ["Straßburg", "Strasse", "Straßenbahn", "Strategie"],
        ["Ebene", "Éclair", "Eden"],
        ["Item 1", "Item 10", "Item 2"],
        ["Zebra", "Zoë", "Ørsted", "Łódź"],
    ],
)
def test_the_order_of_english_and_german(in_order):
    assert [sort_key(each) for each in in_order] == sorted(sort_key(each) for each in in_order)


@given(st.text())
def test_a_key_is_its_own_key_and_fits_an_index(title):
    key = sort_key(title)
    assert sort_key(key) == key
    assert len(key) <= MAX_LENGTH
    assert "\x00" not in key
