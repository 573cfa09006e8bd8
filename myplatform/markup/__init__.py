"""Markdown for people: text is stored as typed and becomes safe HTML each time it is shown.

text ──parse──> tokens ──> HTML ──sanitise──> clean HTML ──pieces──> render(text, resolve)
                                                          └───────> internal_targets, plain_text
"""

from .parsing import CALLOUTS, unsafe_html
from .parts import Heading, Picture, Resolve, Resolved
from .rendering import Rendered, headings, internal_targets, learn, plain_text, render
from .targets import Target, is_internal, normalise_target, split_target

__all__ = [
    "CALLOUTS",
    "Heading",
    "Picture",
    "Rendered",
    "Resolve",
    "Resolved",
    "Target",
    "headings",
    "internal_targets",
    "is_internal",
    "learn",
    "normalise_target",
    "plain_text",
    "render",
    "split_target",
    "unsafe_html",
]
