"""Every test here has a repository of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.ci.partner import Partner, partner


@pytest.fixture
def open_repository(tmp_path: Path) -> Iterator[Callable[..., Partner]]:
    """Give a function that starts an emulator holding the given cases."""
    with ExitStack() as stack:

        def begin(*cases: dict[str, Any], **when: str) -> Partner:
            return stack.enter_context(partner(tmp_path, list(cases), **when))

        yield begin
