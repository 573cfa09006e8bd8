"""How an import or export says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Told of each thing: how many are done, of how many, and which one."""


def silent(_done: int, _total: int, _place: str) -> None:
    """The progress of something that nobody watches."""
