"""Hard choices are made exactly, and an independent solver finds nothing better."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest

from reconciler.planner.choice import Option, choose
from tests.planner.choices import totals
from tests.planner.families import FAMILIES, ROOM, family

# Whole families that a solver of linear programs with integers proves in a moment.
EASY_FOR_SOLVERS = ("uncorrelated", "weakly correlated", "inversely correlated", "monthly", "parts of both")


@pytest.mark.parametrize("count", [60, 500])
@pytest.mark.parametrize("name", FAMILIES)
def test_hard_choices_are_made_exactly(name: str, count: int) -> None:
    candidates = family(name, count, 1)
    got = choose(candidates, ROOM)
    takes, brings = totals(candidates, got.units)
    assert takes <= ROOM and brings == got.value
    assert got.optimal and got.value <= dantzig(candidates)


def dantzig(candidates: Sequence[Sequence[Option]]) -> Fraction:
    """Return what it would bring to take first what brings most for what it takes, and a part of the last.

    To choose a quantity is to choose every step up to it, so that free steps bring at least as much.
    """
    steps = []
    for options in candidates:
        before = Option(0, 0, 0)
        for option in options:
            steps.append((option.brings - before.brings, option.takes - before.takes))
            before = option
    left, value = ROOM, Fraction(0)
    for brings, takes in sorted(steps, key=lambda step: -Fraction(step[0], max(step[1], 1))):
        part = min(takes, left)
        value += Fraction(brings * part, takes) if takes else brings
        left -= part
    return value


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", EASY_FOR_SOLVERS)
def test_an_independent_solver_finds_the_same(name: str, seed: int) -> None:
    candidates = family(name, 50, seed)
    assert choose(candidates, ROOM).value == solved(candidates)


def solved(candidates: Sequence[Sequence[Option]]) -> int:
    """Return the value that HiGHS proves to be the most: a program with a variable of 0 or 1 for each option."""
    import highspy

    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.0), ("threads", 1)):
        solver.setOptionValue(option, value)
    columns = [option for options in candidates for option in options]
    for place, option in enumerate(columns):
        solver.addCol(-float(option.brings), 0, 1, 0, [], [])
        solver.changeColIntegrality(place, highspy.HighsVarType.kInteger)
    every = list(range(len(columns)))
    solver.addRow(-highspy.kHighsInf, float(ROOM), len(every), every, [float(option.takes) for option in columns])
    start = 0
    for options in candidates:
        own = list(range(start, start + len(options)))
        solver.addRow(-highspy.kHighsInf, 1.0, len(own), own, [1.0] * len(own))
        start += len(options)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return round(-solver.getInfo().objective_function_value)
