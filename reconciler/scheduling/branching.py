"""Branches of a schedule: one return before a day, or after it; each with a bound of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from reconciler.scheduling.bound import Bound, Group, Span, bound_of
from reconciler.scheduling.greedy import Effort
from reconciler.scheduling.problem import Candidate, Choice, Window, value_of
from reconciler.scheduling.search import Search

# To go through a branch whole, before it is divided.
_STEPS = 30_000
_COST_OF_A_BOUND = 30


class Outcome(NamedTuple):
    """The best schedule found, and what none exceeds, in minor units."""

    found: list[Choice]
    bound: int


class _Branch(NamedTuple):
    negated: int
    serial: int
    candidates: Sequence[Candidate]
    bound: Bound


class Branching:
    """Divides what a search cannot go through, the branch with the highest bound first, while *effort* lasts."""

    def __init__(self, window: Window, rows: Sequence[int], found: list[Choice], effort: Effort) -> None:
        self._window, self._rows, self._effort = window, rows, effort
        self._found = found
        self._heap: list[_Branch] = []
        self._serial = self._given_up = 0

    def run(self, candidates: Sequence[Candidate], bound: Bound) -> Outcome:
        """Return the best schedule of all *candidates*, of which *bound* is known."""
        self._push(candidates, bound)
        while self._heap and self._effort.left > 0:
            branch = heappop(self._heap)
            if branch.bound.value > value_of(self._found) and not self._searched(branch, _STEPS):
                self._divide(branch)
        left = [self._given_up, *(branch.bound.value for branch in self._heap)]
        return Outcome(self._found, max(value_of(self._found), *left))

    def _push(self, candidates: Sequence[Candidate], bound: Bound) -> None:
        self._serial += 1
        heappush(self._heap, _Branch(-bound.total, self._serial, candidates, bound))

    def _searched(self, branch: _Branch, most: int) -> bool:
        """Go through a branch, and say whether all of it was."""
        steps = Effort(most)
        search = Search(branch.candidates, self._window, branch.bound, self._found, steps)
        over = search.run()
        self._found = search.found
        self._effort.spend(most - max(0, steps.left))
        return over

    def _divide(self, branch: _Branch) -> None:
        parts = list(_divided(branch))
        if not parts and not self._searched(branch, self._effort.left):
            self._given_up = max(self._given_up, branch.bound.value)
        for part in parts:
            self._effort.spend(_COST_OF_A_BOUND * sum(len(item.options) for item in part))
            reached = value_of(self._found)
            bound = bound_of(groups_of(part), self._window, self._rows, reached, branch.bound)
            if bound.value > reached:
                self._push(part, bound)


def groups_of(candidates: Sequence[Candidate]) -> list[Group]:
    """Return candidates as groups of spans of a day."""
    return [Group(item.units, [Span(o.day, *o) for o in item.options], item.must) for item in candidates]


def _divided(branch: _Branch) -> Iterator[list[Candidate]]:
    """Give both parts of a branch, by the candidate that the prices leave most undecided."""
    doubts = [_doubt(item, branch.bound, number) for number, item in enumerate(branch.candidates)]
    number = max(range(len(doubts)), key=lambda item: doubts[item])
    if doubts[number] == (0, 0):
        return
    item = branch.candidates[number]
    middle = _middle(item, branch.bound, number)
    for options, must in ((item.options[:middle], True), (item.options[middle:], item.must)):
        part = list(branch.candidates)
        part[number] = Candidate(item.name, item.units, options, must)
        yield part


def _doubt(candidate: Candidate, bound: Bound, number: int) -> tuple[int, int]:
    """Return how much the prices waver over a candidate, and how many options it has; nothing if it is decided."""
    if not candidate.whole or len(candidate.options) < 1 + candidate.must:
        return 0, 0
    counts = bound.wavering[number]
    values = {place: candidate.options[place].value if place >= 0 else 0 for place in counts}
    mean = sum(values[place] * count for place, count in counts.items()) // max(1, counts.total())
    return sum(abs(values[place] - mean) * count for place, count in counts.items()), len(candidate.options)


def _middle(candidate: Candidate, bound: Bound, number: int) -> int:
    """Return how many options come before the days that the prices waver about."""
    counts, last = bound.wavering[number], len(candidate.options)
    mean = sum((place if place >= 0 else last) * count for place, count in counts.items()) // max(1, counts.total())
    return min(max(1, mean + 1), last - candidate.must)
