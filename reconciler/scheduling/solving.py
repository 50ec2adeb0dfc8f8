"""The best schedule, as far as a number of steps suffices, and what is proven of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from reconciler.scheduling.bound import bound_of
from reconciler.scheduling.branching import Branching, groups_of
from reconciler.scheduling.greedy import Builder, Effort
from reconciler.scheduling.problem import Candidate, Choice, Load, Window, value_of
from reconciler.scheduling.search import Search

_PRICED = 100


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule: a choice for each candidate, in their order.

    No schedule of the options brings more than ``bound``; where it is ``proven`` none brings more than this one.
    """

    choices: tuple[Choice, ...]
    bound: int
    proven: bool

    @property
    def value(self) -> int:
        """Return what it brings."""
        return value_of(self.choices)


def solve(
    candidates: Sequence[Candidate], window: Window, steps: int, start: Sequence[Choice] | None = None
) -> Solution:
    """Return the schedule that brings most, as far as *steps* suffice; *start* is one to begin with.

    The same candidates in the same order give the same schedule.
    """
    candidates = [_possible(item, Load(window)) for item in candidates]
    groups = groups_of(candidates)
    ideal = [_ideal(item) for item in candidates]
    if bound_of(groups, window, ()).value == value_of(ideal) and _holds(ideal, window):
        return Solution(choices=tuple(ideal), bound=value_of(ideal), proven=True)
    builder = Builder(candidates, window, Effort(steps // 20))
    found = builder.greedy()
    if start is not None:
        found = max((builder.improved(list(start)), found), key=value_of)
    days = {option.day for item in candidates for option in item.options}
    rows = rows_of(days, window)
    bound = bound_of(groups, window, rows, value_of(found))
    search = Search(candidates, window, bound, found, Effort(steps // 10))
    if search.run():
        return Solution(choices=tuple(search.found), bound=value_of(search.found), proven=True)
    found = Builder(candidates, window, Effort(steps // 10)).varied(search.found)
    outcome = Branching(window, rows, found, Effort(steps)).run(candidates, bound)
    return Solution(choices=tuple(outcome.found), bound=outcome.bound, proven=outcome.bound == value_of(outcome.found))


def rows_of(days: Collection[int], window: Window) -> list[int]:
    """Return the days that need a price: *days*, those of returns, and the last ones before room comes back."""
    last = max(days, default=0)
    if len(days) > _PRICED:  # a price for each of many days would take long to find, and gain little
        days = {*sorted(days)[:: len(days) // _PRICED + 1], last}
    rooms = window.rooms
    days = {*days, *(day for day, _ in window.taken)}
    days |= {day - 1 for day in range(1, len(rooms)) if rooms[day] != rooms[day - 1]}
    return sorted(day for day in days if day <= last)


def _possible(candidate: Candidate, load: Load) -> Candidate:
    """Return a candidate without what does not fit even alone, or brings nothing."""
    options = (item for item in candidate.options if item.value > 0 and load.fits(item.day, item.use))
    return Candidate(candidate.name, candidate.units, tuple(options))


def _ideal(candidate: Candidate) -> Choice:
    """Return the option that a candidate would take alone, the earliest of the best."""
    return (max(candidate.options, key=lambda option: (option.value, -option.day)),) if candidate.options else ()


def _holds(choices: Sequence[Choice], window: Window) -> bool:
    load = Load(window)
    for choice in choices:
        for option in choice:
            if not load.fits(option.day, option.use):
                return False
            load.add(option.day, option.use)
    return True
