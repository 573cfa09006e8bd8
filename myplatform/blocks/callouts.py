"""Call-outs hold Markdown and are part of the text: `markup` draws them. Here they are named for the editor."""

from __future__ import annotations

from ..languages import mark
from .block import Block


class Note(Block):
    """Something to know by the way."""

    name = "note"
    label = mark("Note")
    description = mark("Sets a part of the text apart.")
    icon = "note"
    holds_text = True
    sample = "Write *Markdown* here."


class Info(Note):
    """Something worth knowing."""

    name = "info"
    label = mark("Information")
    description = mark("Sets apart what is good to know.")
    icon = "info"


class Good(Note):
    """What is right or done."""

    name = "good"
    label = mark("Good")
    description = mark("Sets apart what is right or done.")
    icon = "good"


class Warn(Note):
    """What to take care of."""

    name = "warning"
    label = mark("Warning")
    description = mark("Sets apart what to take care of.")
    icon = "warning"


CALLOUTS = (Note, Info, Good, Warn)
