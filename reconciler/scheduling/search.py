"""The best schedule, proven: branch and bound by the candidates' losses under the bound's prices."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

import msgspec

from reconciler.scheduling.bound import SCALE, Bound, Group, Span, bound_of
from reconciler.scheduling.greedy import Builder, Effort
from reconciler.scheduling.problem import Candidate, Choice, Load, Option, Window, value_of

# Options of candidates, by their numbers.
Taken = tuple[tuple[int, Option], ...]

# Larger tables of pairs cost more than they save.
_PAIRS = 60_000
# To see whether a return fits is so many steps: a step is to look at an option.
_COST_OF_A_NODE = 8
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
    groups = [Group(item.units, [Span(o.day, *o) for o in item.options]) for item in candidates]
    ideal = [_ideal(item) for item in candidates]
    if bound_of(groups, window, ()).value == value_of(ideal) and _holds(ideal, window):
        return Solution(choices=tuple(ideal), bound=value_of(ideal), proven=True)
    builder = Builder(candidates, window, Effort(steps // 20))
    found = builder.greedy()
    if start is not None:
        found = max((builder.improved(list(start)), found), key=value_of)
    days = {option.day for item in candidates for option in item.options}
    bound = bound_of(groups, window, rows_of(days, window), value_of(found))
    for share in (4, 2):
        search = _Search(candidates, window, bound, found, Effort(steps // share))
        if search.run():
            return Solution(choices=tuple(search.found), bound=value_of(search.found), proven=True)
        found = Builder(candidates, window, Effort(steps // 20)).varied(search.found)
    return Solution(choices=tuple(found), bound=bound.value, proven=bound.value == value_of(found))


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


class _Exhausted(Exception):
    """The steps are used up."""


class _Search:
    """Goes through all schedules that the bound does not rule out.

    A choice loses something against the best that its candidate could bring beyond the
    prices; what all choices lose together may not exceed what lies between the bound and
    the best schedule found. What the last one or two candidates take is looked up in a table.
    """

    def __init__(
        self, candidates: Sequence[Candidate], window: Window, bound: Bound, found: list[Choice], effort: Effort
    ) -> None:
        self.found = found
        self._candidates, self._bound, self._effort = candidates, bound, effort
        self._best = value_of(found)
        self._load = Load(window)
        self._order = sorted(range(len(candidates)), key=self._rank)
        self._chosen: list[Choice] = [()] * len(candidates)
        self._ordered = [self._by_loss(number) for number in range(len(candidates))]
        self._tail, self._table = self._looked_up()

    def run(self) -> bool:
        """Search, and say whether all schedules were gone through or ruled out."""
        try:
            self._descend(0, 0, 0)
        except _Exhausted:
            return False
        return True

    def _rank(self, number: int) -> tuple[bool, int, str]:
        # Pairs are of candidates that go back whole: those with the most options, since a pair costs no branch.
        item = self._candidates[number]
        return (_is_whole(item), len(item.options) if _is_whole(item) else -len(item.options), item.name)

    def _by_loss(self, number: int) -> list[tuple[int, Option, int]]:
        """Return a candidate's options by what each loses, the smallest first, with what it brings beyond its price."""
        item, table = self._candidates[number], self._bound.best[number]
        options = zip(item.options, self._bound.reduced[number], strict=True)
        return sorted(
            (table[-1] - brings - table[item.units - option.units], option, brings) for option, brings in options
        )

    def _looked_up(self) -> tuple[int, list[tuple[int, Taken]]]:
        """Return how many of the last candidates are looked up, and all that they may take, by what it brings."""
        last = [number for number in self._order[-2:] if _is_whole(self._candidates[number])]
        alone = {number: [(), *(((number, option),) for option in self._surviving(number))] for number in last}
        if len(last) == 2 and len(alone[last[0]]) * len(alone[last[1]]) <= _PAIRS:
            taken: Iterable[Taken] = (one + other for one in alone[last[0]] for other in alone[last[1]])
        elif self._order[-1:] == last[-1:]:
            last = last[-1:]
            taken = iter(alone[last[0]])
        else:
            return 0, []
        table = [(sum(option.value for _, option in item), item) for item in taken]
        return len(last), sorted(table, key=lambda entry: (entry[0], -sum(option.use for _, option in entry[1])))

    def _surviving(self, number: int) -> list[Option]:
        """Return the options that are not ruled out alone."""
        return [option for lost, option, _ in self._ordered[number] if lost <= self._slack]

    @property
    def _slack(self) -> int:
        """Return what may be lost by a schedule that is better than the best found."""
        return self._bound.total - (self._best + 1) * SCALE

    def _descend(self, depth: int, value: int, lost: int) -> None:
        self._spend(_COST_OF_A_NODE)
        if lost > self._slack:
            return
        if depth == len(self._order) - self._tail:
            self._look_up(value, lost)
        else:
            number = self._order[depth]
            self._branch(depth, (value, lost), (self._candidates[number].units, -1))

    def _branch(self, depth: int, so_far: tuple[int, int], left: tuple[int, int]) -> None:
        """Try the options of one candidate, after its last day if it has some; then none more."""
        number, (value, lost), (units, after) = self._order[depth], so_far, left
        table = self._bound.best[number]
        for _, option, brings in self._ordered[number]:
            self._spend(1)
            if option.day <= after or option.units > units:
                continue
            more = table[units] - brings - table[units - option.units]
            if lost + more > self._slack:
                if _is_whole(self._candidates[number]):
                    break
                continue
            self._spend(_COST_OF_A_NODE)
            if self._load.fits(option.day, option.use):
                self._take(number, option)
                going_on = (value + option.value, lost + more)
                if units > option.units:
                    self._branch(depth, going_on, (units - option.units, option.day))
                else:
                    self._descend(depth + 1, *going_on)
                self._give_back(number, option)
        self._descend(depth + 1, value, lost + table[units])

    def _look_up(self, value: int, lost: int) -> None:
        """Take the best that fits of what the last candidates may bring, if that is more than was found."""
        if not self._tail:
            self._keep(value, ())
            return
        most = (self._bound.total - lost) // SCALE - value
        low = bisect_right(self._table, self._best - value, key=_worth)
        high = bisect_right(self._table, most, key=_worth)
        for place in range(high - 1, low - 1, -1):
            worth, taken = self._table[place]
            self._spend(_COST_OF_A_NODE)
            if self._fit(taken):
                self._keep(value + worth, taken)
                return

    def _fit(self, taken: Taken) -> bool:
        if len(taken) < 2:
            return all(self._load.fits(option.day, option.use) for _, option in taken)
        (_, first), (_, second) = taken
        if not self._load.fits(first.day, first.use):
            return False
        self._load.add(first.day, first.use)
        fits = self._load.fits(second.day, second.use)
        self._load.remove(first.day, first.use)
        return fits

    def _spend(self, steps: int) -> None:
        if not self._effort.spend(steps):
            raise _Exhausted

    def _take(self, number: int, option: Option) -> None:
        self._load.add(option.day, option.use)
        self._chosen[number] = (*self._chosen[number], option)

    def _give_back(self, number: int, option: Option) -> None:
        self._load.remove(option.day, option.use)
        self._chosen[number] = self._chosen[number][:-1]

    def _keep(self, value: int, taken: Taken) -> None:
        if value > self._best:
            self._best, self.found = value, list(self._chosen)
            for number, option in taken:
                self.found[number] = (option,)


def _worth(entry: tuple[int, Taken]) -> int:
    return entry[0]


def _is_whole(candidate: Candidate) -> bool:
    return all(option.units == candidate.units for option in candidate.options)
