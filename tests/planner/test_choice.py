"""The choice of returns that bring most under the cap, against every choice there is.

``RECONCILER_CHOICES=10000`` compares that many made-up ones instead of a few hundred.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.planner.choice import Chosen, Option, choose
from reconciler.planner.choice import choosing as choosing_module
from reconciler.planner.choice.choosing import NO_CONTEST
from tests.planner.choices import BASES, Candidates, best_of_all, instance, returns, totals

COUNT = int(os.environ.get("RECONCILER_CHOICES", "200"))
SLICES = 10
CAP = 5_000_000  # 50,000.00 USD
seeds = st.integers(0, 1_000_000)


def whole(*loads: tuple[int, int]) -> Candidates:
    return [[Option(1, takes, brings)] for takes, brings in loads]


def alike(*amounts: int) -> Candidates:
    return whole(*((amount, amount) for amount in amounts))


@pytest.mark.parametrize("part", range(SLICES))
def test_the_choice_is_the_best_of_all_and_the_first_of_those(part: int) -> None:
    for seed in range(part, COUNT, SLICES):
        candidates, room = instance(seed, 16)
        value, units = best_of_all(candidates, room)
        got = choose(candidates, room)
        assert (got.value, got.units, got.bound, got.first) == (value, units, value, True), seed


@pytest.mark.parametrize("part", range(SLICES))
def test_sums_find_what_states_find(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are few choices sums are not used; here they are."""
    monkeypatch.setattr(choosing_module, "_FEW", 0)
    for seed in range(part, COUNT, SLICES):
        candidates, room = instance(seed, 9)
        value, units = best_of_all(candidates, room)
        got = choose(candidates, room)
        assert (got.value, got.units, got.bound, got.first) == (value, units, value, True), seed


# What each takes and brings, the room, and how many of each are returned.
TABLE: dict[str, tuple[Candidates, int, tuple[int, ...]]] = {
    "nothing to choose from": ([], 5, ()),
    "no room, and history over the cap": (whole((0, 0), (1, 1)), -1, (0, 0)),
    "what takes nothing is returned even then": (whole((0, 0), (1, 1)), 0, (1, 0)),
    "what takes something and brings nothing is returned where it fits": (whole((5, 0), (6, 6)), 11, (1, 1)),
    "but never at the cost of anything": (whole((5, 0), (6, 6)), 10, (0, 1)),
    "ties go to the earlier ones": (alike(3, 2, 3, 2), 5, (1, 1, 0, 0)),
    "to the one with the first, not to the one with more": (alike(3, 1, 2), 3, (1, 0, 0)),
    # 7 and 5 make 12 of 12; the largest first takes 8 and 4 as well, and stands earlier.
    "an equal sum with the larger one first": (alike(8, 7, 5, 4), 12, (1, 0, 0, 1)),
    "ties among parts go to the earlier one's units": ([[Option(n, n, n) for n in (1, 2, 3)]] * 2, 4, (3, 1)),
    # 2 units are rounded up to 3 for 1.4 each and 3 units down to 4: units 3 and 1 make 5, 2 and 2 make 6.
    "each quantity is rounded by itself": ([[Option(1, 1, 1), Option(2, 3, 3), Option(3, 4, 4)]] * 2, 6, (2, 2)),
    # 10 for 1 of the room each is better than 30 for 4.
    "what brings most is not what takes most": (whole((4, 30), (1, 10), (1, 10), (2, 20)), 4, (0, 1, 1, 1)),
    "a part of one that never fits whole": ([[Option(n, 4 * n, n) for n in (1, 2, 3)], [Option(1, 4, 2)]], 11, (1, 1)),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_is_chosen(case: str) -> None:
    candidates, room, units = TABLE[case]
    got = choose(candidates, room)
    assert (got.units, got.value, got.optimal) == (units, totals(candidates, units)[1], True)
    assert got.units == best_of_all(candidates, room)[1]


@settings(deadline=None)
@given(seeds, st.integers(1, 500))
def test_more_room_never_lowers_the_value(seed: int, more: int) -> None:
    candidates, room = instance(seed, 12)
    assert choose(candidates, room + more).value >= choose(candidates, room).value


@settings(deadline=None)
@given(seeds, st.data())
def test_a_candidate_less_never_raises_the_value(seed: int, data: st.DataObject) -> None:
    candidates, room = instance(seed, 12)
    place = data.draw(st.integers(0, max(0, len(candidates) - 1)))
    assert choose(candidates[:place] + candidates[place + 1 :], room).value <= choose(candidates, room).value


@settings(deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_candidates_and_of_their_options_does_not_matter(seed: int, random: Random) -> None:
    candidates, room = instance(seed, 12)
    shuffled = [random.sample(options, len(options)) for options in random.sample(candidates, len(candidates))]
    assert choose(shuffled, room).value == choose(candidates, room).value
    mixed = [random.sample(options, len(options)) for options in candidates]
    assert choose(mixed, room) == choose(candidates, room)


@settings(deadline=None, max_examples=30)
@given(seeds, st.sampled_from(BASES), st.booleans(), st.sampled_from((1, 2_000, 50_000)))
def test_whatever_the_budget_the_value_is_reached_and_the_bound_holds(
    seed: int, basis: str, partial: bool, budget: int
) -> None:
    candidates = returns(Random(seed), 60, basis, partial=partial, most=300_000)
    best, got = choose(candidates, CAP), choose(candidates, CAP, budget)
    takes, brings = totals(candidates, got.units)
    assert takes <= CAP and brings == got.value <= best.value <= best.bound and best.value <= got.bound
    for place, options in enumerate(candidates):
        # Nothing is left out that would still fit.
        now = got.units[place]
        room = CAP - takes + next((option.takes for option in options if option.units == now), 0)
        kept = next((option.brings for option in options if option.units == now), 0)
        assert all(option.brings <= kept for option in options if option.takes <= room)


def test_nothing_competes_where_everything_fits() -> None:
    assert choose(alike(2, 3), 5) == Chosen((1, 1), 5, 5, NO_CONTEST, True)
