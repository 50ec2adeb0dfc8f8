"""The best schedule, proven: branch and bound by the candidates' losses under the bound's prices."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from reconciler.scheduling.bound import SCALE, Bound
from reconciler.scheduling.greedy import Effort
from reconciler.scheduling.problem import Candidate, Choice, Load, Option, Window

# Options of candidates, by their numbers.
Taken = tuple[tuple[int, Option], ...]

# Larger tables of pairs cost more than they save.
_PAIRS = 60_000
# To see whether a return fits is so many steps: a step is to look at an option.
_COST_OF_A_NODE = 8


class _Exhausted(Exception):
    """The steps are used up."""


class Search:
    """Goes through all schedules that the bound does not rule out; ``found`` is the best beyond *reached*.

    A choice loses something against the best that its candidate could bring beyond the
    prices; what all choices lose together may not exceed what lies between the bound and
    the best schedule found. What the last one or two candidates take is looked up in a table.
    """

    def __init__(
        self, candidates: Sequence[Candidate], window: Window, bound: Bound, reached: int, effort: Effort
    ) -> None:
        self.found: list[Choice] | None = None
        self._candidates, self._bound, self._effort = candidates, bound, effort
        self._best = reached
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
        return (item.whole, len(item.options) if item.whole else -len(item.options), item.name)

    def _by_loss(self, number: int) -> list[tuple[int, Option, int]]:
        """Return a candidate's options by what each loses, the smallest first, with what it brings beyond its price."""
        item, table = self._candidates[number], self._bound.best[number]
        options = zip(item.options, self._bound.reduced[number], strict=True)
        lost = ((table[-1] - brings - table[item.units - option.units], option, brings) for option, brings in options)
        return sorted(lost, key=lambda entry: (entry[0], -entry[1].units, entry[1].day))

    def _looked_up(self) -> tuple[int, list[tuple[int, Taken]]]:
        """Return how many of the last candidates are looked up, and all that they may take, by what it brings."""
        last = [number for number in self._order[-2:] if self._candidates[number].whole]
        alone = {number: list(self._alone(number)) for number in last}
        if len(last) == 2 and len(alone[last[0]]) * len(alone[last[1]]) <= _PAIRS:
            taken: Iterable[Taken] = (one + other for one in alone[last[0]] for other in alone[last[1]])
        elif self._order[-1:] == last[-1:]:
            last = last[-1:]
            taken = iter(alone[last[0]])
        else:
            return 0, []
        table = [(sum(option.value for _, option in item), item) for item in taken]
        return len(last), sorted(table, key=lambda entry: (entry[0], -sum(option.use for _, option in entry[1])))

    def _alone(self, number: int) -> Iterator[Taken]:
        if not self._candidates[number].must:
            yield ()
        yield from (((number, option),) for option in self._surviving(number))

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
                if self._candidates[number].whole:
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
        if not self._candidates[number].must:
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
            found = list(self._chosen)
            for number, option in taken:
                found[number] = (option,)
            self._best, self.found = value, found


def _worth(entry: tuple[int, Taken]) -> int:
    return entry[0]
