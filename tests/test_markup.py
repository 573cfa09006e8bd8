"""Markdown becomes what readers of GitHub expect, and its links are filled in by the caller."""

import re
import time
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.markup import Heading, Picture, Resolved, Target, internal_targets, plain_text, render
from myplatform.markup.highlighting import highlighted


def nowhere(target, is_image):
    return None


def html(text, resolve=nowhere):
    return str(render(text, resolve).html)


def test_commonmark_tables_strikethrough_tasks_and_footnotes():
    text = "| a | b |\n|--:|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n"
    text += "~~gone~~ note[^1]\n\n[^1]: Small print.\n"
    out = html(text)
    assert '<div class="table-scroll" role="region" aria-label="Table" tabindex="0"><table dir="auto">' in out
    assert '<td class="text-end">1</td>' in out
    assert '<input type="checkbox" disabled="" checked="" aria-label="Done"> done' in out
    assert '<input type="checkbox" disabled="" aria-label="To do"> open' in out
    assert "<s>gone</s>" in out
    assert 'href="#fn1" id="fnref1"' in out
    assert "style=" not in out


def test_code_keeps_its_language_and_can_be_scrolled_from_the_keyboard():
    out = html("```python\nif a < b: pass\n```")
    assert '<p class="code-label">Python</p><pre tabindex="0"><code class="language-python">' in out
    assert '<span class="code-keyword">if </span>a &lt; b: <span class="code-keyword">pass' in out


def test_code_that_nobody_knows_is_shown_in_one_colour():
    assert '<code class="language-runes">a &lt; b\n</code>' in html("```runes\na < b\n```")
    assert "<code>a &lt; b\n</code>" in html("```\na < b\n```")
    assert "<code>a &lt; b\n</code>" in html("    a < b")
    assert "<span" not in html("```python\n" + "if a: pass\n" * 3000 + "```")
    assert "<span" not in html("```python\nif a: pass" + " " * 100 + "\n```")
    assert "<span" not in html("```python\n# " + "wide " * 60 + "\n```")
    assert "<span" not in html("```autoit\nIf a Then b\n```")


@given(st.text(), st.sampled_from(["python", "html", "yaml", "sql", "bash", "diff", "json", "js"]))
def test_colours_take_nothing_from_the_code(text, language):
    coloured = highlighted(text, language)
    if coloured is None:
        return
    plain = unescape(re.sub(r'</?span(?: class="code-[a-z]+")?>', "", coloured))
    assert plain == text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def test_tables_are_regions_named_by_the_heading_above():
    out = html("## Days\n\n| a |\n|---|\n| 1 |\n")
    assert '<div class="table-scroll" role="region" aria-label="Table: Days" tabindex="0">' in out


def test_callouts_hold_markdown_with_links_and_footnotes_of_the_text():
    text = "````warning Mind *this*\n[a](x.md)[^1]\n\n```python\nx\n```\n````\n\n[^1]: Small.\n"
    out = html(text)
    assert out.startswith('<div class="callout warning" role="note"><div class="callout-text">')
    assert '<p class="callout-title" dir="auto">Mind <em>this</em></p>' in out
    assert '<a href="x.md">a</a>' in out
    assert 'href="#fn1"' in out
    assert "language-python" in out
    assert out.count("<div") == out.count("</div>")
    assert internal_targets(text) == [Target("x.md", False)]
    assert plain_text(text).startswith("Mind this\na")


def test_callouts_nest_no_deeper_than_anybody_needs():
    text = "x\n"
    for fence in range(3, 9):
        text = "`" * fence + f"note\n{text}" + "`" * fence + "\n"
    out = html(text)
    assert out.count('role="note"') == 3
    assert "language-note" in out


def test_an_image_alone_in_its_paragraph_is_a_figure_with_its_caption():
    plain = html("![The desk](desk.png)", lambda target, is_image: Resolved("/desk", picture=Picture(200, 100)))
    assert plain == (
        '<figure><img src="/desk" loading="lazy" alt="The desk" width="200" height="100">'
        '<figcaption dir="auto">The desk</figcaption></figure>\n'
    )
    titled = html('![desk](desk.png "By the window")', lambda target, is_image: Resolved("/desk"))
    assert "<figcaption dir=\"auto\">By the window</figcaption>" in titled
    assert "<figure" not in html("See ![desk](desk.png)")
    assert "<figcaption" not in html("![](desk.png)")


def test_a_large_image_comes_small_and_leads_to_the_whole():
    picture = Picture(2000, 1000, "/desk/small", 960)
    out = html("![desk](desk.png)", lambda target, is_image: Resolved("/desk", picture=picture))
    assert '<a class="zoom" href="/desk"><img src="/desk/small"' in out
    assert 'srcset="/desk/small 960w, /desk 2000w"' in out
    assert 'width="2000" height="1000"' in out
    linked = html("[![desk](desk.png)](/x)", lambda target, is_image: Resolved("/desk", picture=picture))
    assert 'class="zoom"' not in linked


def test_a_named_block_is_drawn_by_whoever_asks_for_the_text():
    asked = []

    def block(name, source, headings):
        asked.append((name, source, [heading.id for heading in headings]))
        return "<i>drawn</i>" if name == "recent" else None

    text = "# One\n\n```recent\nin: /a < b\n```\n\n- ```python\n  x\n  ```\n\n# Two"
    out = str(render(text, nowhere, block=block).html)
    assert "<i>drawn</i>" in out
    assert "language-python" in out
    assert asked == [("recent", "in: /a < b\n", ["one", "two"]), ("python", "x\n", ["one", "two"])]
    assert plain_text(text) == "One\nin: /a < b\nx\nTwo"


def test_each_paragraph_runs_in_its_own_direction():
    out = html("# عنوان\n\nنص\n\n> words\n\n- one\n")
    assert out.count('dir="auto"') == 4
    assert '<p dir="rtl">' in html('<p dir="rtl">x</p>')


def test_bare_links_are_linked_but_file_names_are_not():
    out = html("see https://example.org/x and README.md and ada@example.org")
    assert '<a href="https://example.org/x" class="external" rel="noopener noreferrer">' in out
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
        '<p><a href="https://example.org/l.png" class="external" rel="noopener noreferrer">Logo</a></p>\n'
    )
    assert '<a href="https://example.org" class="external" rel="noopener noreferrer"><span>b</span></a>' in html(
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
    assert out.startswith("<details>\n<summary dir=\"auto\">More</summary>")
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
    "schemes": "a" * 200_000 + "!http://" * 10_000,
    "joined addresses": "http://a" * 30_000,
    "one megabyte of words": "word " * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name):
    start = time.process_time()
    rendered = html(HOSTILE[name])
    # Ten times what it takes here: the bound is against growth, which would be a hundred times.
    assert time.process_time() - start < 20
    assert len(rendered) < 8_000_000


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(http://a.de)", "http://a.de"),
        ("words " * 9 + "HTTPS://a.de/b.", "HTTPS://a.de/b"),
        ("xhttp://a.de", None),
    ],
)
def test_bare_addresses_become_links_wherever_they_stand(text, address):
    out = html(text)
    assert f'<a href="{address}"' in out if address else "<a " not in out


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
    render.__globals__["_small"].clear()
    start = time.process_time()
    html(text)
    assert ten_times / 10 < time.process_time() - start
