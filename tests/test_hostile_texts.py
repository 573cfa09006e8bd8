"""No text that somebody writes or imports keeps the process busy for long."""

import time

import pytest

from myplatform.actions.vocabulary import words_of
from myplatform.content.page import Page
from myplatform.transfer.documents import document_from
from myplatform.transfer.liquid import convert
from myplatform.transfer.relinking import relinked

LONG = 300_000
MOST_SECONDS = 30
"""Generous, for busy machines: each of these took hours once."""

READINGS = {
    "words of blank lines": lambda: words_of(Page, "Page", {"body": "a" + "\n" * LONG + "b"}),
    "words of a long rule": lambda: words_of(Page, "Page", {"body": "a\n" + "=" * LONG + "b"}),
    "a heading with gaps": lambda: document_from("# a" + " " * LONG + "b" + " " * LONG + "c\nd"),
    "a heading of signs": lambda: document_from("# a" + " #" * LONG + " b"),
    "a link to blanks": lambda: relinked("[a](/b) [c](" + " " * LONG + "<", lambda url, position: None),
    "a definition of blanks": lambda: relinked("[a](/b)\n\n[c]:" + " " * LONG + "<", lambda url, position: None),
    "a tag with a long name": lambda: convert("{% " + "a" * LONG),
    "long quoted output": lambda: convert("{{ 'a" + " 'a" * LONG + " }}"),
    "comments without ends": lambda: convert("{% comment %}" * 200 + "a" * LONG),
    "a fence without an end of its line": lambda: convert("`" * LONG),
    "a fence among links": lambda: relinked("[a](/b)\n" + "~" * LONG, lambda url, position: None),
    "raw text without ends in code": lambda: convert("~~~\n" + "{% raw %}" * 200 + "a" * LONG),
    "raw text without ends": lambda: convert("{% raw %}" * 200 + "a" * LONG),
}


@pytest.mark.parametrize("named", READINGS)
def test_it_is_read_in_seconds(named):
    started = time.process_time()
    READINGS[named]()
    assert time.process_time() - started < MOST_SECONDS
