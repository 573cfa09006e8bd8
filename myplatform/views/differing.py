"""How two fillings of the same form differ, input by input."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..difference import difference
from ..languages import gettext as _
from .forms import Input


def differing(before: Iterable[Input], after: Iterable[Input]) -> list[dict[str, Any]]:
    """For each input whose text differs: its label and the rows of the difference, word by word."""
    old = {each.name: text_in(each) for each in before}
    sides = []
    for each in after:
        new = text_in(each)
        if old[each.name] != new:
            sides.append({"label": each.label, "rows": difference(old[each.name], new).rows})
    return sides


def text_in(made: Input) -> str:
    """What an input holds, as a person reads it."""
    value = made.value
    if made.type == "checkbox":
        return _("Yes") if value in (True, "true", "on", "1", "yes") else _("No")
    if made.type == "select":
        return dict(made.options).get(value, value)
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return text.replace("\r\n", "\n")
