"""The n-th request or the n-th write fails; nothing is lost. The short form of `make torture`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.torture.faults import WAYS
from tests.torture.trials import AFFLICTIONS, SCENES, Trial, move_of, until_spared, verdict

SCENE = SCENES["cancel part"]


@pytest.fixture(scope="module")
def move() -> int:
    return move_of(SCENE)


@pytest.mark.parametrize("way", WAYS)
def test_a_quote_a_return_or_a_look_that_fails_loses_nothing(way: str, move: int) -> None:
    trials = [Trial(SCENE, nth, way) for nth in (move - 1, move, move + 1)]
    with ThreadPoolExecutor(3) as pool:
        assert [problem for problem in pool.map(verdict, trials) if problem] == []


def test_a_ledger_whose_nth_commit_fails_loses_nothing() -> None:
    played = list(until_spared(SCENE, "full at one commit"))
    assert [(str(trial), problem) for trial, problem in played if problem] == []
    assert len(played) > 5


@pytest.mark.parametrize("pages", [9, 14, 19])
def test_a_disk_that_is_really_full_loses_nothing(pages: int) -> None:
    make = AFFLICTIONS["no file beyond so many pages"]
    assert verdict(Trial(SCENE, pages, affliction=make(pages))) == ""
