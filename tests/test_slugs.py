"""Whatever people call things, the address is readable, safe and unique."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.slugs import slug_from, slug_from_filename, slug_problem, unique_slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Travel & leave", "travel-leave"),
        ("What's new?", "whats-new"),
        ("Größe — Übersicht", "größe-übersicht"),
        ("目次", "目次"),
        ("हिन्दी में", "हिन्दी-में"),
        ("שלום עולם", "שלום-עולם"),
        ("ﬁle ①", "file-1"),
        ("  ", "untitled"),
        ("🎉", "untitled"),
        ("..", "untitled"),
        ("-", "untitled"),
        ("@items", "items"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\u202eb\u200bc\x00d", "abcd"),
        ("e\u0301", "é"),
        ("snake_case v1.2", "snake-case-v1-2"),
        ("line\nbreak\ttab", "line-break-tab"),
        ("\ud800", "untitled"),
    ],
)
def test_slugs_of_titles(title, slug):
    assert slug_from(title) == slug


def test_long_titles_end_at_a_word():
    slug = slug_from("word " * 2_500)
    assert len(slug) <= 100
    assert slug.endswith("word")
    assert len(slug_from("x" * 10_000)) == 100
    assert len(slug_from("目" * 10_000).encode()) <= 230


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Slack_Mark.svg", "Slack_Mark.svg"),
        ("3. Review and reserve flights, pt. 1.png", "3.-Review-and-reserve-flights-pt.-1.png"),
        ("../../x.txt", "x.txt"),
        ("C:\\dir\\x.txt", "x.txt"),
        ("..", "file"),
        ("", "file"),
        (".hidden", "hidden"),
        ("con", "con-file"),
        ("CON.txt", "CON-file.txt"),
        ("nul.tar.gz", "nul.tar.gz"),
        ("a\x00b.png", "ab.png"),
        ("gnp.\u202etxt", "gnp.txt"),
        ("日本.pdf", "日本.pdf"),
        ("@x.png", "x.png"),
        ("a..b.png", "a.b.png"),
        ("no extension", "no-extension"),
    ],
)
def test_slugs_of_files(name, slug):
    assert slug_from_filename(name) == slug


def test_long_file_names_keep_their_extension():
    slug = slug_from_filename("x" * 10_000 + ".png")
    assert len(slug) == 100
    assert slug.endswith("x.png")


@given(st.text())
def test_every_slug_made_is_one(text):
    assert slug_problem(slug_from(text)) is None
    assert slug_problem(slug_from_filename(text)) is None
    assert slug_from(slug_from(text)) == slug_from(text)


@given(st.text(), st.integers(0, 30))
def test_unique_slugs_are_new_and_valid(text, count):
    taken = set()
    for wanted in [slug_from(text), slug_from_filename(text + ".png")] * (count + 1):
        slug = unique_slug(wanted, taken)
        assert slug not in taken
        assert slug_problem(slug) is None
        taken.add(slug)


def test_numbers_go_before_the_extension():
    assert unique_slug("a.png", {"a.png", "a-2.png"}) == "a-3.png"
    assert unique_slug("a", {"a"}) == "a-2"


@pytest.mark.parametrize(
    "slug",
    ["", "x" * 101, "目" * 90, ".", "..", "-", "@items", "a/b", "a b", "a\x00", "a\u202e", "a\u200b", "e\u0301",
     "a?b", "a#b", "a%b", "a\\b", "a\nb", "\ud800", "a\u2028b", "🎉", "<b>"],
)  # fmt: skip
def test_what_no_slug_can_be_is_said_in_a_sentence(slug):
    problem = slug_problem(slug)
    assert problem is not None
    assert problem.endswith(".")
    assert all(unicodedata.category(c) != "Cs" for c in problem)
