"""The forms in which the machine is played: in this process, and over the wire."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reconciler.providers.azure import reading
from tests.machine.inside import inside, read_usage
from tests.machine.machine import Machine
from tests.machine.outside import outside
from tests.machine.surroundings import of_all_histories, replacing

MEMORY = Path("/dev/shm")


@contextmanager
def machine(*, wire: bool) -> Iterator[type[Machine]]:
    """Give the machine of one form, on a ledger in memory where the system has such files."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where, prefix="machine-") as name, replacing(of_all_histories()):
        own: dict[str, Any] = {"folder": Path(name), "counts": Counter()}
        if wire:
            yield type("OverTheWire", (Machine,), {**own, "make": staticmethod(outside)})
        else:
            own["replaced"] = ((reading, "read_usage", read_usage),)
            yield type("InProcess", (Machine,), {**own, "make": staticmethod(inside)})
