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


def greedy(candidates: Sequence[Candidate], window: Window, effort: Effort) -> list[Choice]:
    """Return the best schedule of several orders in which candidates may choose."""
    keys = (
        lambda item: (-_first(item).value, item.name),
        lambda item: (_first(item).use, item.name),
        lambda item: (-_first(item).value * 1000 // (_first(item).use + 1), item.name),
        lambda item: (item.options[-1].day, item.name),
    )
    found: list[list[Choice]] = []
    for key in keys:
        order = sorted(
            (number for number, item in enumerate(candidates) if item.options), key=lambda n: key(candidates[n])
        )
        choices: list[Choice] = [()] * len(candidates)
        _fill(candidates, choices, order, Load(window))
        found.append(improved(candidates, choices, window, effort))
    return max(found, key=value_of)


def improved(candidates: Sequence[Candidate], choices: list[Choice], window: Window, effort: Effort) -> list[Choice]:
    """Return a schedule that no candidate, and no two that choose again after each other, can make better."""
    for _ in range(_ROUNDS):
        before = value_of(choices)
        for again in _selections(candidates, choices):
            if not effort.spend(sum(len(candidates[number].options) for number in again)):
                return choices
            choices = _chosen_again(candidates, choices, window, again)
        if value_of(choices) == before:
            break
    return choices


def varied(candidates: Sequence[Candidate], choices: list[Choice], window: Window, effort: Effort) -> list[Choice]:
    """Return a schedule that is better yet: again and again some, drawn by lot, choose anew in any order.

    Those that were left out choose with them, so that others may take their place (ruin and recreate). The lots
    are the same in every run.
    """
    lots = _Lots()
    movable = [number for number, item in enumerate(candidates) if item.options]
    while effort.left > 0:
        taken = [number for number in movable if choices[number]]
        again = {taken[lots.below(len(taken))] for _ in range(2 + lots.below(3))} if taken else set()
        order = sorted(again | {number for number in movable if not choices[number]})
        order = [order.pop(lots.below(len(order))) for _ in range(len(order))]
        effort.spend(sum(len(candidates[number].options) for number in order) + 1)
        choices = _chosen_again(candidates, choices, window, tuple(order))
    return choices


class _Lots:
    """Numbers as if by chance, the same in every run (Park and Miller 1988)."""

    def __init__(self) -> None:
        self._state = 1

    def below(self, bound: int) -> int:
        """Return a number from 0 up to, not including, *bound*."""
        self._state = self._state * 48271 % 2147483647
        return self._state % bound


def _selections(candidates: Sequence[Candidate], choices: Sequence[Choice]) -> Iterator[tuple[int, ...]]:
    """Give those that choose again: each alone, then pairs of which one has something to give."""
    movable = [number for number, item in enumerate(candidates) if item.options]
    yield from ((number,) for number in movable)
    for one, other in combinations(movable, 2):
        if choices[one]:
            yield (other, one)
        if choices[other]:
            yield (one, other)


def _chosen_again(
    candidates: Sequence[Candidate], choices: list[Choice], window: Window, again: tuple[int, ...]
) -> list[Choice]:
    """Let some candidates choose again, in their order, beside the others; kept if it is better."""
    load, new = Load(window), list(choices)
    for number, choice in enumerate(choices):
        if number in again:
            new[number] = ()
        else:
            load.put(choice)
    _fill(candidates, new, again, load)
    return new if value_of(new) >= value_of(choices) else choices


def _fill(candidates: Sequence[Candidate], choices: list[Choice], order: Iterable[int], load: Load) -> None:
    for number in order:
        choices[number] = _best_beside(candidates[number], load)
        load.put(choices[number])


def _best_beside(candidate: Candidate, load: Load) -> Choice:
    """Return what a candidate takes where it may choose freely: the best that fits, while units last."""
    taken: list[Option] = []
    left = candidate.units
    while left:
        days = {option.day for option in taken}
        fitting = (
            option
            for option in candidate.options
            if option.units <= left and option.day not in days and load.fits(option.day, option.use)
        )
        # Units that go later may bring more, all of them, than a few that fit at once.
        best = max(fitting, key=lambda option: (option.value, -option.day), default=None)
        if best is None:
            break
        taken.append(best)
        load.add(best.day, best.use)
        left -= best.units
    for option in taken:
        load.remove(option.day, option.use)
    return tuple(sorted(taken))


def _first(candidate: Candidate) -> Option:
    return max(candidate.options, key=lambda option: (option.value, -option.day))
