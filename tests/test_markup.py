"""Markdown becomes what readers of GitHub expect, and its links are filled in by the caller."""

import time

import pytest

from myplatform.markup import Heading, Resolved, Target, internal_targets, plain_text, render


def nowhere(target, is_image):
    return None


def html(text, resolve=nowhere):
    return str(render(text, resolve).html)


def test_commonmark_tables_strikethrough_tasks_and_footnotes():
    text = "| a | b |\n|--:|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n"
    text += "~~gone~~ note[^1]\n\n[^1]: Small print.\n"
    out = html(text)
    assert '<div class="table-scroll" tabindex="0"><table>' in out
    assert '<td class="text-end">1</td>' in out
    assert '<input type="checkbox" disabled="" checked="" aria-label="Done"> done' in out
    assert '<input type="checkbox" disabled="" aria-label="To do"> open' in out
    assert "<s>gone</s>" in out
    assert 'href="#fn1" id="fnref1"' in out
    assert "style=" not in out


def test_code_keeps_its_language_and_can_be_scrolled_from_the_keyboard():
    out = html("```python\nif a < b: pass\n```")
    assert out.startswith('<pre tabindex="0"><code class="language-python">if a &lt; b: pass')


def test_bare_links_are_linked_but_file_names_are_not():
    out = html("see https://example.org/x and README.md and ada@example.org")
    assert '<a href="https://example.org/x" rel="noopener noreferrer">' in out
    assert '<a href="mailto:ada@example.org">' in out
    assert "README.md and" in out


@pytest.mark.parametrize(
    ("titles", "anchors"),
    [
        (["Hello World", "Hello World", "Hello World"], ["hello-world", "hello-world-1", "hello-world-2"]),
        (["A & B", "What's *new*?", "snake_case"], ["a--b", "whats-new", "snake_case"]),
        (["a", "a-1", "a"], ["a", "a-1", "a-2"]),
        (["Größe", "目次", "!!!"], ["größe", "目次", "section"]),
        (["Main", "Main"], ["main-1", "main-2"]),  # "main" is the page's own landmark
    ],
)
def test_heading_anchors_are_those_of_github(titles, anchors):
    headings = render("\n\n".join(f"## {t}" for t in titles), nowhere).headings
    assert [h.id for h in headings] == anchors


def test_headings_come_with_level_and_text_also_from_raw_html():
    rendered = render("## One `code`\n\n<h3>Two &amp; more</h3>\n\nSetext\n---\n", nowhere)
    assert rendered.headings == (
        Heading(2, "one-code", "One code"),
        Heading(3, "two--more", "Two & more"),
        Heading(2, "setext", "Setext"),
    )
    assert 'id="two--more"' in rendered.html


def test_headings_of_a_text_stand_below_the_title_of_its_page():
    rendered = render("# One\n\n## Two\n\n###### Six", nowhere)
    assert [heading.level for heading in rendered.headings] == [2, 3, 6]
    assert "<h1" not in rendered.html
    assert "</h3>" in rendered.html
    assert [heading.level for heading in render("## Two\n\n### Three", nowhere).headings] == [2, 3]


def test_internal_targets_are_listed_once_without_tail():
    text = (
        "[a](../x.md#part) [b](../x.md?v=2) ![i](img/a%20b.png) [p](/-/id/12#f)\n"
        "<a href='/abs/x'>y</a> [r][ref]\n"
        "[self](#here) [m](mailto:a@example.org) [e](https://example.org/q) [h](//h/q)\n[q](?a=1)\n\n"
        "`[no](code.md)`\n\n[ref]: other.md\n"
    )
    assert internal_targets(text) == [
        Target("../x.md", False),
        Target("img/a%20b.png", True),
        Target("/-/id/12", False),
        Target("/abs/x", False),
        Target("other.md", False),
    ]


def test_links_are_filled_in_and_keep_query_and_fragment():
    asked = []

    def resolve(target, is_image):
        asked.append((target, is_image))
        return Resolved("/there?v=3" if is_image else "/there")

    out = html('[a](x.md?q=1&r=2#part "T") ![p](y.png?w=2)', resolve)
    assert '<a href="/there?q=1&amp;r=2#part" title="T">a</a>' in out
    assert '<img src="/there?v=3&amp;w=2" loading="lazy" alt="p">' in out
    assert asked == [("x.md", False), ("y.png", True)]


def test_dead_links_say_so_and_dead_images_become_their_words():
    out = html(
        "[a](gone.md) ![pic](gone.png)", lambda target, is_image: Resolved("/x/" + target, exists=False)
    )
    assert (
        '<a href="/x/gone.md" class="missing" title="This page does not exist, or you may not see it.">a</a>'
        in out
    )
    assert '<a href="/x/gone.png" class="missing"' in out
    assert "<img" not in out


def test_a_resolver_that_answers_nothing_leaves_the_target():
    assert '<a href="/static/x.css?a#b">' in html("[a](/static/x.css?a#b)")


def test_urls_from_the_resolver_are_escaped():
    out = html("[a](x)", lambda target, is_image: Resolved('/"><script>'))
    assert "<script>" not in out


def test_images_of_other_sites_are_links_because_the_policy_blocks_them():
    assert html("![Logo](https://example.org/l.png)") == (
        '<p><a href="https://example.org/l.png" rel="noopener noreferrer">Logo</a></p>\n'
    )
    assert '<a href="https://example.org" rel="noopener noreferrer"><span>b</span></a>' in html(
        "[![b](https://example.org/b.png)](https://example.org)"
    )


def test_plain_text_is_what_is_read_aloud():
    text = "# Title\n\nSome *bold* [link](x.md) & `code`.\n\n![A cat](c.png)\n\n<script>no()</script>\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert plain_text(text) == "Title\nSome bold link & code.\nA cat\na\nb\n1\n2"


def test_nothing_from_nothing():
    assert html("") == ""
    assert plain_text("") == ""
    assert internal_targets("") == []


def test_details_with_markdown_inside_stay():
    out = html('<details markdown="block">\n<summary>More</summary>\n\n**Inside**\n\n</details>')
    assert out.startswith("<details>\n<summary>More</summary>")
    assert "<strong>Inside</strong>" in out
    assert "markdown=" not in out


HOSTILE = {
    "brackets": "[" * 1_000_000,
    "brackets within bounds": "[" * 10_000,
    "images": "![" * 10_000,
    "quotes": ">" * 300_000,
    "nested lists": "".join("  " * (i % 300) + "- a\n" for i in range(900)),
    "open tags": "<div>" * 200_000,
    "open tags within bounds": "<div>" * 5_000,
    "formatting tags": "<b><p>" * 2_500,
    "backticks": "`a``b```c" * 30_000,
    "stars": "*a_ " * 70_000,
    "entities": "&amp" * 70_000,
    "angles": "<a@" * 100_000,
    "headings": "# a\n" * 20_000,
    "one megabyte of words": "word " * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name):
    start = time.process_time()
    rendered = html(HOSTILE[name])
    # Ten times what it takes here: the bound is against growth, which would be a hundred times.
    assert time.process_time() - start < 20
    assert len(rendered) < 8_000_000


def test_text_too_long_to_format_is_shown_as_typed():
    out = html("# a & b\n" * 50_000)
    assert out.startswith('<pre tabindex="0"># a &amp; b\n# a')


def test_rendering_twice_is_cheap_because_the_parse_is_kept():
    text = "word *bold* [x](y)\n\n" * 1_000
    first = html(text)
    start = time.process_time()
    for _ in range(10):
        assert html(text) == first
    ten_times = time.process_time() - start
    render.__globals__["_small"].cache_clear()
    start = time.process_time()
    html(text)
    assert ten_times / 10 < time.process_time() - start
