"""The readable difference of two texts: words kept, added and removed, with unchanged lines folded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from .alignment import Run, common_runs

Kind = Literal["kept", "added", "removed"]
RowKind = Literal["kept", "added", "removed", "changed", "folded", "cut"]

_WORD = re.compile(r"\w+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WORDS = re.compile(r"\w+|[^\S\n]+|\n|[^\w\s]")
# With a smaller share of common characters two passages are shown one after the other.
_LEAST_IN_COMMON = 0.2
_SHORTEST_KEPT = 4
# Longer passages are not compared word by word, and no more lines of one passage are listed: nobody reads them.
_LONGEST_COMPARED = 200_000
_MOST_LINES = 5_000


@dataclass(frozen=True)
class Segment:
    """A stretch of text with one fate."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Row:
    """One line of the difference; a `folded` row stands for `hidden` unchanged lines, a `cut` one for changed ones."""

    kind: RowKind
    segments: tuple[Segment, ...] = ()
    hidden: int = 0


@dataclass(frozen=True)
class Difference:
    """All rows of a difference, and how many words were added and removed."""

    rows: tuple[Row, ...]
    added: int
    removed: int


def difference(old: str, new: str, context: int = 3) -> Difference:
    """How `old` became `new`, with `context` unchanged lines around each change; line ends do not count."""
    rows: list[Row] = []
    words: Counter[str] = Counter()
    for kind, old_part, new_part in _stretches(_lines(old), _lines(new)):
        if kind == "kept":
            rows += (Row("kept", (Segment("kept", line),)) for line in old_part)
            continue
        segments = word_segments("".join(f"{x}\n" for x in old_part), "".join(f"{x}\n" for x in new_part))
        for segment in segments:
            words[segment.kind] += len(_WORD.findall(segment.text)) if segment.kind != "kept" else 0
        rows += _changed_rows(segments)
    return Difference(tuple(_folded(rows, context)), words["added"], words["removed"])


def word_segments(old: str, new: str) -> list[Segment]:
    """How one short text became another, word by word."""
    if len(old) + len(new) > _LONGEST_COMPARED:
        return list(_changed(old, new))
    old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
    segments = [
        Segment(kind, text)
        for stretch, before, after in _stretches(old_words, new_words)
        for kind, text in _fates(stretch, "".join(before), "".join(after))
        if text
    ]
    kept = sum(len(s.text) for s in segments if s.kind == "kept" and not s.text.isspace())
    if kept < _LEAST_IN_COMMON * max(len(old), len(new)):
        return list(_changed(old, new))
    return list(_merged(segments))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def _stretches(old: list[str], new: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    old_done = new_done = 0
    for run in [*common_runs(old, new), Run(len(old), len(new), 0)]:
        if run.old > old_done or run.new > new_done:
            yield "changed", old[old_done : run.old], new[new_done : run.new]
        old_done, new_done = run.old + run.length, run.new + run.length
        if run.length:
            yield "kept", old[run.old : old_done], new[run.new : new_done]


def _fates(stretch: str, before: str, after: str) -> list[tuple[Kind, str]]:
    return [("kept", after)] if stretch == "kept" else [("removed", before), ("added", after)]


def _merged(segments: list[Segment]) -> Iterator[Segment]:
    """Removed before added, and no kept scraps (a space, a comma, “of”) between changes: they flicker."""
    removed, added = "", ""
    for place, segment in enumerate(segments):
        inside = (removed or added) and place + 1 < len(segments)
        if segment.kind == "removed":
            removed += segment.text
        elif segment.kind == "added":
            added += segment.text
        elif inside and len(segment.text) < _SHORTEST_KEPT and "\n" not in segment.text:
            removed, added = removed + segment.text, added + segment.text
        else:
            yield from _changed(removed, added)
            removed, added = "", ""
            yield segment
    yield from _changed(removed, added)


def _changed(removed: str, added: str) -> Iterator[Segment]:
    if removed:
        yield Segment("removed", removed)
    if added:
        yield Segment("added", added)


def _changed_rows(segments: list[Segment]) -> Iterator[Row]:
    row: list[Segment] = []
    listed = 0
    for segment in segments:
        for match in _LINE.finditer(segment.text):
            text = match[0].removesuffix("\n")
            if text:
                row.append(Segment(segment.kind, text))
            if text == match[0]:
                continue
            yield _row(row, segment.kind)
            row, listed = [], listed + 1
            if listed % _MOST_LINES == 0 and (hidden := segment.text.count("\n", match.end())):
                yield Row("cut", hidden=hidden)
                break
    if row:
        yield _row(row, "kept")


def _row(segments: list[Segment], line_end: Kind) -> Row:
    kinds = {segment.kind for segment in segments} or {line_end}
    return Row(next(iter(kinds)) if len(kinds) == 1 else "changed", tuple(segments))


def _folded(rows: list[Row], context: int) -> Iterator[Row]:
    near: set[int] = set()
    for number, row in enumerate(rows):
        if row.kind != "kept":
            near.update(range(number - context, number + context + 1))
    for shown, group in groupby(enumerate(rows), key=lambda numbered: numbered[0] in near):
        stretch = [row for _, row in group]
        if shown or len(stretch) == 1:  # a fold is as tall as the one line it would hide
            yield from stretch
        else:
            yield Row("folded", hidden=len(stretch))
