"""Work that can be divided into tasks, and how what comes of one travels between processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import msgspec

Task = TypeVar("Task")
Result = TypeVar("Result")
AnyTask = TypeVar("AnyTask", contravariant=True)
AnyResult = TypeVar("AnyResult", covariant=True)


class Work(msgspec.Struct, Generic[Task, Result], frozen=True, kw_only=True):
    """What is done with every task: ``do`` is given the ``frame``, which all have in common, and the task.

    ``result`` is the type of what it gives; ``needs`` are paths that every worker must see.
    """

    do: Callable[[Any, Task], Result]
    frame: Any
    result: Any
    needs: tuple[Path, ...] = ()


class Each(Protocol[AnyTask, AnyResult]):
    """What does a work."""

    def __call__(
        self, tasks: Sequence[AnyTask], interrupted: Callable[[], None] | None = None
    ) -> Iterator[tuple[int, AnyResult]]:
        """Give the result of each task, with the task's place, as they come.

        *interrupted* is called instead of an end where the run is to stop: what is under way
        is waited for, and it must see to it that nothing else is begun.
        """


def completed(futures: Iterable[Future[bytes]], interrupted: Callable[[], None] | None) -> Iterator[Future[bytes]]:
    """Give *futures* as they are done, the rest as well once *interrupted* was called; the second time is the end."""
    left = set(futures)
    while left:
        try:
            for future in as_completed(set(left)):
                left.discard(future)
                yield future
        except KeyboardInterrupt:
            if interrupted is None:
                raise
            stop, interrupted = interrupted, None
            stop()


def packed(do: Callable[[Any, Any], Any], frame: Any, task: Any) -> bytes:
    """Do one task in another process; pickling values would take as long as the work."""
    return msgspec.msgpack.encode(do(frame, task))


def unpacked(data: bytes, work: Work[Any, Result]) -> Result:
    """Return what another process gave."""
    result: Result = msgspec.msgpack.decode(data, type=work.result)
    return result
