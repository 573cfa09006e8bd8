"""Fields of words: one line, Markdown, addresses of the web and of mail."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints
from sqlalchemy.types import TypeEngine

from ..languages import gettext as _
from ..models.base import OrderedText
from .field import WORDS, Field

INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
"""Control characters and the bidirectional overrides that can make a text read as another."""
LINE_BREAKS = re.compile("[\n\r\t\u2028\u2029]")


def visible(text: str) -> str:
    """The text, unless it carries characters that nobody can see; many lines are allowed."""
    if found := INVISIBLE.search(text):
        raise ValueError(_("has an invisible control character (U+%(value)s); remove it", value=f"{ord(found[0]):04X}"))
    return text


def on_one_line(text: str) -> str:
    """The text, unless it carries line breaks or invisible characters."""
    if LINE_BREAKS.search(text):
        raise ValueError(_("must be on one line"))
    return visible(text)


def without_carriage_returns(text: str) -> str:
    """Line ends as one character, as browsers' forms send two."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class Text(Field):
    """Words on one line."""

    type_name = "text"
    operators = WORDS
    is_text = True

    def __init__(self, label: str = "", *, max_length: int = 255, pattern: str | None = None, **options: Any):
        super().__init__(label, **options)
        self.max_length = max_length
        self.pattern = pattern

    def column_type(self) -> TypeEngine[Any]:
        return OrderedText

    def annotation(self) -> Any:
        constraints = StringConstraints(
            strip_whitespace=True,
            min_length=1 if self.required else None,
            max_length=self.max_length,
            pattern=self.pattern,
        )
        return Annotated[str, constraints, AfterValidator(on_one_line)]


class RichText(Field):
    """Markdown, stored exactly as it was typed."""

    type_name = "rich text"
    widget = "markdown"
    operators = frozenset({"contains", "isnull"})
    is_text = True

    def __init__(self, label: str = "", *, max_length: int = 1 << 20, in_lists: bool = False, **options: Any):
        super().__init__(label, in_lists=in_lists, **options)
        self.max_length = max_length

    def column_type(self) -> TypeEngine[Any]:
        return OrderedText

    def annotation(self) -> Any:
        return Annotated[
            str,
            StringConstraints(min_length=1 if self.required else None, max_length=self.max_length),
            AfterValidator(without_carriage_returns),
            AfterValidator(visible),
        ]

    def from_form(self, values: list[str]) -> Any:
        return values[-1] if values and values[-1].strip() else None


class Url(Text):
    """A web address, http or https."""

    type_name = "URL"
    widget = "url"

    def __init__(self, label: str = "", **options: Any):
        super().__init__(label, max_length=2000, pattern=r"^https?://[^\s<>\"]+$", **options)


def _email_address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>\"(),:;\\]+@[^@\s<>\"(),:;\\]+", text):
        raise ValueError(_("must be an e-mail address such as ada@example.com"))
    return text


class Email(Text):
    """An e-mail address."""

    type_name = "e-mail"
    widget = "email"

    def __init__(self, label: str = "", **options: Any):
        super().__init__(label, max_length=254, **options)

    def annotation(self) -> Any:
        return Annotated[super().annotation(), AfterValidator(_email_address)]
