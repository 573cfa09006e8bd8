"""Merging loses nothing, invents nothing, and leaves to people only what two of them changed differently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.merging import Merge, merge

BASE = "one\ntwo\nthree\nfour\nfive"


def fates(merged: Merge) -> list[str]:
    return [each.fate for each in merged.stretches]


def test_edits_that_do_not_touch_each_other_are_brought_together() -> None:
    merged = merge(BASE, BASE.replace("one", "ONE"), BASE.replace("five", "FIVE\nsix"))
    assert merged.text() == "ONE\ntwo\nthree\nfour\nFIVE\nsix"
    assert fates(merged) == ["theirs", "same", "mine"]


def test_the_same_lines_changed_differently_are_a_conflict() -> None:
    merged = merge(BASE, BASE.replace("three", "3"), BASE.replace("three", "III"))
    assert [(each.base, each.theirs, each.mine) for each in merged.conflicts] == [(("three",), ("3",), ("III",))]
    assert merged.text() == "one\ntwo\n3\nIII\nfour\nfive"
    assert merged.text({0: "theirs"}) == "one\ntwo\n3\nfour\nfive"
    assert merged.text({0: "mine"}) == "one\ntwo\nIII\nfour\nfive"


def test_the_same_change_on_both_sides_is_none_to_decide() -> None:
    changed = BASE.replace("three", "3")
    assert fates(merge(BASE, changed, changed)) == ["same", "both", "same"]


def test_removing_what_the_other_changed_is_a_conflict() -> None:
    merged = merge(BASE, "one\nfive", BASE.replace("three", "3"))
    assert fates(merged) == ["same", "conflict", "same"]
    assert "3" in merged.text()


def test_line_ends_do_not_count() -> None:
    assert merge("a\r\nb", "a\nb", "a\r\nb\r\nc").text() == "a\nb\nc"


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "\n\na\n\n"])
def test_nothing_changed_is_nothing_changed(text: str) -> None:
    assert merge(text, text, text).text() == text


lines = st.lists(st.sampled_from(["a", "b", "c", "", "word", "other"]), max_size=12)
texts = lines.map("\n".join)


@given(texts)
def test_merging_with_oneself_is_identity(text: str) -> None:
    assert merge(text, text, text).text() == text


@given(texts, texts)
def test_one_edit_alone_stands_as_it_is(base: str, edited: str) -> None:
    assert merge(base, edited, base).text() == edited
    assert merge(base, base, edited).text() == edited
    assert merge(base, edited, edited).text() == edited


@given(texts, texts, texts)
def test_every_side_can_be_read_from_the_stretches_and_no_new_line_is_lost(base: str, theirs: str, mine: str) -> None:
    merged = merge(base, theirs, mine)
    for side, text in (("base", base), ("theirs", theirs), ("mine", mine)):
        assert [line for each in merged.stretches for line in getattr(each, side)] == text.split("\n")
    kept = set(merged.text().split("\n"))
    new = (set(theirs.split("\n")) | set(mine.split("\n"))) - set(base.split("\n"))
    assert new <= kept


@given(st.lists(st.integers(0, 999), min_size=9, max_size=30, unique=True), st.data())
def test_edits_apart_from_each_other_merge_cleanly(numbers: list[int], data: st.DataObject) -> None:
    base = [f"line {number}" for number in numbers]
    border = data.draw(st.integers(3, len(base) - 4))
    theirs, mine = list(base), list(base)
    theirs[data.draw(st.integers(0, border - 1))] = "theirs"
    mine[data.draw(st.integers(border + 1, len(base) - 1))] = "mine"
    merged = merge("\n".join(base), "\n".join(theirs), "\n".join(mine))
    assert merged.conflicts == ()
    assert {"theirs", "mine"} <= set(merged.text().split("\n"))
