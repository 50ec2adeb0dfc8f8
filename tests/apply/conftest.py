"""Every test here runs in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.apply.world import World, world


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., World]]:
    """Give a function that starts an emulator holding the given cases."""
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:

        def begin(*cases: dict[str, Any], **estate: Any) -> World:
            return stack.enter_context(world(tmp_path, capsys, list(cases), **estate))

        yield begin
