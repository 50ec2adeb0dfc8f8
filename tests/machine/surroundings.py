"""Around the product: the machine's clock, ledger and ids in place of the system's own."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis.internal.conjecture.engine import ConjectureRunner
from sqlalchemy import create_engine

from reconciler.apply import settling
from reconciler.ledger import locks, open_ledger, sqlite
from reconciler.pipeline import applying, remembering
from tests.machine.stage import Stage

Replaced = tuple[Any, str, Any]


@contextmanager
def replacing(names: Iterable[Replaced]) -> Iterator[None]:
    """Replace names of modules and classes, each by a value, until the block ends."""
    names = list(names)
    before = [(place, name, getattr(place, name)) for place, name, _ in names]
    for place, name, value in names:
        setattr(place, name, value)
    try:
        yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)


def of_all_histories() -> Iterator[Replaced]:
    """Give what is replaced while histories are played.

    The engine of Hypothesis would play five near copies of each history, to find the same value
    twice. SQLAlchemy compiles its statements for each engine anew, which takes longer than to
    carry them out.
    """
    yield (ConjectureRunner, "generate_mutations_from", lambda *_: None)
    yield (sqlite, "create_engine", lru_cache(maxsize=4)(create_engine))


def of_one_history(stage: Stage) -> Iterator[Replaced]:
    """Give what is replaced while one history is played; its ids are the same each time it is."""
    numbers = itertools.count(1)

    def made() -> uuid.UUID:
        digest = hashlib.sha256(next(numbers).to_bytes(8, "big")).digest()
        return uuid.UUID(bytes=digest[:16], version=4)

    yield (settling, "time", stage.timepiece)
    yield (applying, "open_ledger", stage.open)
    yield (remembering, "open_ledger", stage.open)
    yield (remembering, "ledger_exists", lambda _url: True)
    yield (locks, "alive", stage.lives)
    yield (uuid, "uuid4", made)
    for name, module in list(sys.modules.items()):
        if name.startswith("reconciler.") and hasattr(module, "uuid4"):
            yield (module, "uuid4", made)


@lru_cache(maxsize=1)
def _empty_ledger() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        open_ledger(f"sqlite:///{path}", create=True).close()
        return path.read_bytes()


def clear(folder: Path) -> None:
    """Make *folder* as it is before a history: an empty ledger and nothing else."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / "ledger.db").write_bytes(_empty_ledger())
