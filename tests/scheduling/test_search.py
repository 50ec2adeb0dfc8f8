"""The search against trying all, and what must hold of any schedule however large."""

from __future__ import annotations

from random import Random

import pytest

from reconciler.scheduling.problem import Candidate, Option, Window
from reconciler.scheduling.solving import Solution, solve
from tests.scheduling.puzzles import best_of_all, drawn, holds

STEPS = 1_000_000
BATCHES = 10


def returned(solution: Solution) -> list[tuple[int, int]]:
    return [(option.day, option.use) for choice in solution.choices for option in choice]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_schedule_of_all_is_better(batch: int) -> None:
    """300 puzzles a batch, 3,000 in all."""
    for seed in range(batch * 300, batch * 300 + 300):
        candidates, window = drawn(seed)
        solution = solve(candidates, window, STEPS)
        assert (seed, solution.value, solution.proven) == (seed, best_of_all(candidates, window), True)
        assert solution.bound == solution.value
        assert holds(returned(solution), window)


def test_units_are_never_given_back_twice() -> None:
    for seed in range(500):
        candidates, window = drawn(seed)
        for candidate, choice in zip(candidates, solve(candidates, window, STEPS).choices, strict=True):
            assert sum(option.units for option in choice) <= candidate.units
            assert len({option.day for option in choice}) == len(choice)
            assert set(choice) <= set(candidate.options)


def test_more_headroom_never_lowers_the_value() -> None:
    for seed in range(300):
        candidates, window = drawn(seed)
        wider = Window(tuple(room + Random(seed).randint(0, 9) for room in window.rooms), window.days, window.taken)
        assert solve(candidates, wider, STEPS).value >= solve(candidates, window, STEPS).value


def test_one_more_release_never_lowers_the_value() -> None:
    for seed in range(300):
        candidates, window = drawn(seed)
        day = Random(seed).randrange(len(window.rooms))
        rooms = tuple(room + (5 if number >= day else 0) for number, room in enumerate(window.rooms))
        released = Window(rooms, window.days, window.taken)
        assert solve(candidates, released, STEPS).value >= solve(candidates, window, STEPS).value


def test_one_candidate_less_never_raises_the_value() -> None:
    for seed in range(300):
        candidates, window = drawn(seed)
        assert solve(candidates[1:], window, STEPS).value <= solve(candidates, window, STEPS).value


def large(seed: int, count: int = 30) -> tuple[list[Candidate], Window]:
    """Return a puzzle in cents: *count* candidates, room that comes back on 12 days."""
    lots = Random(seed)
    days = [0, *sorted(lots.sample(range(1, 365), 12))]
    rooms = [900_000] * 365
    for day in days[1:]:
        rooms[day:] = [room + 300_000 for room in rooms[day:]]
    candidates = []
    for number in range(count):
        cost, saved = lots.randint(50_000, 600_000), lots.choice([0, 0, lots.randint(10_000, 400_000)])
        options = [Option(day, 1, cost * (700 - day) // 700, (cost + saved) * (700 - day) // 700) for day in days]
        candidates.append(Candidate(f"c{number:02}", 1, tuple(options)))
    return candidates, Window(tuple(rooms), 365)


@pytest.mark.parametrize("seed", range(3))
def test_what_cannot_be_proven_has_a_bound_near_by(seed: int) -> None:
    candidates, window = large(seed)
    solution = solve(candidates, window, STEPS)
    assert holds(returned(solution), window)
    # Prices alone came within 1 % of the best schedule on all puzzles of this kind that were tried.
    assert solution.value <= solution.bound <= solution.value * 101 // 100


def test_the_same_puzzle_gives_the_same_schedule() -> None:
    candidates, window = large(7)
    assert solve(candidates, window, 20_000) == solve(candidates, window, 20_000)


def test_a_schedule_to_begin_with_is_never_made_worse() -> None:
    candidates, window = large(8)
    good = solve(candidates, window, STEPS)
    assert solve(candidates, window, 10, good.choices).value >= good.value
