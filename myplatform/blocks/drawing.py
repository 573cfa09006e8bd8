"""The geometry of charts: numbers become lengths, arcs and points; templates draw them in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 600, 160, 6
"""Units of the drawing of a line; it is stretched to the width that there is."""
RING = 100
"""Length of the ring of a donut, in the units of its dashes."""

APART = 0.6


@dataclass(frozen=True)
class Bar:
    """One group of a chart: its name, its value in words, and its share of the largest, from 0 to 100."""

    name: str
    value: str
    share: float


@dataclass(frozen=True)
class Arc:
    """A part of a ring: how long it is and where it begins, both in hundredths of the ring."""

    length: float
    start: float

    @property
    def dash(self) -> float:
        """What is drawn of it: a little less, so that neighbours are told apart."""
        return round(max(self.length - APART, 0), 2) if self.length < RING else RING

    @property
    def gap(self) -> float:
        """What is left of the ring."""
        return round(RING - self.dash, 2)


def shares(numbers: Sequence[float]) -> list[float]:
    """Each number in hundredths of the largest; what is less than nothing has no length."""
    largest = max(numbers, default=0)
    return [round(max(number, 0) / largest * 100, 2) if largest > 0 else 0.0 for number in numbers]


def donut(numbers: Sequence[float]) -> list[Arc]:
    """The parts of a ring, one after the other."""
    total, arcs, start = sum(numbers), [], 0.0
    for number in numbers:
        length = number / total * RING if total else 0.0
        arcs.append(Arc(round(length, 2), round(start, 2)))
        start += length
    return arcs


def line(numbers: Sequence[float]) -> list[tuple[float, float]]:
    """Points from left to right; nothing is at the bottom, or what is least where that is less than nothing."""
    if not numbers:
        return []
    low, high = min(0, *numbers), max(0, *numbers)
    step = (WIDTH - 2 * MARGIN) / max(len(numbers) - 1, 1)
    scale = (HEIGHT - 2 * MARGIN) / (high - low or 1)
    return [
        (round(MARGIN + number * step, 1), round(HEIGHT - MARGIN - (value - low) * scale, 1))
        for number, value in enumerate(numbers)
    ]
