"""A schedule as a puzzle of whole numbers: options of candidates, under a rolling window."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec


class Option(NamedTuple):
    """Units that are returned on a day: what they take from the cap, and what they bring.

    Units: the day counts from the schedule's first, 0; ``use`` and ``value`` in minor units.
    """

    day: int
    units: int
    use: int
    value: int


class Candidate(msgspec.Struct, frozen=True):
    """Something to return: any of its options on different days, while its units last.

    One that goes back whole has only options of all its units. Options stand in the
    order of their days, and of their units.
    """

    name: str
    units: int
    options: tuple[Option, ...]


# One candidate's part of a schedule: the options taken, by day.
Choice = tuple[Option, ...]


class Window(msgspec.Struct, frozen=True):
    """The cap ahead: the room of each day, and how many days a return takes from it.

    ``rooms`` is what history leaves of the cap; ``taken`` are returns (day, use) that
    stand already, of a higher priority.
    """

    rooms: tuple[int, ...]
    days: int
    taken: tuple[tuple[int, int], ...] = ()


class Load:
    """What the returns of a schedule in the making take from the window.

    Room comes back and is never taken away by history, so that a schedule holds on all
    days if it holds on those on which something is returned.
    """

    def __init__(self, window: Window) -> None:
        self._rooms, self._days = window.rooms, window.days
        self._marks: list[int] = []
        self._uses: dict[int, list[int]] = {}
        self._loads: dict[int, int] = {}
        for day, use in window.taken:
            self.add(day, use)

    def fits(self, day: int, use: int) -> bool:
        """Say whether a return can be added."""
        if self.on(day) + use > self._rooms[day]:
            return False
        rooms, loads = self._rooms, self._loads
        return all(loads[mark] + use <= rooms[mark] for mark in self._after(day))

    def on(self, day: int) -> int:
        """Return what is taken on a day."""
        known = self._loads.get(day)
        if known is not None:
            return known
        marks = self._marks[bisect_right(self._marks, day - self._days) : bisect_right(self._marks, day)]
        return sum(sum(self._uses[mark]) for mark in marks)

    def add(self, day: int, use: int) -> None:
        """Return something."""
        if day not in self._loads:
            self._loads[day] = self.on(day)
            self._uses[day] = []
            insort(self._marks, day)
        self._uses[day].append(use)
        for mark in self._from(day):
            self._loads[mark] += use

    def remove(self, day: int, use: int) -> None:
        """Take a return back that was added."""
        self._uses[day].remove(use)
        for mark in self._from(day):
            self._loads[mark] -= use
        if not self._uses[day]:
            del self._uses[day], self._loads[day]
            self._marks.remove(day)

    def put(self, options: Iterable[Option]) -> None:
        """Add several returns."""
        for option in options:
            self.add(option.day, option.use)

    def _from(self, day: int) -> list[int]:
        return self._marks[bisect_left(self._marks, day) : bisect_left(self._marks, day + self._days)]

    def _after(self, day: int) -> Iterator[int]:
        yield from self._marks[bisect_right(self._marks, day) : bisect_left(self._marks, day + self._days)]


def value_of(choices: Iterable[Choice]) -> int:
    """Return what a schedule brings."""
    return sum(option.value for choice in choices for option in choice)
