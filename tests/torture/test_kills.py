"""A run is killed; nothing is done twice and nothing is lost. The short form of `make torture`."""

from __future__ import annotations

import pytest

from tests.torture.afflictions import DeathAt
from tests.torture.executioner import Blow
from tests.torture.lives import Life
from tests.torture.matrix import failures
from tests.torture.scenes import ALONE, Scene

CHOSEN = (
    (DeathAt("mark_sent", "before"), "never"),
    (DeathAt("mark_sent", "after"), "never"),
    (DeathAt("settle", "after"), "never"),
    (Blow(1, "before"), "never"),
    (Blow(1, "before"), "after resume"),
    (Blow(1, "after"), "never"),
    (Blow(1, "after", 1), "never"),
)


@pytest.mark.parametrize("scene", ALONE, ids=lambda scene: scene.kind)
def test_a_killed_run_is_settled_and_finished_and_both_sides_agree(scene: Scene) -> None:
    lives = [Life(scene, death, late) for death, late in CHOSEN]
    assert {str(life): problem for life, problem in failures(lives, workers=3) if problem} == {}
