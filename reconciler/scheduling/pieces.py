"""The days of a candidate in pieces: between days on which room changes, where what it takes and brings only falls."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reconciler.scheduling.bound import Group, Span
from reconciler.scheduling.problem import Candidate, Option, Window


class Pieces(NamedTuple):
    """A candidate's options by piece; ``firsts`` are the days on which pieces begin, in order."""

    candidate: Candidate
    firsts: Sequence[int]
    options: Sequence[Sequence[Option]]

    @property
    def group(self) -> Group:
        """Return what bounds the candidate: of each piece the corners that can be best at any price of room."""
        spans = [span for number in range(len(self.firsts)) for span in self._spans(number)]
        return Group(self.candidate.units, spans, self.candidate.must)

    def _spans(self, number: int) -> Iterator[Span]:
        options = self.options[number]
        last = max(option.day for option in options)
        for units in sorted({option.units for option in options}):
            for corner in _corners(option for option in options if option.units == units):
                yield Span(self.firsts[number], last, *corner[1:])


def breaks_of(window: Window, last: int) -> list[int]:
    """Return the days up to *last* on which room changes by what stands already, and windows after them."""
    rooms, days = window.rooms, {0}
    days |= {day for day in range(1, min(len(rooms), last + 1)) if rooms[day] != rooms[day - 1]}
    days |= {day for day, _ in window.taken}
    return sorted({later for day in days for later in range(day, last + 1, window.days)})


def pieces_of(candidate: Candidate, breaks: Sequence[int]) -> Pieces:
    """Return a candidate's options, divided at *breaks*, and where what is taken or brought rises."""
    before: dict[int, Option] = {}
    firsts = {min(option.day for option in candidate.options)} if candidate.options else set()
    for option in candidate.options:
        place = bisect_right(breaks, option.day) - 1
        known = before.get(option.units)
        if known and (breaks[place] > known.day or option.use > known.use or option.value > known.value):
            firsts.add(option.day)
        before[option.units] = option
    ordered = sorted(firsts)
    options: list[list[Option]] = [[] for _ in ordered]
    for option in candidate.options:
        options[bisect_right(ordered, option.day) - 1].append(option)
    return Pieces(candidate, ordered, options)


def _corners(options: Iterable[Option]) -> list[Option]:
    """Return the options that bring most beyond a price of what they take, whatever the price (the upper hull)."""
    hull: list[Option] = []
    for option in sorted(options, key=lambda item: (item.use, -item.value)):
        if hull and option.value <= hull[-1].value:
            continue
        while len(hull) > 1 and _below(hull[-2], hull[-1], option):
            hull.pop()
        hull.append(option)
    return hull


def _below(left: Option, middle: Option, right: Option) -> bool:
    rise, run = right.value - left.value, right.use - left.use
    return (middle.value - left.value) * run <= rise * (middle.use - left.use)
