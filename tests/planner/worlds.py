"""Worlds made by Hypothesis, which has no use for pytest's fixtures: each in a folder of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.estate.whole import read_whole
from reconciler.model.current import Estate
from reconciler.planner.build import Answer
from tests.bodies import Body
from tests.planner.holdings import Held
from tests.planner.world import World


def plan_of(wants: list[str], holds: list[Held], refunds: list[Body], **asked: Any) -> tuple[Answer, Estate]:
    """Return the plan of one customer, and the estate that it was made from, read on the plan's day."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), cast("pytest.CaptureFixture[str]", None))
        world.taken_at = asked["at"]
        world.customer(*wants, holds=holds, refunds=refunds)
        answer = world.build(**asked)
        return answer, read_whole(world.estate(), None)  # the file is gone after this
