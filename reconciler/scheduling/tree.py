"""Branches of a schedule: so many portions of one return up to a day, or more; each with a bound of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from math import floor
from typing import NamedTuple

from reconciler.scheduling.bound import SCALE, Gates, Group, Relaxation, Span
from reconciler.scheduling.filling import filled
from reconciler.scheduling.greedy import Builder, Effort
from reconciler.scheduling.linear import Gate, Point, Program
from reconciler.scheduling.pieces import breaks_of, pieces_of
from reconciler.scheduling.problem import Candidate, Choice, Window, value_of
from reconciler.scheduling.pseudocosts import Pseudocosts, score
from reconciler.scheduling.search import Search

# To go through all days before anything is divided, and through those of one leaf.
_ROOT_STEPS, _STEPS, _VARIED = 500_000, 200_000, 500_000
# So many gates are compared, and of those that nothing is known of so many are tried.
_COMPARED, _TRIED = 30, 8
# Now and then a good schedule is looked for, without any proof.
_BETWEEN_DIVES = 100


class Outcome(NamedTuple):
    """The best schedule found, and what none exceeds, in minor units."""

    found: list[Choice]
    bound: int


class _Branch(NamedTuple):
    negated: int
    serial: int
    gates: Mapping[int, Gates]
    point: Point


# A part of a branch: its gates, and its best point.
_Part = tuple[Mapping[int, Gates], Point | None]


class Tree:
    """Divides what all can bring, the branch with the highest bound first, while *effort* lasts."""

    def __init__(self, candidates: Sequence[Candidate], window: Window, found: list[Choice], effort: Effort) -> None:
        last = max((option.day for item in candidates for option in item.options), default=0)
        breaks = breaks_of(window, last)
        self._window, self._effort, self._found = window, effort, found
        self._breaks, self._rows = breaks, [*(day - 1 for day in breaks[1:]), last]
        self._divide(candidates)
        self._heap: list[_Branch] = []
        self._serial = self._given_up = self._dive_at = 0
        self._costs = Pseudocosts()

    def _divide(self, candidates: Sequence[Candidate]) -> None:
        self._pieces = [pieces_of(item, self._breaks) for item in candidates]
        self._relaxation = Relaxation([item.group for item in self._pieces], self._window, self._rows)
        self._program = Program(self._relaxation)

    def run(self) -> Outcome:
        """Return the best schedule."""
        root = self._solved({})
        bound = self._relaxation.total(root.prices if root else [0] * len(self._rows), {})
        if root is None:
            return Outcome(self._found, bound // SCALE)
        candidates = [item.candidate for item in self._pieces]
        steps = min(_ROOT_STEPS, self._effort.left // 2)
        if self._searched(range(len(candidates)), candidates, (root.prices, steps))[0]:
            return Outcome(self._found, value_of(self._found))
        varying = Effort(min(_VARIED, self._effort.left // 10))
        self._found = Builder(candidates, self._window, varying).varied(self._found)
        self._dive(_Branch(-bound, 0, {}, root))
        self._narrow(root.prices)
        self._push(({}, self._solved({})), bound)
        while self._heap and self._effort.left > 0:
            branch = heappop(self._heap)
            if -branch.negated // SCALE <= value_of(self._found):
                break
            self._explore(branch)
        left = [-branch.negated // SCALE for branch in self._heap[:1]]
        return Outcome(self._found, max(value_of(self._found), self._given_up, *left))

    def _explore(self, branch: _Branch) -> None:
        if branch.point.broken:
            if self._serial >= self._dive_at:
                self._dive_at = self._serial + _BETWEEN_DIVES
                self._dive(branch)
            parts: Iterable[_Part] = self._divided(branch)
        else:
            self._leaf(branch)
            parts = self._others(branch)
        for part in parts:
            self._push(part, -branch.negated)

    def _narrow(self, prices: Sequence[int]) -> None:
        """Leave out what cannot be in a better schedule: all that may be brought beside it is too little."""
        candidates = [item.candidate for item in self._pieces]
        bound = Relaxation(groups_of(candidates), self._window, self._rows).bound(prices)
        slack = bound.total - (value_of(self._found) + 1) * SCALE
        for number, item in enumerate(candidates):
            table, reduced = bound.best[number], zip(item.options, bound.reduced[number], strict=True)
            left = (o for o, brings in reduced if table[-1] - brings - table[item.units - o.units] <= slack)
            candidates[number] = Candidate(item.name, item.units, tuple(left))
        self._divide(candidates)

    def _solved(self, gates: Mapping[int, Gates]) -> Point | None:
        self._effort.spend(self._program.size)
        return self._program.solved(gates)

    def _push(self, part: _Part, known: int) -> None:
        """Keep a part for later, unless it can bring nothing better; it brings no more than *known*."""
        gates, point = part
        # Gates that contradict each other have no point: without any price that shows as well.
        total = min(known, self._relaxation.total(point.prices if point else [0] * len(self._rows), gates))
        if point is None:
            self._given_up = max(self._given_up, total // SCALE)
        elif total // SCALE > value_of(self._found):
            self._serial += 1
            returned = () if point.broken else point.returned
            heappush(self._heap, _Branch(-total, self._serial, gates, point._replace(returned=returned)))

    def _divided(self, branch: _Branch) -> list[_Part]:
        """Return both parts of a branch by the gate that lowers both bounds most (Achterberg 2005)."""
        tried, best, chosen = 0, -1.0, None
        ordered = sorted(branch.point.broken, key=lambda item: -self._costs.promise(*item))
        for gate, value in ordered[:_COMPARED]:
            parts = None
            if self._costs.known(gate):
                worth = self._costs.promise(gate, value)
            elif tried < _TRIED:
                tried += 1
                parts = self._parts(branch, gate, value)
                worth = score(*(_loss(branch, point) for _, point in parts))
            else:
                continue
            if worth > best:
                best, chosen = worth, (gate, value, parts)
        assert chosen is not None  # the first one is tried or known
        gate, value, parts = chosen
        return parts or self._parts(branch, gate, value)

    def _parts(self, branch: _Branch, gate: Gate, value: float) -> list[_Part]:
        number, place = gate
        own = branch.gates.get(number, {})
        least, most = own.get(place, (0, self._program.portions[number]))
        parts: list[_Part] = []
        for side, pair in enumerate(((least, floor(value)), (floor(value) + 1, most))):
            gates = {**branch.gates, number: {**own, place: pair}}
            point = self._solved(gates)
            share = abs(value - pair[1 - side])
            self._costs.learn(gate, side, _loss(branch, point), share)
            parts.append((gates, point))
        return parts

    def _dive(self, branch: _Branch) -> None:
        """Look for a good schedule: what is nearly whole is made whole, again and again."""
        gates, point = branch.gates, branch.point
        while point.broken and point.value > value_of(self._found):
            (number, place), value = min(point.broken, key=lambda item: abs(item[1] - round(item[1])))
            own = gates.get(number, {})
            least, most = own.get(place, (0, self._program.portions[number]))
            pairs = ((least, floor(value)), (floor(value) + 1, most))
            for pair in pairs if value - floor(value) < 0.5 else pairs[::-1]:
                narrower = {**gates, number: {**own, place: pair}}
                solved = self._solved(narrower)
                if solved is not None and solved.value > value_of(self._found):
                    break
            else:
                return
            gates, point = narrower, solved
        if not point.broken:
            numbers, candidates = self._fixed(point.returned)
            least_lost = filled(candidates, self._window, self._rows, value_of(self._found))
            if least_lost.choices is not None:
                self._keep(numbers, least_lost.choices)

    def _leaf(self, branch: _Branch) -> None:
        """Find the days of returns whose pieces are known: those that lose least, else all are gone through."""
        numbers, candidates = self._fixed(branch.point.returned)
        reached, bound = value_of(self._found), -branch.negated // SCALE
        least = filled(candidates, self._window, self._rows, reached)
        if least.choices is not None:
            self._keep(numbers, least.choices)
        bound = bound if least.bound is None else min(bound, least.bound)
        if bound > value_of(self._found):
            over, most = self._searched(numbers, candidates, (branch.point.prices, _STEPS))
            self._given_up = max(self._given_up, 0 if over else min(bound, most))

    def _others(self, branch: _Branch) -> Iterator[_Part]:
        """Give the rest of a branch, while it may hold something better: each part leaves the leaf at another gate."""
        gates = dict(branch.gates)
        counts = [round(value) for value in branch.point.returned]
        for column, ((number, place), count) in enumerate(zip(self._program.gates, counts, strict=True)):
            ends = column + 1 == len(counts) or self._program.gates[column + 1][0] != number
            if not ends and counts[column + 1] == count == (counts[column - 1] if place else 0):
                continue
            own = gates.get(number, {})
            least, most = own.get(place, (0, self._program.portions[number]))
            for pair in ((least, count - 1), (count + 1, most)):
                if pair[0] <= pair[1] and -branch.negated // SCALE > value_of(self._found):
                    other = {**gates, number: {**own, place: pair}}
                    yield other, self._solved(other)
            gates[number] = {**own, place: (count, count)}

    def _keep(self, numbers: Sequence[int], choices: Sequence[Choice]) -> None:
        found: list[Choice] = [()] * len(self._pieces)
        for number, choice in zip(numbers, choices, strict=True):
            found[number] = tuple(sorted((*found[number], *choice)))
        self._found = found

    def _searched(
        self, numbers: Sequence[int], candidates: Sequence[Candidate], at: tuple[Sequence[int], int]
    ) -> tuple[bool, int]:
        """Go through all days of candidates, parts of those of *numbers*, at some prices and for some steps at most.

        Return whether all were gone through, and what none exceeds.
        """
        prices, most = at
        bound = Relaxation(groups_of(candidates), self._window, self._rows).bound(prices)
        effort = Effort(most)
        search = Search(candidates, self._window, bound, value_of(self._found), effort)
        over = search.run()
        self._effort.spend(most - max(0, effort.left))
        if search.found is not None:
            self._keep(numbers, search.found)
        return over, bound.value

    def _fixed(self, returned: Sequence[float]) -> tuple[list[int], list[Candidate]]:
        """Return a candidate for each piece in which something is returned, and whose it is."""
        numbers, candidates, before = [], [], 0
        for (number, place), value in zip(self._program.gates, returned, strict=True):
            before = 0 if place == 0 else before
            pieces, count, before = self._pieces[number], round(value) - before, round(value)
            if count:
                units = count if self._program.portions[number] > 1 else pieces.candidate.units
                options = tuple(option for option in pieces.options[place] if option.units <= units)
                numbers.append(number)
                candidates.append(Candidate(pieces.candidate.name, units, options, pieces.candidate.whole))
        return numbers, candidates


def groups_of(candidates: Sequence[Candidate]) -> list[Group]:
    """Return candidates as groups of spans of a day."""
    return [Group(item.units, [Span(o.day, *o) for o in item.options], item.must) for item in candidates]


def _loss(branch: _Branch, point: Point | None) -> float:
    return branch.point.value - point.value if point is not None else 0.0
