"""Markdown for people: text is stored as typed and becomes safe HTML each time it is shown.

text ──parse──> tokens ──> HTML ──sanitise──> clean HTML ──pieces──> render(text, resolve)
                                                          └───────> internal_targets, plain_text
"""

from .pieces import Heading
from .rendering import Rendered, Resolved, headings, internal_targets, plain_text, render
from .targets import Target, is_internal, normalise_target, split_target

__all__ = [
    "Heading",
    "Rendered",
    "Resolved",
    "Target",
    "headings",
    "internal_targets",
    "is_internal",
    "normalise_target",
    "plain_text",
    "render",
    "split_target",
]
