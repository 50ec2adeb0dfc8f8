"""Asynchronous work behind synchronous calls: one event loop, in a thread of its own.

A loop that always runs notices connections that the service closed while nobody
called, so that no request is sent into a dead one.

While somebody waits for it the garbage collector is paused: what a request makes holds
next to no cycles, and looking for them took a third of a request's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from threading import Lock, Thread
from typing import Any, TypeVar

from reconciler.documents import collector_paused

Result = TypeVar("Result")


class Background:
    """Run coroutines from any thread; the thread starts with the first of them."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._lock = Lock()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return the result of *work*; an interrupt while waiting cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            with collector_paused():
                return future.result()
        except BaseException:
            future.cancel()
            raise

    def each(
        self, works: Iterable[Coroutine[Any, Any, Result]], ahead: int, *, ordered: bool = True
    ) -> Generator[Result, None, None]:
        """Give the results of *works*, in their order or as they come.

        At most *ahead* of them are under way, or done and not taken. Who takes no more of them, or is interrupted,
        cancels those that were begun.
        """
        waiting, begun = iter(works), list[Future[Result]]()
        try:
            while True:
                loop = self._running()
                begun += [asyncio.run_coroutine_threadsafe(work, loop) for work in islice(waiting, ahead - len(begun))]
                if not begun:
                    return
                with collector_paused():
                    wait(begun[:1] if ordered else begun, return_when=FIRST_COMPLETED)
                place = next(place for place, future in enumerate(begun) if future.done() or ordered)
                yield begun.pop(place).result()
        finally:
            for future in begun:
                future.cancel()

    def close(self) -> None:
        """Stop the loop; it may be started again."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    @property
    def started(self) -> bool:
        """Say whether anything was run since the start or the last close."""
        return self._loop is not None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="azure", daemon=True)
                self._thread.start()
            return self._loop


async def alone() -> None:
    """Cancel whatever else is under way on this loop, and wait for its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def together(works: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Return the results of *works* in order; the first error cancels the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]
