"""The SQLite file under the ledger: made whole or not at all, opened, read, written.

Every error of the database leaves this module as a LedgerError.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, insert, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.errors import LedgerError
from reconciler.ledger.books_tables import metadata
from reconciler.ledger.places import is_there
from reconciler.ledger.rows import instant_text
from reconciler.ledger.tables import SCHEMA_VERSION, meta

_BUSY_MILLISECONDS = 10_000
_REASONS = {
    "SQLITE_BUSY": f"another process has kept it busy for {_BUSY_MILLISECONDS // 1000} s; try again",
    "SQLITE_CANTOPEN": "it cannot be opened; check that it is a file and its rights",
    "SQLITE_CORRUPT": "it is damaged; restore it from a copy",
    "SQLITE_FULL": "the disk is full; nothing was written",
    "SQLITE_IOERR": "the disk cannot be read or written, or is full; nothing was written",
    "SQLITE_NOTADB": "it is not a ledger",
    "SQLITE_READONLY": "it is read-only; nothing was written",
}


class Store:
    """Transactions on one SQLite file.

    A write begins at once (BEGIN IMMEDIATE), so that what it reads still holds
    when it writes: no other process can write in between.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.name = name or str(path)
        self._engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the ledger throughout."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are on the disk afterwards, or none of them on an error."""
        with self._translated(), self._writer.begin() as connection:
            yield connection

    def log_ahead(self) -> None:
        """Keep the file in WAL mode from now on, so that readers never wait for a writer.

        The mode cannot change within a transaction, nor while another process is
        in the file: SQLite does not wait then, but fails.
        """
        with self._translated(), self._engine.connect() as connection:
            connection.execution_options(begin=None).exec_driver_sql("PRAGMA journal_mode = WAL")

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise LedgerError(f"ledger {self.name}: {_reason(error)}") from error


def open_store(path: Path, *, create: bool) -> Store:
    """Open the ledger at *path*, made first if *create* is set and nothing is there."""
    if not is_there(path):
        if not create:
            raise LedgerError(f"there is no ledger at {path}; to make one, run: reconciler ledger init")
        _make(path)
    store = Store(path)
    try:
        _check(store)
    except BaseException:
        store.close()
        raise
    return store


def _make(path: Path) -> None:
    """Build an empty ledger aside and link it to its name, so that nobody sees half of one.

    Of two processes that do so at once one wins the name, and both use its file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".ledger-", dir=path.parent) as folder:
            aside = Path(folder) / "ledger.db"
            _fill(aside, str(path))
            _link(aside, path)
    except OSError as error:
        raise LedgerError(f"ledger {path}: it cannot be made: {error.strerror}") from error


def _link(aside: Path, path: Path) -> None:
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return
    if os.name == "posix":
        # The name must outlast a power cut just as the content does.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _fill(path: Path, name: str) -> None:
    store = Store(path, name)
    try:
        with store.write() as connection:
            metadata.create_all(connection)
            now = instant_text(datetime.now(UTC))
            connection.execute(insert(meta).values(schema_version=SCHEMA_VERSION, created_at=now))
        store.log_ahead()
    finally:
        store.close()


def _check(store: Store) -> None:
    """Refuse a file that is no ledger, or one of another schema version, and leave it untouched."""
    with store.read() as connection:
        inspector = inspect(connection)
        tables = set(inspector.get_table_names())
        columns = {column["name"] for column in inspector.get_columns("meta")} if "meta" in tables else set()
        version = connection.scalar(select(meta.c.schema_version)) if "schema_version" in columns else None
    if version is None:
        raise LedgerError(f"ledger {store.name}: it is not a ledger")
    if version != SCHEMA_VERSION:
        raise LedgerError(
            f"ledger {store.name}: it has schema version {version}, this program keeps version "
            f"{SCHEMA_VERSION}; use the program that wrote it"
        )
    missing = sorted(set(metadata.tables) - tables)
    if missing:
        raise LedgerError(f"ledger {store.name}: it is damaged; it lacks the table {missing[0]}")


def _configure(connection: Any, _record: object) -> None:
    # sqlite3 must not begin transactions by itself: it would begin them late.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get("begin", "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _reason(error: SQLAlchemyError) -> str:
    """Return what is wrong in one line, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    # The extended codes, as SQLITE_IOERR_WRITE, begin with the name of their kind.
    kind = "_".join(getattr(cause, "sqlite_errorname", "").split("_")[:2])
    return _REASONS.get(kind) or " ".join(str(cause).split())
