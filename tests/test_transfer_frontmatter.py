"""Front matter is read as YAML or refused with its line, and what is written is read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.transfer.frontmatter import Unreadable, split_front_matter, text_list, with_front_matter


def test_values_body_and_the_line_the_body_starts_on():
    matter = split_front_matter("---\ntitle: A\nkeywords:\n  - x\n---\n\nBody\n---\n")
    assert matter.values == {"title": "A", "keywords": ["x"]}
    assert matter.body == "\nBody\n---\n"
    assert matter.body_line == 6


@pytest.mark.parametrize("text", ["", "# No front matter", "text\n---\n", "----\n", " ---\n---\n"])
def test_a_text_without_front_matter_is_all_body(text):
    matter = split_front_matter(text)
    assert (matter.values, matter.body, matter.body_line) == ({}, text, 1)


def test_empty_front_matter():
    assert split_front_matter("---\n---\nx").values == {}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\ntitle: A\nnever closed", 1, "never closed"),
        ("---\ntitle: A\nb: [1\n---\n", 4, ""),
        ('---\ntitle: "a" b\n---\n', 2, ""),
        ("---\n- a\n---\n", 2, "not a list of"),
        ("---\na: !!python/object/apply:os.system [x]\n---\n", 2, "constructor"),
        ("---\na: &x [1]\nb: *x\n---\n", 3, "aliases"),
        ("---\na: \x07\n---\n", 2, "not YAML"),
        ("---\nd: 2024-02-31\n---\n", 2, "not YAML"),
    ],
)
def test_bad_front_matter_names_its_line(text, line, words):
    with pytest.raises(Unreadable) as caught:
        split_front_matter(text)
    assert caught.value.line == line
    assert words in caught.value.message


def test_lists_may_be_written_as_one_text():
    assert text_list("a") == ["a"]
    assert text_list(["a", " ", None, 2]) == ["a", "2"]
    assert text_list(None) == []


values = st.dictionaries(
    st.text("abcdef_", min_size=1),
    st.text(st.characters(exclude_categories=("Cs", "Cc"))) | st.integers() | st.booleans(),
)


@given(values, st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_what_is_written_is_read_back(values, body):
    matter = split_front_matter(with_front_matter(values, body))
    assert matter.values == values
    assert matter.body == body
