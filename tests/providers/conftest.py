"""Providers opened on an endpoint, and closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from reconciler.providers import LiveProvider
from tests.apply.conftest import start
from tests.providers.samples import connected

__all__ = ["start"]


@pytest.fixture
def connect() -> Iterator[Callable[[str], LiveProvider]]:
    """Return a function that opens a provider for an emulator's endpoint."""
    with ExitStack() as stack:
        yield lambda endpoint: stack.enter_context(closing(connected(endpoint)))
