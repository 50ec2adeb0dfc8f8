"""The best schedule, proven: branch and bound by the candidates' losses under the bound's prices."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

import msgspec

from reconciler.scheduling.bound import SCALE, Bound, Group, Span, bound_of
from reconciler.scheduling.greedy import Effort, greedy, improved, varied
from reconciler.scheduling.problem import Candidate, Choice, Load, Option, Window, value_of

# Larger tables of pairs cost more than they save.
_PAIRS = 60_000
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
    effort = Effort(steps // 4)
    found = greedy(candidates, window, effort)
    if start is not None:
        found = max((improved(candidates, list(start), window, effort), found), key=value_of)
    days = {option.day for item in candidates for option in item.options}
    bound = bound_of(groups, window, rows_of(days, window), value_of(found))
    for share in (4, 1):
        search = _Search(candidates, window, bound, found, Effort(steps // share))
        if search.run():
            return Solution(choices=tuple(search.found), bound=value_of(search.found), proven=True)
        found = varied(candidates, search.found, window, Effort(steps // 4))
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
    the best schedule found. The last two candidates are looked up as a pair.
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
        self._pairs = self._paired()

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

    def _paired(self) -> list[tuple[int, Option | None, Option | None]]:
        if len(self._order) < 2 or not all(_is_whole(self._candidates[number]) for number in self._order[-2:]):
            return []
        one, other = (self._surviving(number) for number in self._order[-2:])
        if (len(one) + 1) * (len(other) + 1) > _PAIRS:
            return []
        pairs = [
            ((first.value if first else 0) + (second.value if second else 0), first, second)
            for first in (None, *one)
            for second in (None, *other)
        ]
        return sorted(pairs, key=lambda pair: (pair[0], -(pair[1].use if pair[1] else 0)))

    def _surviving(self, number: int) -> list[Option]:
        """Return the options that are not ruled out alone."""
        return [option for lost, option, _ in self._ordered[number] if lost <= self._slack]

    @property
    def _slack(self) -> int:
        """Return what may be lost by a schedule that is better than the best found."""
        return self._bound.total - (self._best + 1) * SCALE

    def _descend(self, depth: int, value: int, lost: int) -> None:
        if not self._effort.spend():
            raise _Exhausted
        if lost > self._slack:
            return
        if depth == len(self._order):
            self._keep(value)
        elif self._pairs and depth == len(self._order) - 2:
            self._look_up(value, lost)
        else:
            number = self._order[depth]
            self._branch(depth, (value, lost), (self._candidates[number].units, -1))

    def _branch(self, depth: int, so_far: tuple[int, int], left: tuple[int, int]) -> None:
        """Try the options of one candidate, after its last day if it has some; then none more."""
        number, (value, lost), (units, after) = self._order[depth], so_far, left
        table = self._bound.best[number]
        for _, option, brings in self._ordered[number]:
            if option.day <= after or option.units > units:
                continue
            more = table[units] - brings - table[units - option.units]
            if lost + more > self._slack:
                if _is_whole(self._candidates[number]):
                    break
                continue
            if not self._effort.spend():
                raise _Exhausted
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
        one, other = self._order[-2:]
        # What this pair may bring at most, whatever it takes.
        most = (self._bound.total - lost) // SCALE - value
        low = bisect_right(self._pairs, self._best - value, key=lambda pair: pair[0])
        high = bisect_right(self._pairs, most, key=lambda pair: pair[0])
        for place in range(high - 1, low - 1, -1):
            worth, first, second = self._pairs[place]
            if not self._effort.spend():
                raise _Exhausted
            if self._fit_both(first, second):
                self._chosen[one] = (first,) if first else ()
                self._chosen[other] = (second,) if second else ()
                self._keep(value + worth)
                self._chosen[one] = self._chosen[other] = ()
                return

    def _fit_both(self, first: Option | None, second: Option | None) -> bool:
        if first is None or second is None:
            alone = first or second
            return alone is None or self._load.fits(alone.day, alone.use)
        if not self._load.fits(first.day, first.use):
            return False
        self._load.add(first.day, first.use)
        fits = self._load.fits(second.day, second.use)
        self._load.remove(first.day, first.use)
        return fits

    def _take(self, number: int, option: Option) -> None:
        self._load.add(option.day, option.use)
        self._chosen[number] = (*self._chosen[number], option)

    def _give_back(self, number: int, option: Option) -> None:
        self._load.remove(option.day, option.use)
        self._chosen[number] = self._chosen[number][:-1]

    def _keep(self, value: int) -> None:
        if value > self._best:
            self._best, self.found = value, list(self._chosen)


def _is_whole(candidate: Candidate) -> bool:
    return all(option.units == candidate.units for option in candidate.options)
