"""The search among the choices that may still be the best, from both ends to the middle.

The candidates stand in the order of how little they lose for what they change. Two lists
of states grow towards each other, always the shorter one by the next candidate: of each
list those states are kept that no other one beats (Nemhauser and Ullmann 1969) and that
do not lose more than a choice may lose that brings what is known to be possible (Pisinger
1995, 1997). In the end the best pair is taken (Horowitz and Sahni 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from heapq import nlargest

from reconciler.planner.choice.options import Option
from reconciler.planner.choice.relaxation import Rates, Relaxation, least, lower
from reconciler.planner.choice.states import Line, States

# What returns that take just what they bring can make of a room: the largest sum within it.
Filling = Callable[[int], int]
# How many of the states that may bring most are filled up after each candidate.
_TRIED = 4
# A list is no longer than this once there were steps enough.
_NARROW = 1 << 6


class Search:
    """A search among the choices that bring at least *value*.

    ``value`` rises to what was found, and ``missed`` is the most that a choice may bring
    that was left out for want of steps, None where none was.
    """

    def __init__(
        self,
        candidates: Sequence[Sequence[Option]],
        room: int,
        relaxed: Relaxation,
        value: int,
        fill: Filling,
        core: int,
    ) -> None:
        self.room, self.relaxed, self.value, self.fill = room, relaxed, value, fill
        self.missed: int | None = None
        self.steps = 0
        pairs = enumerate(zip(relaxed.best, candidates, strict=True))
        within = {place: [item for item in options if self._may_be_in(best, item)] for place, (best, options) in pairs}
        self._rates = {
            place: relaxed.rates(relaxed.best[place], options) for place, options in within.items() if len(options) > 1
        }
        places = sorted(self._rates, key=lambda place: (least(self._rates[place]), place))
        if len(places) > core:
            self.missed = relaxed.worth // relaxed.run
        self._places = places[:core]
        self._open = {place: sorted(within[place]) for place in self._places}
        self._states = States(relaxed.best, self._open)
        self._seen: int | None = None
        self._most = sum(max(item.takes for item in options) for options in candidates)

    def _may_be_in(self, best: Option, option: Option) -> bool:
        """Say whether a choice with an option may bring what is known to be possible."""
        return self.relaxed.loss(best, option) <= self._allowed

    @property
    def _allowed(self) -> int:
        return self.relaxed.worth - self.relaxed.run * self.value

    def run(self, width: int, allowance: int) -> list[tuple[Option, ...]]:
        """Return the best choices that were found, beside the filling of each.

        No list is longer than *width*, less where candidates have more than two options,
        and far less once there were more steps than *allowance*: those stay that promise most.
        """
        width = max(_NARROW, 2 * width * len(self._open) // max(1, sum(map(len, self._open.values()))))
        (after, before), places = self._lowest(), self._places
        left = right = [self._states.start]
        begin, end = 0, len(places)
        self._learn(left)
        while begin < end:
            most = width if self.steps <= allowance else min(width, _NARROW)
            if self.relaxed.filling or len(left) <= len(right):
                left = self._extended(left, places[begin], after[begin], most)
                begin += 1
                self._learn(left)
            else:
                end -= 1
                right = self._extended(right, places[end], before[end], most)
        return self._filled(left) if self.relaxed.filling else self._paired(left, right)

    def _lowest(self) -> tuple[list[Rates], list[Rates]]:
        """Return the lowest rates of all after, and of all before, each of the open candidates."""
        last, own = self.relaxed.last_rates, self._rates
        before, after = [last], [last]
        for place in self._places:
            before.append(lower(before[-1], own[place]))
        for place in reversed(self._places):
            after.append(lower(after[-1], own[place]))
        return after[-2::-1], before[:-1]

    def _extended(self, states: list[int], place: int, rates: Rates, most: int) -> list[int]:
        """Return *states* with every option of one more candidate, at most so many of them."""
        best = self.relaxed.best[place]
        options = [item for item in self._open[place] if item != best and self._may_be_in(best, item)]
        moves = [self._states.move(place, item) for item in options]
        self.steps += len(states) * (len(moves) + 1) * self._states.weight
        merged = sorted(states + [state + move for move in moves for state in states])
        kept = self._states.unbeaten(merged, self._lines(rates))
        return kept if len(kept) <= most else self._narrowed(kept, rates, most)

    def _lines(self, rates: Rates) -> list[Line]:
        """Return what a state may lose: more must be lost where the room is not filled yet, or overfilled."""
        relaxed, (more, less) = self.relaxed, rates
        rise, run, may = relaxed.rise, relaxed.run, self._allowed - relaxed.worth_of_best
        full = relaxed.target - relaxed.width
        lines = [(relaxed.target, rise, run, may)]
        if more is not None:
            up, of = more.numerator, more.denominator
            lines.insert(0, (full - 1, of * rise - up, of * run, of * may - up * full))
        if less is not None:
            down, of = less.numerator, less.denominator
            lines.append((self._most, of * rise + down, of * run, of * may + down * relaxed.target))
        return lines

    def _narrowed(self, states: list[int], rates: Rates, most: int) -> list[int]:
        """Return the states that promise most, and remember what the others may have brought."""
        losses = sorted(zip(self._losses(states, rates), states, strict=True))
        self.missed = max(self.missed or 0, (self.relaxed.worth - losses[most][0]) // self.relaxed.run)
        return sorted(state for _, state in losses[:most])

    def _losses(self, states: list[int], rates: Rates) -> Iterator[int]:
        """Give at least how much every choice loses that goes on from each state."""
        relaxed, (more, less) = self.relaxed, (rate or Fraction(0) for rate in rates)
        worth, rise, run = relaxed.worth_of_best, relaxed.rise, relaxed.run
        up, up_of, down, down_of = more.numerator, more.denominator, less.numerator, less.denominator
        target, full = relaxed.target, relaxed.target - relaxed.width
        for takes, brings in self._states.loads(states):
            loss = worth + rise * takes - run * brings
            if takes < full:
                loss += up * (full - takes) // up_of
            elif takes > target:
                loss += down * (takes - target) // down_of
            yield loss

    def _promise(self, state: int) -> int:
        """Return the most that a state brings with the filling."""
        return self._states.brings(state) + min(self.relaxed.filling, self.room - self._states.takes(state))

    def _total(self, state: int) -> int:
        return self._states.brings(state) + self.fill(self.room - self._states.takes(state))

    def _learn(self, states: list[int]) -> None:
        """Raise the known value to what the most promising states bring as they are."""
        feasible = states[: self._states.within(states, self.room)]
        tried = nlargest(_TRIED, feasible, key=self._promise) if self.relaxed.filling else feasible[-1:]
        for state in tried:
            total = self._total(state)
            if total > self.value or (self._seen is None and total == self.value):
                self.value, self._seen = total, state

    def _paired(self, left: list[int], right: list[int]) -> list[tuple[Option, ...]]:
        """Return the best choice that the two lists make, or that was seen."""
        pair = self._states.best_pair(left, right, self.room)
        self.steps += len(left) + len(right)
        found = [state for state in (pair, self._seen) if state is not None and self._total(state) >= self.value]
        if not found:
            return []
        best = max(found, key=self._states.key)
        self.value = self._total(best)
        return [self._states.options(best)]

    def _filled(self, states: list[int]) -> list[tuple[Option, ...]]:
        """Return the choices of the states that bring most when they are filled up, or of the one that was seen."""
        feasible = set(states[: self._states.within(states, self.room)])
        if self._seen is not None:
            feasible.add(self._seen)
        best: list[int] = []
        for state in sorted(feasible, key=lambda state: (-self._promise(state), state)):
            if self._promise(state) < self.value:
                break
            total = self._total(state)
            best = [*best, state] if total == self.value else [state] if total > self.value else best
            self.value = max(self.value, total)
        return [self._states.options(state) for state in best]
