"""An empty ledger in a file of its own, and the run that works on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ledger_samples import AT

from reconciler.ledger import Run, open_ledger, this_run

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with open_ledger(url, create=True) as opened:
        yield opened


@pytest.fixture
def run(ledger: Ledger) -> Run:
    """This process, known to the ledger and holding contoso."""
    run = this_run("run-1", AT)
    ledger.lock(["contoso"], run)
    return run
