"""The forms in which the machine is played: in this process, and over the wire."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis.internal.conjecture.engine import ConjectureRunner

from tests.machine.inside import inside, read_usage
from tests.machine.machine import Machine
from tests.machine.outside import outside

MEMORY = Path("/dev/shm")


@contextmanager
def machine(*, wire: bool) -> Iterator[type[Machine]]:
    """Give the machine of one form, on a ledger in memory where the system has such files."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where, prefix="machine-") as name, each_history_anew():
        kept: dict[str, Any] = {"folder": Path(name), "counts": Counter()}
        if wire:
            yield type("OverTheWire", (Machine,), {**kept, "make": staticmethod(outside)})
        else:
            replaced = {"read_usage": read_usage}
            yield type("InProcess", (Machine,), {**kept, "make": staticmethod(inside), "replaced": replaced})


@contextmanager
def each_history_anew() -> Iterator[None]:
    """Keep the engine from playing five near copies of each history, as it does to find the same value twice."""
    before = ConjectureRunner.generate_mutations_from
    ConjectureRunner.generate_mutations_from = lambda *_: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        ConjectureRunner.generate_mutations_from = before  # type: ignore[method-assign]
