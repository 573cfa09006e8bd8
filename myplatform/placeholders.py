"""Words in a template's text that stand for something of the page that is made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{\{ *(\w+) *\}\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with `{{name}}` replaced by the value of that name; any other stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
