"""What the tests of the views begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.planner.world import World
from tests.views.outputs import places


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> World:
    """Return an empty repository, in which commands are run."""
    monkeypatch.chdir(tmp_path)
    return World(tmp_path, capsys)


@pytest.fixture(scope="session")
def where() -> Iterator[dict[str, tuple[Path, str]]]:
    """Give the places that golden files are made in."""
    with places() as found:
        yield found
