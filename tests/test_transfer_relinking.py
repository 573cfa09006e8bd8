"""Destinations of links change; every other character of a text stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.transfer.relinking import relinked


def upper(url, position):
    return "/-/id/" + url.upper()


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("[a](x.md#f) ![b](y.png)", "[a](/-/id/X.MD#F) ![b](/-/id/Y.PNG)"),
        ('[a](x.md "T (x.md)")', '[a](/-/id/X.MD "T (x.md)")'),
        ("[a](<x y.md>) [b](x%20y.md)", "[a](</-/id/X Y.MD>) [b](/-/id/X%20Y.MD)"),
        ("[a](x(1).md)", "[a](/-/id/X(1).MD)"),
        ("[a](\n  x.md)", "[a](\n  /-/id/X.MD)"),
        ("[a][r]\n\n[r]: x.md 'T'\n", "[a][r]\n\n[r]: /-/id/X.MD 'T'\n"),
        ("<a href=\"x.md\">a</a> <img src='y.png'>", "<a href=\"/-/id/X.MD\">a</a> <img src='/-/id/Y.PNG'>"),
        ("[![i](y.png)](x.md)", "[![i](/-/id/Y.PNG)](/-/id/X.MD)"),
        ("`[a](x.md)` [b](x.md)", "`[a](x.md)` [b](/-/id/X.MD)"),
        ("```\n[a](x.md)\n```\n[b](x.md)", "```\n[a](x.md)\n```\n[b](/-/id/X.MD)"),
        ("[a](https://example.org/x) [b](#f) [c](mailto:a@example.org)", None),
        ("[unused]: x.md", None),
        ("plain ](x.md) text", None),
        ("[a](x_y*z.md) [b](ü.md)", "[a](/-/id/X_Y*Z.MD) [b](/-/id/Ü.MD)"),
        ("| [a](x.md) |\n|---|\n| [b](y.md) |", "| [a](/-/id/X.MD) |\n|---|\n| [b](/-/id/Y.MD) |"),
    ],
)
def test_destinations(text, changed):
    assert relinked(text, upper) == (text if changed is None else changed)


def test_none_keeps_the_destination():
    assert relinked("[a](x) [b](y)", lambda url, position: "z" if url == "x" else None) == "[a](z) [b](y)"


def test_positions_lead_into_the_text():
    text = "a\n\n[b](x)\n[c](y)"
    seen = []
    relinked(text, lambda url, position: seen.append(text[position:].startswith(url)))
    assert seen == [True, True]


@given(
    st.lists(
        st.sampled_from(["[a](x)", "`", "```", "\n", "[", "](", ")", "x", "<a href='x'>", "~~~\n"]),
        max_size=15,
    )
)
def test_keeping_everything_changes_nothing(parts):
    text = "".join(parts)
    assert relinked(text, lambda url, position: None) == text
    assert relinked(text, lambda url, position: url) == text
