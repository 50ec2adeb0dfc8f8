"""The ledger in an SQLite file: made whole or not at all, read, written, copied."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from reconciler.errors import LedgerError
from reconciler.ledger import engine
from reconciler.ledger.engine import BUSY, NOT_A_LEDGER, Store, cause_of, in_one_line
from reconciler.ledger.migrating import fill
from reconciler.ledger.places import is_there

_REASONS = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_CANTOPEN": "it cannot be opened; check that it is a file and its rights",
    "SQLITE_CORRUPT": "it is damaged; restore it from a copy",
    "SQLITE_FULL": "the disk is full; nothing was written",
    "SQLITE_IOERR": "the disk cannot be read or written, or is full; nothing was written",
    "SQLITE_NOTADB": NOT_A_LEDGER,
    "SQLITE_READONLY": "it is read-only; nothing was written",
}


class SqliteStore(Store):
    """One file. A write begins at once (BEGIN IMMEDIATE), before it reads anything."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        reader = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        event.listen(reader, "connect", _configure)
        event.listen(reader, "begin", _begin)
        super().__init__(name or str(path), reader, reader.execution_options(begin="BEGIN IMMEDIATE"))
        self.path = path

    @property
    def shown_url(self) -> str:
        """Return the ledger's URL."""
        return f"sqlite:///{self.path}"

    def is_there(self) -> bool:
        """Say whether something is at the path; LedgerError if that cannot be told."""
        return is_there(self.path)

    def make(self) -> bool:
        """Build an empty ledger aside and link it to its name, so that nobody sees half of one.

        Of two processes that do so at once one wins the name, and both use its file.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".ledger-", dir=self.path.parent) as folder:
                aside = Path(folder) / "ledger.db"
                with closing(SqliteStore(aside, self.name)) as store:
                    with store.write() as connection:
                        fill(connection)
                    store._log_ahead()
                return _link(aside, self.path)
        except OSError as error:
            raise LedgerError(f"ledger {self.path}: it cannot be made: {error.strerror}") from error

    @contextmanager
    def reshape(self) -> Iterator[Connection]:
        """Give a write in which tables can be made anew.

        SQLite alters a table by copying it, which foreign keys forbid while they are
        held; they can be let go of outside a transaction alone.
        Source: https://www.sqlite.org/lang_altertable.html, section 7.
        """
        with self._translated(self._reason), self._reader.connect() as connection:
            connection.detach()  # nobody else may use it as it is from now on
            connection.execution_options(begin=None).exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.rollback()
            connection.execution_options(begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise LedgerError(f"ledger {self.name}: its tables would not fit each other; nothing was changed")

    def keep_copy(self, version: int) -> Path:
        """Copy the file as it was of that schema version beside it, with what its log holds."""
        try:
            with tempfile.TemporaryDirectory(prefix=".ledger-", dir=self.path.parent) as folder:
                aside = Path(folder) / "ledger.db"
                with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(aside)) as target:
                    source.backup(target)
                shutil.copymode(self.path, aside)
                number = 1
                while not _link(aside, copy := self._copy_name(version, number)):
                    number += 1
                return copy
        except (OSError, sqlite3.Error) as error:
            raise LedgerError(f"ledger {self.name}: it cannot be copied, and was not changed: {error}") from error

    def columns(self, connection: Connection) -> dict[str, frozenset[str]]:
        """Return the columns of each table that is there, by its name."""
        query = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        found: dict[str, set[str]] = {}
        for table, column in connection.exec_driver_sql(query):
            found.setdefault(table, set()).add(column)
        return {table: frozenset(names) for table, names in found.items()}

    def _copy_name(self, version: int, number: int) -> Path:
        again = f".{number}" if number > 1 else ""
        return self.path.with_name(f"{self.path.name}.schema-{version}{again}")

    def _log_ahead(self) -> None:
        """Keep the file in WAL mode from now on, so that readers never wait for a writer.

        The mode cannot change within a transaction, nor while another process is
        in the file: SQLite does not wait then, but fails.
        """
        with self._translated(self._reason), self._reader.connect() as connection:
            connection.execution_options(begin=None).exec_driver_sql("PRAGMA journal_mode = WAL")

    def _claim(self, connection: Connection) -> None:
        """Do nothing: the transaction began by keeping every other writer out."""

    def _reason(self, error: SQLAlchemyError) -> str:
        cause = cause_of(error)
        # The extended codes, as SQLITE_IOERR_WRITE, begin with the name of their kind.
        kind = "_".join(getattr(cause, "sqlite_errorname", "").split("_")[:2])
        return _REASONS.get(kind) or in_one_line(cause)


def _link(aside: Path, path: Path) -> bool:
    """Give what was built *aside* its name; False if the name is taken."""
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return False
    if os.name == "posix":
        # The content and the name must both outlast a power cut.
        for part in (path, path.parent):
            opened = os.open(part, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
    return True


def _configure(connection: Any, _record: object) -> None:
    # sqlite3 must not begin transactions by itself: it would begin them late.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {engine.BUSY_MILLISECONDS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get("begin", "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)
