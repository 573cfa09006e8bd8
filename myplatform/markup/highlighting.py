"""Colours for code: Pygments finds out what each word is, and a class says which of a few meanings it has."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String, Token, _TokenType
from pygments.util import ClassNotFound

# Many of Pygments' languages take minutes for a few thousand characters made to be slow. Those here were measured, and
# what is coloured is bounded in length and width; everything else is shown in one colour.
LANGUAGES = frozenset({
    "bash", "c", "cpp", "csharp", "css", "diff", "docker", "go", "html", "http", "ini", "java", "javascript", "json",
    "kotlin", "lua", "php", "powershell", "properties", "python", "r", "ruby", "rust", "scss", "sql", "swift", "toml",
    "typescript", "xml", "yaml",
})  # fmt: skip
MAX_COLOURED = 5_000
"""Characters of one block of code that are coloured."""
WIDEST_LINE = 250
"""Characters of its longest line."""
_LONG_GAP = re.compile(r"\s{100}")

MEANINGS: dict[_TokenType, str] = {
    Comment: "comment",
    Comment.Preproc: "keyword",
    Keyword: "keyword",
    Keyword.Constant: "number",
    Operator.Word: "keyword",
    String: "string",
    Literal: "string",
    Number: "number",
    Name.Function: "name",
    Name.Class: "name",
    Name.Tag: "keyword",
    Name.Attribute: "name",
    Name.Decorator: "name",
    Name.Builtin: "name",
    Name.Constant: "number",
    Generic.Deleted: "deleted",
    Generic.Inserted: "inserted",
    Generic.Heading: "name",
    Generic.Subheading: "name",
    Generic.Prompt: "comment",
    Generic.Output: "comment",
}


def highlighted(text: str, language: str) -> str | None:
    """The code as safe HTML with a class on each word that has a meaning; None where it is shown in one colour."""
    lexer = _lexer(language.lower())
    if lexer is None or not LANGUAGES.intersection(lexer.aliases):
        return None
    if len(text) > MAX_COLOURED or max(map(len, text.split("\n"))) > WIDEST_LINE or _LONG_GAP.search(text):
        return None
    written: list[str] = []
    open_meaning = ""
    for token, words in lexer.get_tokens(text):
        meaning = _meaning(token)
        if meaning != open_meaning and words.strip():
            written.append("</span>" if open_meaning else "")
            written.append(f'<span class="code-{meaning}">' if meaning else "")
            open_meaning = meaning
        written.append(escape(words))
    return "".join(written) + ("</span>" if open_meaning else "")


def language_label(language: str) -> str:
    """What people call the language: "Python", "YAML"; as it was written where nobody knows it."""
    lexer = _lexer(language.lower())
    return lexer.name if lexer is not None else language


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        return None


@lru_cache(maxsize=1024)
def _meaning(token: _TokenType) -> str:
    while token is not Token and token is not None:
        if token in MEANINGS:
            return MEANINGS[token]
        token = token.parent
    return ""
