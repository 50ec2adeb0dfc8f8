"""The forms in which the machine is played: in this process, and over the wire."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.machine.inside import Inside, read_usage
from tests.machine.machine import Machine
from tests.machine.record import Body
from tests.machine.timing import Timepiece

MEMORY = Path("/dev/shm")


@contextmanager
def _inside(estate: Body, timepiece: Timepiece) -> Iterator[Inside]:
    yield Inside(estate, timepiece)


@contextmanager
def in_process() -> Iterator[type[Machine]]:
    """Give the machine that plays in this process, on a ledger in memory where the system has such files."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where, prefix="machine-") as name:

        class InProcess(Machine):
            make = staticmethod(_inside)
            folder = Path(name)
            replaced = {"read_usage": read_usage}

        yield InProcess
