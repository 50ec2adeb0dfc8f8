"""Arbitrary histories of plan, apply and resume: the short form of ``python -m tests.machine``."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.forms import machine


def played(*, wire: bool, histories: int, steps: int) -> Counter[tuple[str, str]]:
    """Play the same histories each time, and return what they reached."""
    short = settings(
        max_examples=histories,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    with machine(wire=wire) as kind:
        run_state_machine_as_test(kind, settings=short)
        return kind.counts


@pytest.mark.parametrize(("wire", "histories", "steps"), [(False, 19, 50), (True, 2, 25)], ids=["in process", "wire"])
def test_whatever_happens_no_money_moves_twice_and_none_is_lost(wire: bool, histories: int, steps: int) -> None:
    reached = played(wire=wire, histories=histories, steps=steps)
    assert sum(count for (kind, _), count in reached.items() if kind == "step") >= histories * steps * 0.9
    ended = Counter(what.rpartition(" ")[2] for kind, what in reached if kind == "ended")
    assert ended["confirmed"], "these histories moved nothing: see the weights of the machine"
