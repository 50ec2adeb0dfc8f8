"""An empty ledger of the test's own, on each database in turn, and the run that works on it.

A test that asks for the ``path`` of the file is about SQLite alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ledger_samples import AT

from reconciler.ledger import Run, open_ledger, this_run
from reconciler.ledger.books_tables import metadata
from tests.places import FilePlace, Place
from tests.postgres import Server

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        kinds = ["sqlite"] if "path" in metafunc.fixturenames else ["sqlite", "postgresql"]
        metafunc.parametrize("kind", kinds, scope="session")


@pytest.fixture(scope="session")
def new_place(
    kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[], AbstractContextManager[Place]]:
    """Return what gives a place for a ledger, with nothing in it, until a block ends."""
    server: Server | None = request.getfixturevalue("postgresql_server") if kind == "postgresql" else None

    @contextmanager
    def make() -> Iterator[Place]:
        if server is None:
            yield FilePlace(tmp_path_factory.mktemp("ledger") / "ledger.db")
            return
        with server.schema() as schema:
            yield schema

    return make


@pytest.fixture(scope="session")
def new_ledger(
    new_place: Callable[[], AbstractContextManager[Place]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], AbstractContextManager[Ledger]]]:
    """Return what gives an open ledger with nothing in it, many times over; it is made once."""
    with new_place() as made:
        open_ledger(made.url, create=True).close()

        @contextmanager
        def make() -> Iterator[Ledger]:
            place = made
            if isinstance(made, FilePlace):
                place = FilePlace(tmp_path_factory.mktemp("copy") / "ledger.db")
                shutil.copyfile(made.path, place.path)
            else:
                names = ", ".join(metadata.tables.keys() - {"meta"})
                made.sql(f"TRUNCATE {names}")
            with open_ledger(place.url, create=False) as ledger:
                yield ledger

        yield make


@pytest.fixture
def place(kind: str, tmp_path: Path, new_place: Callable[[], AbstractContextManager[Place]]) -> Iterator[Place]:
    if kind == "sqlite":
        yield FilePlace(tmp_path / "state" / "ledger.db")
        return
    with new_place() as given:
        yield given


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def url(place: Place) -> str:
    return place.url


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
