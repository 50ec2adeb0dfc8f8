"""The best schedule, as far as a number of steps suffices, and what is proven of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.scheduling.bound import Relaxation
from reconciler.scheduling.greedy import Builder, Effort
from reconciler.scheduling.problem import Candidate, Choice, Load, Window, holds, value_of
from reconciler.scheduling.tree import Tree, groups_of


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
    ideal = [_ideal(item) for item in candidates]
    if Relaxation(groups_of(candidates), window, ()).bound(()).value == value_of(ideal) and holds(ideal, window):
        return Solution(choices=tuple(ideal), bound=value_of(ideal), proven=True)
    builder = Builder(candidates, window, Effort(steps // 200))
    found = builder.greedy()
    if start is not None:
        found = max((builder.improved(list(start)), found), key=value_of)
    outcome = Tree(candidates, window, found, Effort(steps)).run()
    return Solution(choices=tuple(outcome.found), bound=outcome.bound, proven=outcome.bound == value_of(outcome.found))


def _possible(candidate: Candidate, load: Load) -> Candidate:
    """Return a candidate without what does not fit even alone, or brings nothing."""
    options = (item for item in candidate.options if item.value > 0 and load.fits(item.day, item.use))
    return Candidate(candidate.name, candidate.units, tuple(options))


def _ideal(candidate: Candidate) -> Choice:
    """Return the option that a candidate would take alone, the earliest of the best."""
    return (max(candidate.options, key=lambda option: (option.value, -option.day)),) if candidate.options else ()
