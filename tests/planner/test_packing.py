"""The choice of returns that bring most under the cap, against every choice there is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.planner.packing import Load, best_subset


def every_choice(loads: list[Load], room: int) -> list[int]:
    """Return the best by looking at all; ``product`` gives those with earlier places first."""
    best: list[int] = []
    most = -1
    for marks in product((1, 0), repeat=len(loads)):
        chosen = [place for place, mark in enumerate(marks) if mark]
        brings = sum(loads[place][1] for place in chosen)
        if sum(loads[place][0] for place in chosen) <= room and brings > most:
            best, most = chosen, brings
    return best if room >= 0 else []


small = st.integers(0, 12)
alike = small.map(lambda amount: (amount, amount))
larger = st.integers(0, 5000)


@given(st.lists(st.one_of(alike, st.tuples(small, small)), max_size=9), st.integers(-2, 40))
def test_the_choice_is_the_best_of_all_and_earlier_places_win_ties(loads: list[Load], room: int) -> None:
    assert best_subset(loads, room) == every_choice(loads, room)


@given(st.lists(st.tuples(larger, larger), max_size=10), st.integers(0, 20000))
def test_the_choice_is_the_best_of_all_for_amounts_of_money(loads: list[Load], room: int) -> None:
    assert best_subset(loads, room) == every_choice(loads, room)


@pytest.mark.parametrize("monthly", [0, 30])
def test_hundreds_of_returns_are_chosen_from_to_the_last_cent(monthly: int) -> None:
    loads = [(amount, amount) for amount in (100_003 + number**5 % 99_991 for number in range(120))]
    loads += [(90_001 + 31 * number, 7_001 + 13 * number) for number in range(monthly)]
    chosen = best_subset(loads, 5_000_000)
    assert sum(loads[place][0] for place in chosen) == sum(loads[place][1] for place in chosen) == 5_000_000
