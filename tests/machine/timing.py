"""The machine's own time: a wall clock that stands until it is moved, and waiting that takes none."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from reconciler.providers.azure.background import together

Result = TypeVar("Result")
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
# A run waits half an hour for an outcome by pauses of 50 ms: here each counts as many times more,
# so that it looks six times.
_PAUSE = 8000


class Timepiece:
    """The wall clock, and what the product sees as the module ``time``."""

    def __init__(self) -> None:
        self.at = START
        self._waited = 0.0

    def now(self) -> datetime:
        """Return the wall clock's instant."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by

    def monotonic(self) -> float:
        """Return seconds that only waiting adds to."""
        return self._waited

    def sleep(self, seconds: float) -> None:
        """Wait, at once."""
        self._waited += seconds * _PAUSE


class _NothingToSee(selectors.SelectSelector):
    """A selector whose waiting is over at once; it counts how long it would have been."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "the product waits for something that never comes"
        self.waited += max(0.0, timeout)
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop without I/O, in which time passes only by waiting for it."""

    def __init__(self) -> None:
        self._nothing = _NothingToSee()
        super().__init__(self._nothing)

    def time(self) -> float:
        """Return the seconds that were waited for."""
        return self._nothing.waited


class Inline:
    """Run coroutines in this thread, where the product has a thread for them."""

    started = False

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return the result of *work*."""
        return self._loop.run_until_complete(work)

    def each(self, works: Iterable[Coroutine[Any, Any, Result]], *_: object, **__: object) -> Iterator[Result]:
        """Give the results of *works*, which are under way all at once: there are a few."""
        yield from self.run(together(works))

    def close(self) -> None:
        """Leave the loop to the next run."""
