"""What two sequences have in common, in order: found between unique anchors, bounded on any input."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

# More edits than this between two anchors are not worth telling apart; the stretch counts as replaced. This
# bounds the time to (length x MAX_EDITS), whatever the input.
MAX_EDITS = 200


class Run(NamedTuple):
    """`length` equal items: from `old` on in the one sequence, from `new` on in the other."""

    old: int
    new: int
    length: int


def common_runs(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Maximal runs of equal items in ascending order; what lies between two runs was removed and added."""
    shortest = min(len(old), len(new))
    start = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    room = shortest - start
    end = next((i for i in range(room) if old[-1 - i] != new[-1 - i]), room)
    inner = _between_anchors(old[start : len(old) - end], new[start : len(new) - end])
    runs = [Run(0, 0, start), *(Run(o + start, n + start, size) for o, n, size in inner)]
    return _joined([*runs, Run(len(old) - end, len(new) - end, end)])


def _between_anchors(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    runs: list[Run] = []
    old_done = new_done = 0
    for old_at, new_at in [*_anchors(old, new), (len(old), len(new))]:
        gap = _shortest_edit(old[old_done:old_at], new[new_done:new_at])
        runs += (Run(o + old_done, n + new_done, size) for o, n, size in gap)
        runs.append(Run(old_at, new_at, 1))
        old_done, new_done = old_at + 1, new_at + 1
    return runs[:-1]  # the last anchor is the end itself


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The longest ascending series of items that occur exactly once on both sides (patience sorting)."""
    counts_old, counts_new = Counter(old), Counter(new)
    places = {item: i for i, item in enumerate(new) if counts_new[item] == 1 == counts_old.get(item)}
    pairs = [(i, places[item]) for i, item in enumerate(old) if item in places]
    tops: list[int] = []
    top_pairs: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(top_pairs[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        top_pairs[pile : pile + 1] = [number]
    series, number = [], top_pairs[-1] if top_pairs else -1
    while number >= 0:
        series.append(pairs[number])
        number = before[number]
    return series[::-1]


def _shortest_edit(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Myers' greedy algorithm; no runs at all where more than `MAX_EDITS` edits are needed."""
    if not old or not new:
        return []
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MAX_EDITS) + 1):
        history.append(furthest.copy())
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, edits)
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _walked_back(history, len(old), len(new))
    return []


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a path on `diagonal` stands after one more edit: an addition or a removal."""
    adding = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
    return furthest[diagonal + 1] if adding else furthest[diagonal - 1] + 1


def _walked_back(history: list[dict[int, int]], x: int, y: int) -> list[Run]:
    runs: list[Run] = []
    for edits in range(len(history) - 1, -1, -1):
        furthest, diagonal = history[edits], x - y
        start = _step(furthest, diagonal, edits) if edits else 0
        if x > start:
            runs.append(Run(start, start - diagonal, x - start))
        adding = edits and _step(furthest, diagonal, edits) == furthest.get(diagonal + 1)
        came_from = diagonal + (1 if adding else -1)
        if edits:
            x = furthest[came_from]
            y = x - came_from
    return runs[::-1]


def _joined(runs: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in runs:
        if not run.length:
            continue
        last = joined[-1] if joined else None
        if last and last.old + last.length == run.old and last.new + last.length == run.new:
            joined[-1] = last._replace(length=last.length + run.length)
        else:
            joined.append(run)
    return joined
