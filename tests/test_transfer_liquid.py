"""Handbook Markdown loses its Liquid tags and nothing else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myplatform.transfer.liquid import UnknownTag, convert


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('[x]({% page "/a/b/#part" %})', "[x](/a/b/#part)"),
        ('[x]({% page "a/b" %})', "[x](/a/b)"),
        ("[x]({%page 'a'%})", "[x](/a)"),
        ('[x](\n{% page\n  "a/b"\n%})', "[x](\n/a/b)"),
        ('[x]({% link "https://example.org/a" %})', "[x](https://example.org/a)"),
        ('[x]({% link "about/us" %})', "[x](/about/us)"),
        ('[x]({% download "downloads/a b.pdf" %})', "[x](/downloads/a%20b.pdf)"),
        ('{% image "_img/a.png" "A [cat]" %}', "![A (cat)](/_img/a.png)"),
        ('{% image "_img/a.png" %}', "![](/_img/a.png)"),
        ('{% image "a.png" "don\'t click "allow"" %}', '![don\'t click "allow"](/a.png)'),
        ('{% image_with_class "a.png" "border" "A\n cat" %}', "![A cat](/a.png)"),
        ('{% slack_channel "help" %}', "#help"),
        ('{% slack_channel "help" "Ask us" %}', "Ask us (#help)"),
        ("a{% comment %} gone {% page 'x' %} {% endcomment %}b", "ab"),
        ("[x]({{site.base_url}}/a/)", "[x](/a/)"),
        ('`{{ "{%include%}" }}`', "`{%include%}`"),
        ('{{ "text" }}', "text"),
        ("`{% raw %}{%include%}{% endraw %}`", "`{%include%}`"),
        ("{%- raw -%}{% page 'x' %} `a` {%- endraw -%}", "{% page 'x' %} `a` "),
        ("```\n{% raw %}{% page 'x' %}{% endraw %}\n```", "```\n{% page 'x' %}\n```"),
        ("```\n{% page 'x' %}\n```\n{% page 'x' %}", "```\n{% page 'x' %}\n```\n/x"),
        ("- a\n  ~~~\n  {% page 'x' %}\n  ~~~\n", "- a\n  ~~~\n  {% page 'x' %}\n  ~~~\n"),
        ("`{% page 'x' %}` {% page 'x' %}", "`{% page 'x' %}` /x"),
        ("``a`{% page 'x' %}`` b", "``a`{% page 'x' %}`` b"),
        ("a ` b\n\n{% page 'x' %} ` c", "a ` b\n\n/x ` c"),
        ('a\n\n{% alert "Mind this", "warning" %}\n  One.\n\n  Two [x]({% page "y" %}).\n{% endalert %}\n\nb',
         "a\n\n> **Mind this**\n>\n> One.\n>\n> Two [x](/y).\n\nb"),
        ('{% alert "", "warning" %}\nx\n{% endalert %}', "> **Warning**\n>\n> x"),
        ("{% alert %}x{% endalert %}\nnext", "> **Note**\n>\n> x\n\n\nnext"),
        ("text {% alert %}x{% endalert %}", "text \n\n> **Note**\n>\n> x"),
        ("no tags { % at all } {", "no tags { % at all } {"),
        ("", ""),
    ],
)  # fmt: skip
def test_conversion(source, text):
    converted = convert(source)
    assert converted.text == text
    assert converted.unknown == []
    assert len(converted.lines) == text.count("\n") + 1


def test_unknown_tags_stay_readable_and_are_reported_with_their_line():
    source = 'a\n{% include "x.html"\n  step:1 %}\n{% comment %}\n{% endcomment %}\n'
    source += "{% for x in y %}{{ x }}{% endfor %}\n{% page %}"
    converted = convert(source, first_line=10)
    assert converted.unknown == [
        UnknownTag("include", 11),
        UnknownTag("for", 15),
        UnknownTag("{{ }}", 15),
        UnknownTag("endfor", 15),
        UnknownTag("page", 16),
    ]
    assert converted.text.startswith('a\n`{% include "x.html" step:1 %}`\n')
    assert converted.text.endswith("`{% for x in y %}``{{ x }}``{% endfor %}`\n`{% page %}`")


def test_tags_inside_callouts_are_reported_with_their_line():
    converted = convert('{% alert "t" %}\n\n  a\n  {% include "x" %}\n{% endalert %}', first_line=5)
    assert converted.unknown == [UnknownTag("include", 8)]


def test_lines_lead_back_to_the_source():
    source = 'one\n{% comment %}\n\n{% endcomment %}\ntwo [x]({% page\n "y" %}) three\nfour'
    converted = convert(source, first_line=7)
    lines = {line: converted.lines[n] for n, line in enumerate(converted.text.split("\n"))}
    assert lines["one"] == 7
    assert lines["four"] == 13
    assert converted.source_line(converted.text.index("four")) == 13
    assert converted.source_line(converted.text.index("(/y)")) in (11, 12)


pieces = st.sampled_from(
    ["{% raw %}", "{% endraw %}", "{% comment %}", "{% endcomment %}", "{% alert 'x' %}", "{% endalert %}",
     "{% page 'x' %}", "{% x", "%}", "{{", "}}", "`", "```", "\n", "\n\n", "  ", "text", "> ", "~~~\n",
     "{% image 'a' 'b' %}"]
)  # fmt: skip


@given(st.lists(pieces, max_size=20).map("".join))
@example("{% alert 'x' %}\n{% raw %}{% endalert %}{% raw %}")
def test_any_mixture_is_converted_and_every_line_has_a_source(source):
    converted = convert(source)
    assert len(converted.lines) == converted.text.count("\n") + 1
    assert all(1 <= line <= source.count("\n") + 1 for line in converted.lines)
    assert converted.lines == sorted(converted.lines)


@given(st.text("ab `\n>-#*[]()!.", max_size=60))
def test_text_without_tags_is_left_alone(text):
    assert convert(text).text == text
