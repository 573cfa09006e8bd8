"""A link names the same node for the reader's browser, for the importer and for the index of links."""

from urllib.parse import quote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.markup import is_internal, normalise_target, split_target

BASE = "/handbook/tools"


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("slack", "/handbook/tools/slack"),
        ("slack/", "/handbook/tools/slack"),
        ("slack.md", "/handbook/tools/slack"),
        ("Slack.MD", "/handbook/tools/Slack"),
        ("./slack//x", "/handbook/tools/slack/x"),
        ("../leave.md", "/handbook/leave"),
        ("../../../../x", "/x"),
        ("..", "/handbook"),
        (".", "/handbook/tools"),
        ("", "/handbook/tools"),
        ("/", "/"),
        ("/a/b/", "/a/b"),
        ("index.md", "/handbook/tools"),
        ("../README.md", "/handbook"),
        ("/index.md", "/"),
        ("/-/id/12", 12),
        ("/-/id/12/", 12),
        ("/-/id/0", None),
        ("/-/id/9223372036854775807", 9223372036854775807),
        ("/-/id/9999999999999999999", None),
        ("/-/id/x", "/-/id/x"),
        ("a%20b.png", "/handbook/tools/a b.png"),
        ("caf%C3%A9", "/handbook/tools/café"),
        ("cafe%CC%81", "/handbook/tools/café"),
        ("%2e%2e/x", "/handbook/x"),
        ("a%2Fb", "/handbook/tools/a/b"),
        ("%00", None),
        ("a%0Ab", None),
        ("%ff", "/handbook/tools/\ufffd"),
        ("notes.txt", "/handbook/tools/notes.txt"),
        ("  slack ", "/handbook/tools/slack"),
    ],
)
def test_what_a_target_names(target, named):
    assert normalise_target(target, BASE) == named


def test_the_root_as_base():
    assert normalise_target("a/b", "/") == "/a/b"
    assert normalise_target("..", "/") == "/"


@pytest.mark.parametrize("url", ["x", "../x#f", "/x?y", "/-/id/3", "a b.png", ".", "x/y.md"])
def test_internal(url):
    assert is_internal(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "#f",
        "?q",
        "http://h/x",
        "HTTPS://h",
        "mailto:a@b",
        "//h/x",
        "\\\\h",
        "/\\h",
        "tel:1",
        "x:y",
        "  //h",
    ],
)
def test_not_internal(url):
    assert not is_internal(url)


segment = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/"), min_size=1, max_size=8
)
path = st.lists(segment | st.sampled_from(["..", ".", "", "index.md", "a.md"]), max_size=6).map("/".join)


@given(path, path)
def test_the_answer_is_a_clean_absolute_path_and_stays_itself(target, base):
    named = normalise_target(target, "/" + base)
    if isinstance(named, str):
        assert named.startswith("/")
        assert named == "/" or not named.endswith("/")
        assert not {"", ".", ".."} & set(named.split("/")[1:]) or named == "/"
        assert isinstance(normalise_target(quote(named), "/elsewhere"), str | int)


plain = st.lists(st.sampled_from(["a", "b", "..", ".", "c"]), max_size=6).map("/".join)


@given(plain, st.lists(st.sampled_from(["x", "y"]), max_size=3).map("/".join))
def test_relative_targets_lead_where_browsers_go(target, base):
    folder = f"/{base}/" if base else "/"
    expected = urljoin(f"https://h{folder}", target)[len("https://h") :].split("?")[0]
    assert normalise_target(target, f"/{base}") == ("/" + "/".join(filter(None, expected.split("/"))))


@given(st.text(max_size=30))
def test_splitting_loses_nothing(url):
    head, tail = split_target(url)
    assert head + tail == url
    assert tail == "" or tail[0] in "?#"
    normalise_target(head, BASE)
