"""What is divided instead of gone through: bounds hold for the best of all, and what is called proven is the best."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from reconciler.scheduling import filling, tree
from reconciler.scheduling.filling import filled
from reconciler.scheduling.problem import Candidate, Option, Window, value_of
from reconciler.scheduling.solving import solve
from tests.scheduling.puzzles import best_of_all, drawn, holds

STEPS = 1_000_000


@pytest.mark.parametrize("leaf_steps", [0, 200_000])
def test_the_best_is_found_by_dividing_alone(leaf_steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No search through all days at first; without one in leaves either, what is not proven has a bound."""
    monkeypatch.setattr(tree, "_ROOT_STEPS", 0)
    monkeypatch.setattr(tree, "_VARIED", 0)
    monkeypatch.setattr(tree, "_STEPS", leaf_steps)
    proven = 0
    for seed in range(200):
        candidates, window = drawn(seed)
        solution, best = solve(candidates, window, STEPS), best_of_all(candidates, window)
        assert (seed, solution.value <= best <= solution.bound) == (seed, True)
        assert solution.proven == (solution.value == solution.bound)
        proven += solution.proven
    assert proven == 200 if leaf_steps else proven > 100


def falling(seed: int, days: int) -> tuple[list[Candidate], Window]:
    """Return two or three returns in one piece of days each, some in parts that are rounded; two rows.

    What they bring beyond what they take stays, rounded too: 3.5 a unit is 4 for one, 7 for two.
    """
    lots = Random(seed)
    candidates = []
    for number in range(lots.randint(2, 3)):
        first, beyond = lots.choice([0, 0, 3]), lots.choice([0, 3.5])
        units, each, rate = lots.choice([1, 1, 2]), lots.randint(120, 400), lots.randint(1, 19)
        sizes = range(1, units + 1) if lots.random() < 0.5 else [units]
        options = [
            Option(first + later, size, use := size * (each - rate * later) // 2, use + int(size * beyond + 0.5))
            for later in range(3)
            for size in sizes
        ]
        candidates.append(Candidate(f"c{number}", units, tuple(options)))
    most = sum(max(option.value for option in item.options) for item in candidates)
    room = most - lots.randint(0, 30)
    return candidates, Window((room - lots.randint(0, 9),) * 3 + (room,) * 3, days)


def best_falling(candidates: list[Candidate], window: Window) -> int:
    """Return the most where each return goes back in any case, whole or on several days: all such days are tried."""
    ways = (choices for choices in product(*map(all_of, candidates)) if holds(returns(choices), window))
    return max(map(value_of, ways), default=-1)


def test_days_lose_no_cent_too_much() -> None:
    for seed in range(600):
        candidates, window = falling(seed, 365)
        best, least = best_falling(candidates, window), filled(candidates, window, [2, 5], 0)
        assert (seed, least.bound) == (seed, max(best, 0))
        if least.choices is None:
            assert best == -1
        else:
            assert holds(returns(least.choices), window)
            assert (seed, value_of(least.choices)) == (seed, best)


def test_what_is_not_looked_for_lowers_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither losses of more than 20, nor what brings no more than 900 that were reached."""
    monkeypatch.setattr(filling, "_MOST_LOST", 20)
    for seed in range(300):
        candidates, window = falling(seed, 365)
        best = best_falling(candidates, window)
        for reached in (0, 900):
            least = filled(candidates, window, [2, 5], reached)
            assert (seed, least.bound is None or max(least.bound, reached) >= best) == (seed, True)
            assert least.choices is None or value_of(least.choices) > reached


def test_days_of_a_later_window_hold_beside_those_of_the_first() -> None:
    """What comes back after three days is known by the day on which it went: a wait there is a wait here."""
    found = 0
    for seed in range(600):
        candidates, window = falling(seed, 3)
        best, least = best_falling(candidates, window), filled(candidates, window, [2, 5], 0)
        assert (seed, least.bound is None or least.bound >= best) == (seed, True)
        if least.choices is not None:
            assert holds(returns(least.choices), window)
            assert value_of(least.choices) <= best
            found += 1
    assert found > 300


def returns(choices: object) -> list[tuple[int, int]]:
    return [(option.day, option.use) for choice in choices for option in choice]  # type: ignore[attr-defined]


def all_of(candidate: Candidate) -> list[tuple[Option, ...]]:
    """Return all ways to give all units of a candidate back, at most in two parts."""
    options = candidate.options
    pairs = [(one, other) for one in options for other in options if one.day < other.day]
    ways = [(option,) for option in options] + pairs
    return [way for way in ways if sum(option.units for option in way) == candidate.units]
