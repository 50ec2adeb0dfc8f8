"""A schedule as a puzzle of whole numbers: options of candidates, under a rolling window."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
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
    order of their days, and of their units. One that ``must`` takes one of its options:
    a branch of the search is about those schedules alone.
    """

    name: str
    units: int
    options: tuple[Option, ...]
    must: bool = False

    @property
    def whole(self) -> bool:
        """Say whether all units go at once."""
        return all(option.units == self.units for option in self.options)


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
        # The days with returns, in order; of each what is returned, by how many, and what counts on it.
        self._marks: list[int] = []
        self._uses: dict[int, int] = {}
        self._counts: dict[int, int] = {}
        self._loads: dict[int, int] = {}
        for day, use in window.taken:
            self.add(day, use)

    def fits(self, day: int, use: int) -> bool:
        """Say whether a return can be added."""
        rooms, loads, marks = self._rooms, self._loads, self._marks
        if self.on(day) + use > rooms[day]:
            return False
        for place in range(bisect_right(marks, day), len(marks)):
            mark = marks[place]
            if mark >= day + self._days:
                break
            if loads[mark] + use > rooms[mark]:
                return False
        return True

    def room(self, day: int) -> int:
        """Return the room that there is on a day, whatever is taken."""
        return self._rooms[day]

    def on(self, day: int) -> int:
        """Return what is taken on a day."""
        known = self._loads.get(day)
        if known is not None:
            return known
        total, marks = 0, self._marks
        for place in range(bisect_right(marks, day) - 1, -1, -1):
            if marks[place] <= day - self._days:
                break
            total += self._uses[marks[place]]
        return total

    def add(self, day: int, use: int) -> None:
        """Return something."""
        if day not in self._loads:
            self._loads[day] = self.on(day)
            self._uses[day] = self._counts[day] = 0
            insort(self._marks, day)
        self._uses[day] += use
        self._counts[day] += 1
        self._count(day, use)

    def remove(self, day: int, use: int) -> None:
        """Take a return back that was added."""
        self._uses[day] -= use
        self._counts[day] -= 1
        self._count(day, -use)
        if not self._counts[day]:
            del self._uses[day], self._counts[day], self._loads[day]
            self._marks.remove(day)

    def put(self, options: Iterable[Option]) -> None:
        """Add several returns."""
        for option in options:
            self.add(option.day, option.use)

    def _count(self, day: int, use: int) -> None:
        marks = self._marks
        for place in range(bisect_left(marks, day), len(marks)):
            if marks[place] >= day + self._days:
                break
            self._loads[marks[place]] += use


def value_of(choices: Iterable[Choice]) -> int:
    """Return what a schedule brings."""
    return sum(option.value for choice in choices for option in choice)


def holds(choices: Iterable[Choice], window: Window) -> bool:
    """Say whether there is room for all choices."""
    load = Load(window)
    for choice in choices:
        for option in choice:
            if not load.fits(option.day, option.use):
                return False
            load.add(option.day, option.use)
    return True
