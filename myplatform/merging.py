"""Two edits of one text brought together: what does not touch each other by itself, the rest as blocks to choose.

    merge(base, theirs, mine)    # the text that both began from, and what each made of it

Between stretches of lines that all three texts share, a stretch that only one side changed, or both alike, is settled;
where both changed the same lines differently it is a `conflict`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .alignment import Run, common_runs

Fate = Literal["same", "theirs", "mine", "both", "conflict"]
Choice = Literal["theirs", "mine", "both"]
CHOICES: tuple[Choice, ...] = ("theirs", "mine", "both")


@dataclass(frozen=True)
class Stretch:
    """Lines with one fate, as they stand in each of the three texts.

    `same`: nobody changed them; `theirs`, `mine`: one side did; `both`: both did alike; `conflict`: differently.
    """

    fate: Fate
    base: tuple[str, ...]
    theirs: tuple[str, ...]
    mine: tuple[str, ...]

    def lines(self, choice: Choice) -> tuple[str, ...]:
        """The lines that go into the result; `choice` matters where the stretch is a conflict."""
        if self.fate != "conflict":
            return self.theirs if self.fate == "theirs" else self.mine
        return {"theirs": self.theirs, "mine": self.mine, "both": self.theirs + self.mine}[choice]


@dataclass(frozen=True)
class Merge:
    """A text in stretches, in order."""

    stretches: tuple[Stretch, ...]

    @property
    def conflicts(self) -> tuple[Stretch, ...]:
        """The stretches that somebody has to decide on."""
        return tuple(each for each in self.stretches if each.fate == "conflict")

    def text(self, choices: Mapping[int, Choice] | None = None) -> str:
        """The result; `choices` by the number of the conflict, from 0. Undecided ones keep both, theirs first."""
        lines: list[str] = []
        number = 0
        for each in self.stretches:
            lines += each.lines((choices or {}).get(number, "both"))
            number += each.fate == "conflict"
        return "\n".join(lines)


class _Shared(NamedTuple):
    """Lines that all three texts share: where they begin in each, and how many they are."""

    base: int
    theirs: int
    mine: int
    length: int


def merge(base: str, theirs: str, mine: str) -> Merge:
    """Bring two edits of `base` together line by line; line ends do not count."""
    texts = [_lines(base), _lines(theirs), _lines(mine)]
    return Merge(tuple(_stretches(*texts)))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _stretches(base: list[str], theirs: list[str], mine: list[str]) -> Iterator[Stretch]:
    done = _Shared(0, 0, 0, 0)
    end = _Shared(len(base), len(theirs), len(mine), 0)
    for shared in [*_shared(common_runs(base, theirs), common_runs(base, mine)), end]:
        between = (
            tuple(base[done.base : shared.base]),
            tuple(theirs[done.theirs : shared.theirs]),
            tuple(mine[done.mine : shared.mine]),
        )
        if any(between):
            yield Stretch(_fate(*between), *between)
        if shared.length:
            same = tuple(base[shared.base : shared.base + shared.length])
            yield Stretch("same", same, same, same)
        done = _Shared(*(place + shared.length for place in shared[:3]), 0)


def _shared(theirs: Sequence[Run], mine: Sequence[Run]) -> Iterator[_Shared]:
    """Where the runs that the base has in common with each side overlap."""
    i = j = 0
    while i < len(theirs) and j < len(mine):
        one, other = theirs[i], mine[j]
        start = max(one.old, other.old)
        end = min(one.old + one.length, other.old + other.length)
        if start < end:
            yield _Shared(start, one.new + start - one.old, other.new + start - other.old, end - start)
        if one.old + one.length < other.old + other.length:
            i += 1
        else:
            j += 1


def _fate(base: tuple[str, ...], theirs: tuple[str, ...], mine: tuple[str, ...]) -> Fate:
    if theirs == mine:
        return "both"
    if theirs == base:
        return "mine"
    return "theirs" if mine == base else "conflict"
