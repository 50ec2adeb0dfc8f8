"""What the planner makes holds, whatever the estate: two programs, one answer.

Every plan that the tests of the planner build is verified too (`tests/planner/world.py`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from reconciler.cli.main import run
from tests.planner.test_properties import plan, worlds
from tests.verify.verifying import require_sound, signed

ROOT = Path(__file__).parents[2]
AT = "2026-11-20T09:00:00Z"


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_every_plan_of_a_random_estate_holds(case: tuple[Any, ...]) -> None:
    require_sound(plan(*case))


@pytest.mark.parametrize(("folder", "code"), [("tests/sample", 0), ("examples/contoso-partner", 3)])
def test_the_plans_that_were_worked_by_hand_hold(
    folder: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT / folder)
    file = tmp_path / "change.plan.json"
    assert run(["plan", "--estate", "estate.json", "--at", AT, "--out", str(file)]) == code
    assert run(["verify", str(file)]) == 0
    assert "comparisons hold" in capsys.readouterr().out
    assert json.loads(file.read_bytes()) == signed(json.loads(file.read_bytes()))
