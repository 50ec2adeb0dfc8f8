"""A run on PostgreSQL is killed, or loses its server; nothing is lost. The short form of `make torture`."""

from __future__ import annotations

import pytest

from tests.postgres import Server
from tests.torture.lives import Life
from tests.torture.matrix import failures
from tests.torture.scenes import Scene
from tests.torture.test_kills import CHOSEN
from tests.torture.trials import SCENES, until_spared


@pytest.mark.parametrize("scene", [SCENES["cancel part"], SCENES["exchange group"]], ids=lambda scene: scene.kind)
def test_a_killed_run_is_settled_and_finished_and_both_sides_agree(scene: Scene, postgresql_server: Server) -> None:
    lives = [Life(scene, death, late) for death, late in CHOSEN]
    played = failures(lives, workers=3, server=postgresql_server)
    assert {str(life): problem for life, problem in played if problem} == {}


@pytest.mark.parametrize("label", ["the answer to one commit is lost", "no server after a commit"])
def test_a_ledger_whose_server_is_lost_at_the_nth_commit_loses_nothing(label: str, postgresql_server: Server) -> None:
    played = list(until_spared(SCENES["cancel part"], label, postgresql_server))
    assert [(str(trial), problem) for trial, problem in played if problem] == []
    assert len(played) == 6  # lock, plan used up, intent, sent, settled, finished
