"""What every test of whole plans begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planner.world import World


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> World:
    """Return an empty repository; the working folder holds no configuration and no ledger."""
    monkeypatch.chdir(tmp_path)
    return World(tmp_path, capsys)
