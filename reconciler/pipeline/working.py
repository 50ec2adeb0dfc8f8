"""Work that can be divided into tasks, and how what comes of one travels between processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

Task = TypeVar("Task")
Result = TypeVar("Result")


class Work(msgspec.Struct, Generic[Task, Result], frozen=True, kw_only=True):
    """What is done with every task: ``do`` is given the ``frame``, which all have in common, and the task.

    ``result`` is the type of what it gives; ``needs`` are paths that every worker must see.
    """

    do: Callable[[Any, Task], Result]
    frame: Any
    result: Any
    needs: tuple[Path, ...] = ()


# Gives the result of each task, with the task's place, as they come.
Each = Callable[[Sequence[Task]], Iterator[tuple[int, Result]]]


def packed(do: Callable[[Any, Any], Any], frame: Any, task: Any) -> bytes:
    """Do one task in another process; pickling values would take as long as the work."""
    return msgspec.msgpack.encode(do(frame, task))


def unpacked(data: bytes, work: Work[Any, Result]) -> Result:
    """Return what another process gave."""
    result: Result = msgspec.msgpack.decode(data, type=work.result)
    return result
