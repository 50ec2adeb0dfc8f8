"""Good schedules, quickly: one candidate after the other, each as well as it fits; then better ones beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from reconciler.scheduling.problem import Candidate, Choice, Load, Option, Window, value_of

_ROUNDS = 20


class Effort:
    """Steps that may still be taken; counted, never timed, so that every machine finds the same."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> bool:
        """Count steps, and say whether there were any left."""
        self.left -= steps
        return self.left >= 0


class Builder:
    """Makes schedules of some candidates, and makes them better; *effort* is used up by and by."""

    def __init__(self, candidates: Sequence[Candidate], window: Window, effort: Effort) -> None:
        self.effort = effort
        self._candidates, self._window = candidates, window
        self._movable = [number for number, item in enumerate(candidates) if item.options]
        # Each candidate's options, the best first, and of equals the earliest.
        self._ranked = [sorted(item.options, key=lambda option: (-option.value, option.day)) for item in candidates]

    def greedy(self) -> list[Choice]:
        """Return the best schedule of several orders in which candidates may choose."""
        first = {number: self._ranked[number][0] for number in self._movable}
        orders = (
            sorted(self._movable, key=lambda number: -first[number].value),
            sorted(self._movable, key=lambda number: first[number].use),
            sorted(self._movable, key=lambda number: -first[number].value * 1000 // (first[number].use + 1)),
            sorted(self._movable, key=lambda number: self._candidates[number].options[-1].day),
        )
        found: list[list[Choice]] = []
        for order in orders:
            choices: list[Choice] = [()] * len(self._candidates)
            self._fill(choices, order, Load(self._window))
            found.append(self.improved(choices))
        return max(found, key=value_of)

    def improved(self, choices: list[Choice]) -> list[Choice]:
        """Return a schedule that no candidate, and no two that choose again after each other, can make better."""
        for _ in range(_ROUNDS):
            before = value_of(choices)
            for again in self._selections(choices):
                if self.effort.left <= 0:
                    return choices
                choices = self._chosen_again(choices, again)
            if value_of(choices) == before:
                break
        return choices

    def varied(self, choices: list[Choice]) -> list[Choice]:
        """Return a schedule that is better yet: again and again some, drawn by lot, choose anew in any order.

        Those that were left out choose with them, so that others may take their place (ruin and recreate). The lots
        are the same in every run.
        """
        lots = Lots()
        while self.effort.left > 0:
            taken = [number for number in self._movable if choices[number]]
            again = {taken[lots.below(len(taken))] for _ in range(2 + lots.below(3))} if taken else set()
            order = sorted(again | {number for number in self._movable if not choices[number]})
            order = [order.pop(lots.below(len(order))) for _ in range(len(order))]
            choices = self._chosen_again(choices, order)
        return choices

    def _selections(self, choices: Sequence[Choice]) -> Iterator[tuple[int, ...]]:
        """Give those that choose again: each alone, then pairs of which one has something to give."""
        yield from ((number,) for number in self._movable)
        for one, other in combinations(self._movable, 2):
            if choices[one]:
                yield (other, one)
            if choices[other]:
                yield (one, other)

    def _chosen_again(self, choices: list[Choice], again: Sequence[int]) -> list[Choice]:
        """Let some candidates choose again, in their order, beside the others; kept unless it is worse."""
        load, new = Load(self._window), list(choices)
        for number, choice in enumerate(choices):
            if number in again:
                new[number] = ()
            else:
                load.put(choice)
        self._fill(new, again, load)
        return new if value_of(new) >= value_of(choices) else choices

    def _fill(self, choices: list[Choice], order: Iterable[int], load: Load) -> None:
        for number in order:
            choices[number] = self._best_beside(number, load)
            load.put(choices[number])

    def _best_beside(self, number: int, load: Load) -> Choice:
        """Return what a candidate takes where it may choose freely: the best that fits, while units last."""
        taken: list[Option] = []
        left = self._candidates[number].units
        while left and (best := self._first_fitting(number, (left, {option.day for option in taken}), load)):
            taken.append(best)
            load.add(best.day, best.use)
            left -= best.units
        for option in taken:
            load.remove(option.day, option.use)
        return tuple(sorted(taken))

    def _first_fitting(self, number: int, allowed: tuple[int, set[int]], load: Load) -> Option | None:
        units, not_on = allowed
        for looked, option in enumerate(self._ranked[number]):
            if option.units <= units and option.day not in not_on and load.fits(option.day, option.use):
                self.effort.spend(looked + 1)
                return option
        self.effort.spend(len(self._ranked[number]) + 1)
        return None


class Lots:
    """Numbers as if by chance, the same in every run (Park and Miller 1988)."""

    def __init__(self) -> None:
        self._state = 1

    def below(self, bound: int) -> int:
        """Return a number from 0 up to, not including, *bound*."""
        self._state = self._state * 48271 % 2147483647
        return self._state % bound
