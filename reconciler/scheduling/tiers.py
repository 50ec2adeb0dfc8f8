"""The days of one tier of returns: those of one priority, beside what higher ones have taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from reconciler.scheduling.bound import SCALE, Group, Relaxation, Span
from reconciler.scheduling.days import every_day, own_days, with_weeks
from reconciler.scheduling.linear import Program
from reconciler.scheduling.problem import Candidate, Choice, Load, Option, Window, value_of
from reconciler.scheduling.prospects import ONE_DAY, Prospect
from reconciler.scheduling.solving import solve

# Steps of the search, not seconds: the same schedule on every machine.
STEPS, _FEW_STEPS = 40_000_000, 2_000_000
# So many figures of returns are worked out at most where every day is looked at.
FIGURES = 100_000
# Of more units than that, not every number of them is looked at.
QUANTITIES = 24
_PRICED = 100


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    """The options taken by each prospect, and what is known of them; ``bound`` holds for any days."""

    choices: tuple[Choice, ...]
    value: int
    bound: int
    days: int
    every_day: bool


class Tier:
    """Prospects of one priority; days count from ``first``."""

    def __init__(self, prospects: Sequence[Prospect], window: Window, first: date) -> None:
        self._prospects, self._window, self._first = prospects, window, first

    def solved(self, common: Sequence[date]) -> Solved:
        """Return the best days: of those on which something changes, then of all, or as near to them as they fit."""
        own = [own_days(item, common) for item in self._prospects]
        few = self._candidates(own)
        solution = solve(few, self._window, _FEW_STEPS)
        if solution.value == sum(map(_most, few)):
            # Between these days everything only shrinks: each is on the best of all its days.
            return _result(solution.choices, solution.value, own, every=False)
        every = [every_day(item) for item in self._prospects]
        figures = sum(len(days) * len(_quantities(item)) for item, days in zip(self._prospects, every, strict=True))
        if figures <= FIGURES:
            solution = solve(self._candidates(every), self._window, STEPS, solution.choices)
            return _result(solution.choices, solution.bound, every, every=True)
        choices = self._moved_forward(list(solution.choices), own)
        weeks = [with_weeks(item, days) for item, days in zip(self._prospects, own, strict=True)]
        return _result(choices, self._bound(weeks, value_of(choices)), own, every=False)

    def _candidates(self, days: Sequence[Iterable[date]]) -> list[Candidate]:
        found = []
        for item, on in zip(self._prospects, days, strict=True):
            options = (self._option(item, day, units) for day in on for units in _quantities(item))
            found.append(Candidate(item.address, item.units, tuple(filter(None, options))))
        return found

    def _option(self, prospect: Prospect, day: date, units: int) -> Option | None:
        outlook = prospect.allowed(day, units)
        if outlook is None:
            return None
        return Option((day - self._first).days, units, outlook.use, outlook.value)

    def _moved_forward(self, choices: list[Choice], own: Sequence[Sequence[date]]) -> list[Choice]:
        """Return a schedule whose returns are each on the first day that fits, after the day before it in *own*."""
        load = Load(self._window)
        for choice in choices:
            load.put(choice)
        for day, number, option in sorted((o.day, n, o) for n, choice in enumerate(choices) for o in choice):
            load.remove(day, option.use)
            better = self._first_fitting(self._prospects[number], option, own[number], load)
            load.add(better.day, better.use)
            choices[number] = tuple(sorted(better if item == option else item for item in choices[number]))
        return choices

    def _first_fitting(self, prospect: Prospect, option: Option, own: Sequence[date], load: Load) -> Option:
        day = self._first + timedelta(days=option.day)
        before = max((item for item in own if item < day), default=day)
        while (before := before + ONE_DAY) < day:
            found = self._option(prospect, before, option.units)
            if found and found.value > option.value and load.fits(found.day, found.use):
                return found
        return option

    def _bound(self, own: Sequence[Sequence[date]], reached: int) -> int:
        """Return what no schedule on any days can exceed: in each span a return takes the least and brings the most."""
        groups = [
            Group(item.units, list(self._spans(item, days))) for item, days in zip(self._prospects, own, strict=True)
        ]
        rows = self._rows({span.last for group in groups for span in group.spans})
        relaxation = Relaxation(groups, self._window, rows)
        best = Program(relaxation).solved({})
        prices = best.prices if best else [0] * len(rows)
        return max(reached, relaxation.total(prices, {}) // SCALE)

    def _rows(self, days: set[int]) -> list[int]:
        """Return the days that need a price: some of *days*, and the last ones before room comes back."""
        last = max(days, default=0)
        if len(days) > _PRICED:  # a price for each of many days would gain little
            days = {*sorted(days)[:: len(days) // _PRICED + 1], last}
        rooms = self._window.rooms
        days = {*days, *(day for day, _ in self._window.taken)}
        days |= {day - 1 for day in range(1, len(rooms)) if rooms[day] != rooms[day - 1]}
        return sorted(day for day in days if day <= last)

    def _spans(self, prospect: Prospect, days: Sequence[date]) -> Iterable[Span]:
        for day, following in pairwise([*days, *(day + ONE_DAY for day in days[-1:])]):
            for units in _quantities(prospect):
                outlook = prospect.allowed(day, units)
                use = prospect.on(following - ONE_DAY, units).use
                first, last = (day - self._first).days, (following - ONE_DAY - self._first).days
                if outlook is not None and use <= self._window.rooms[last]:
                    yield Span(first, last, units, use, outlook.value)


def _result(choices: Sequence[Choice], bound: int, days: Sequence[Sequence[date]], *, every: bool) -> Solved:
    looked_at = {day for own in days for day in own}
    return Solved(choices=tuple(choices), value=value_of(choices), bound=bound, days=len(looked_at), every_day=every)


def _most(candidate: Candidate) -> int:
    """Return the most that a candidate can bring alone, however it is divided: rounding must gain nothing."""
    return max((option.value * candidate.units // option.units for option in candidate.options), default=0)


def _quantities(prospect: Prospect) -> list[int]:
    """Return how many units may go back on one day."""
    if not prospect.partial:
        return [prospect.units]
    most = min(prospect.units, QUANTITIES)
    return sorted({-(-prospect.units * number // most) for number in range(1, most + 1)})
