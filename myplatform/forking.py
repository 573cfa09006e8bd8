"""Servers load the application and then fork: what a child must not share with its parent is made anew."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

Owner = TypeVar("Owner")


def in_each_child(owner: Owner, renew: Callable[[Owner], Any]) -> None:
    """Call `renew` with the owner in each process that is forked from this one, as long as somebody keeps the owner."""
    reference = weakref.ref(owner)

    def renewed() -> None:
        if (kept := reference()) is not None:
            renew(kept)

    os.register_at_fork(after_in_child=renewed)
