"""Brings the catalogues of translations up to date with the words in the code. `make words` runs it.

Words are what gettext functions are called with in Python, templates and scripts, the labels of fields, and what kinds
are called. Translations stay; words that are gone are dropped, new ones wait to be translated.
"""

from __future__ import annotations

import ast
import datetime as dt
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / "myplatform"
LOCALE = PACKAGE / "locale"
FIELDS = ("Text", "RichText", "Integer", "Number", "Money", "YesNo", "Date", "DateTime", "Choice", "Choices", "Person")
FIELDS += ("Link", "Url", "Email", "DayOfYear")
KEYWORDS = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2), "untouched_ngettext": (1, 2)}
KIND_WORDS = ("label", "plural", "description", "title_label")
IN_TEMPLATES = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}

BEGUN = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)

Word = tuple[str, int, str | tuple[str, ...]]
"""A file, a line, and the message there, with its plural where it has one."""


def words() -> Iterator[Word]:
    """All words that people read, in the order of files and lines."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield from _extracted(path, "python", KEYWORDS)
            yield from _labels(path)
    for path in sorted((PACKAGE / "templates").rglob("*.jinja2")):
        yield from _extracted(path, "jinja2", KEYWORDS, IN_TEMPLATES)
    for path in sorted((ROOT / "frontend").rglob("*.js")):
        yield from _extracted(path, "javascript", {"word": None})


def _extracted(path: Path, method: str, keywords: dict, options: dict | None = None) -> Iterator[Word]:
    with path.open("rb") as source:
        for line, message, _comments, _context in extract(method, source, keywords=keywords, options=options or {}):
            yield str(path.relative_to(ROOT)), line, message


def _labels(path: Path) -> Iterator[Word]:
    """Labels and helps of fields, and what classes of kinds are called."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    file = str(path.relative_to(ROOT))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FIELDS:
            told = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "help")]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in KIND_WORDS:
            told = [node.value]
        else:
            continue
        for each in told:
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
                yield file, each.lineno, each.value


def template() -> Catalog:
    """A catalogue of all words, none translated."""
    catalog = Catalog(project="myplatform", charset="utf-8")
    for file, line, message in words():
        catalog.add(message if isinstance(message, str) else tuple(message[:2]), locations=[(file, line)])
    return catalog


def updated(path: Path) -> bytes:
    """The catalogue at `path` with all words as they are now, in the order of their files."""
    with path.open("rb") as source:
        catalog = read_po(source, locale=path.parent.parent.name)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = BEGUN  # the same words are the same file
    written = BytesIO()
    write_po(written, catalog, width=120, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    return written.getvalue()


def is_translated(message: Message) -> bool:
    """Whether a message has its words in the language, all plurals included."""
    return bool(message.string) if isinstance(message.string, str) else all(message.string)


def catalogues() -> list[Path]:
    """The files of all languages."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/myplatform.po"))


def main() -> None:
    """Update every catalogue and tell how much of it is translated; LANGUAGE as an argument begins a new one."""
    for language in sys.argv[1:]:
        path = LOCALE / language / "LC_MESSAGES" / "myplatform.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as begun:
            about = {"project": "myplatform", "header_comment": f"# The words of myplatform in {language}."}
            write_po(begun, Catalog(language, charset="utf-8", fuzzy=False, **about))
    for path in catalogues():
        path.write_bytes(updated(path))
        with path.open("rb") as source:
            messages = [message for message in read_po(source) if message.id]
        done = sum(is_translated(message) for message in messages)
        print(f"{path.parent.parent.name}: {done} of {len(messages)} words are translated")


if __name__ == "__main__":
    main()
