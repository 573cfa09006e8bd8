"""A difference is complete (both texts can be read from it), readable, and never slow."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.alignment import common_runs
from myplatform.difference import Row, Segment, difference, word_segments


def marked(segments):
    signs = {"kept": "{}", "added": "+{}+", "removed": "-{}-"}
    return "".join(signs[s.kind].format(s.text) for s in segments)


def lines(old, new, context=3):
    return [f"{row.kind}: {row.hidden or marked(row.segments)}" for row in difference(old, new, context).rows]


def test_words_are_told_apart():
    assert marked(word_segments("The quick brown fox", "The slow brown fox")) == "The -quick-+slow+ brown fox"
    assert marked(word_segments("Send it, please.", "Send it.")) == "Send it-, please-."


def test_scraps_between_changes_are_merged():
    old, new = "We meet on Monday at noon in the hall", "We meet by Friday or later in the hall"
    assert marked(word_segments(old, new)) == "We meet -on Monday at noon-+by Friday or later+ in the hall"


def test_passages_with_nothing_in_common_stand_one_after_the_other():
    assert word_segments("abc def", "xyz uvw") == [Segment("removed", "abc def"), Segment("added", "xyz uvw")]
    assert word_segments("", "x") == [Segment("added", "x")]
    assert word_segments("x", "") == [Segment("removed", "x")]
    assert word_segments("", "") == []


def test_lines_are_kept_changed_added_removed_and_folded():
    old = "\n".join(f"line {n}" for n in range(20))
    new = old.replace("line 10", "line ten") + "\nlast"
    assert lines(old, new, context=1) == [
        "folded: 9",
        "kept: line 9",
        "changed: line -10-+ten+",
        "kept: line 11",
        "folded: 7",
        "kept: line 19",
        "added: +last+",
    ]
    assert lines(new, old, context=1)[-1] == "removed: -last-"


def test_a_removed_paragraph():
    assert lines("a\n\nb\n\nc", "a\n\nc") == ["kept: a", "kept: ", "removed: -b-", "removed: ", "kept: c"]


def test_a_single_line_is_not_folded():
    assert difference("a\nb\nc", "a\nb\nX", context=1).rows[0] == Row("kept", (Segment("kept", "a"),))


def test_line_ends_do_not_count():
    assert lines("a\r\nb\r\n", "a\nb") == ["folded: 2"]


def test_added_and_removed_words_are_counted():
    result = difference("one two three\nkept", "one 2 3 4\nkept\nmore words")
    assert (result.added, result.removed) == (5, 2)


def test_thousands_of_changed_lines_are_cut():
    rows = difference("", "x\n" * 7_000).rows
    assert rows[-1] == Row("cut", hidden=2_000)
    assert len(rows) == 5_001
    assert difference("", "x\n" * 7_000).added == 7_000


def test_nothing():
    assert difference("", "").rows == ()


few_words = st.lists(st.sampled_from(["a", "bb", "word", "other", " ", "\n", "\n\n", ", ", "x y z"]), max_size=30)


@given(few_words.map("".join), few_words.map("".join))
def test_both_texts_can_be_read_from_it(old, new):
    rows = difference(old, new, context=1_000).rows
    if not old or not new or any(row.kind == "folded" for row in rows):
        return
    words = {"old": "", "new": ""}
    for row in rows:
        for segment in row.segments:
            words["old"] += segment.text if segment.kind != "added" else ""
            words["new"] += segment.text if segment.kind != "removed" else ""
    assert words["old"] == old.replace("\n", "")
    assert words["new"] == new.replace("\n", "")


@given(st.text("abc", max_size=40), st.text("abc", max_size=40))
def test_runs_are_equal_and_ascending(old, new):
    old_done = new_done = 0
    for run in common_runs(old, new):
        assert run.length > 0
        assert run.old >= old_done
        assert run.new >= new_done
        assert old[run.old : run.old + run.length] == new[run.new : run.new + run.length]
        old_done, new_done = run.old + run.length, run.new + run.length
    assert old_done <= len(old)
    assert new_done <= len(new)


@given(st.lists(st.sampled_from("abcdef"), max_size=25), st.lists(st.sampled_from("abcdef"), max_size=25))
def test_short_edits_are_found_in_full_without_anchors(left, right):
    middle = list("xyxyxy")  # no item is unique, so only the shortest edit can align it
    runs = common_runs([*middle, *left, *middle], [*middle, *right, *middle])
    assert sum(run.length for run in runs) >= 12


def random_words(seed, count, vocabulary):
    source = random.Random(seed)
    return [f"w{int(source.random() * vocabulary)}" for _ in range(count)]


@pytest.mark.parametrize(
    ("make_old", "make_new"),
    [
        (lambda: "\n".join(random_words(1, 200_000, 50)), lambda: "\n".join(random_words(2, 200_000, 50))),
        (lambda: " ".join(random_words(1, 200_000, 50)), lambda: " ".join(random_words(2, 200_000, 50))),
        (lambda: " ".join(random_words(1, 150_000, 10**9)), lambda: " ".join(random_words(2, 150_000, 10**9))),
        (lambda: "a\n" * 500_000, lambda: "b\n" * 500_000),
        (lambda: "a\n" * 500_000, lambda: "a\n" * 250_000),
        (lambda: "a " * 500_000, lambda: "a b " * 250_000),
        (lambda: "a b\n" * 250_000, lambda: "b a\n" * 250_000),
    ],
)
def test_a_megabyte_is_compared_in_bounded_time(make_old, make_new):
    old, new = make_old(), make_new()
    start = time.process_time()
    difference(old, new)
    assert time.process_time() - start < 30
