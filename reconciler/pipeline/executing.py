"""Where work that can be divided is done: in this process, in several of this machine, or on a Dask cluster.

One seam: `concurrent.futures.Executor`. Each task gives a value that msgspec can write, so
that what comes back is bytes, and the same whoever did it (docs/decisions/029-shares.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from reconciler.errors import UsageError
from reconciler.pipeline.working import Each, Work, completed, unpacked

PROCESSES, DASK = "processes", "dask"
_CGROUP = Path("/sys/fs/cgroup/cpu.max")
Task = TypeVar("Task")
Result = TypeVar("Result")


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """Who works: ``executor`` is PROCESSES or DASK; ``jobs`` None is one process a core, where they pay."""

    executor: str = PROCESSES
    jobs: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.executor == DASK and self.scheduler is None:
            raise UsageError("--executor dask needs a cluster: say where its scheduler is, --scheduler tcp://HOST:8786")
        if self.executor != DASK and self.scheduler is not None:
            raise UsageError("--scheduler goes with --executor dask")


def cores() -> int:
    """Return how many processors this process may use: of the machine, of its affinity, of its container."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # "max 100000" where there is no quota
        quota, period = map(int, _CGROUP.read_text().split())
        count = min(count, max(1, quota // period))
    return count


@contextmanager
def crew(engine: Engine, work: Work[Task, Result], jobs: int) -> Iterator[Each[Task, Result]]:
    """Give what does *work*: *jobs* processes (of one: this), or a cluster.

    Errors: UsageError if the cluster cannot be used.
    """
    if engine.executor == DASK:
        from reconciler.pipeline.clustering import cluster

        with cluster(engine.scheduler or "", work) as each:
            yield each
    elif jobs == 1:
        yield partial(_here, work)
    else:
        from reconciler.pipeline.forking import pool

        with pool(work.frame, jobs) as found:
            yield partial(_beside, work, found.submit, found.end)


def _here(
    work: Work[Task, Result],
    tasks: Sequence[Task],
    interrupted: Callable[[], None] | None = None,  # noqa: ARG001 (what one does here is interrupted itself)
) -> Iterator[tuple[int, Result]]:
    """Do one task after the other."""
    for place, task in enumerate(tasks):
        yield place, work.do(work.frame, task)


def _beside(
    work: Work[Task, Result],
    submit: Callable[..., Future[bytes]],
    end: Callable[[], None],
    tasks: Sequence[Task],
    interrupted: Callable[[], None] | None = None,
) -> Iterator[tuple[int, Result]]:
    """Let other processes do it. What is not done when one is killed or cannot be started is done here.

    Nothing is once the run is interrupted.
    """
    left, stopped = dict(enumerate(tasks)), False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        if interrupted is not None:
            interrupted()

    try:
        places = {submit(work.do, task): place for place, task in left.items()}
        for future in completed(places, interrupted and stop):
            place = places[future]
            if interrupted is not None and isinstance(future.exception(), KeyboardInterrupt):
                # Ctrl-C reaches every process, this one as well: what the others are at is waited for.
                stop()
                continue
            try:
                result = unpacked(future.result(), work)
            except MemoryError:  # one process may have what several have not
                continue
            del left[place]
            yield place, result
    except BrokenExecutor:
        # The others are ended then, and this is told before they are gone: what one is at must not be done beside it.
        end()
    for place, task in () if stopped else left.items():
        yield place, work.do(work.frame, task)
