"""Transactions on the database under the ledger, whichever it is.

Every error of the database leaves this module as a LedgerError in one line.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.errors import LedgerError

# How long a writer waits for another one.
BUSY_MILLISECONDS = 10_000
BUSY = f"another process has kept it busy for {BUSY_MILLISECONDS // 1000} s; try again"
NOT_A_LEDGER = "it is not a ledger"


class Store(ABC):
    """One ledger's database; ``name`` says where it is, without user or password.

    In a write, what was read still holds when it is written: no other process can
    write in between.
    """

    def __init__(self, name: str, reader: Engine, writer: Engine) -> None:
        self.name = name
        self._reader, self._writer = reader, writer

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the ledger throughout."""
        with self._transaction(self._reader, self._reason) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are on the disk afterwards, or none of them on an error.

        A server that is lost while it commits is an error too, and nobody knows then.
        """
        with self._transaction(self._writer, self._why_not_committed) as connection:
            self._claim(connection)
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._reader.dispose()

    @property
    @abstractmethod
    def shown_url(self) -> str:
        """Return the ledger's URL without user, password or options."""

    @abstractmethod
    def is_there(self) -> bool:
        """Say whether something is where the ledger should be; whether it is one, is found out later."""

    @abstractmethod
    def make(self) -> bool:
        """Make an empty ledger, whole or not at all; False if another process was first."""

    @abstractmethod
    def reshape(self) -> AbstractContextManager[Connection]:
        """Give a write that may alter tables as well."""

    @abstractmethod
    def keep_copy(self, version: int) -> Path | None:
        """Copy the ledger as it was of that schema version, and return where to; None where a server keeps it."""

    @abstractmethod
    def columns(self, connection: Connection) -> dict[str, frozenset[str]]:
        """Return the columns of each table that is there, by its name."""

    @abstractmethod
    def _claim(self, connection: Connection) -> None:
        """Keep every other writer out of the ledger until the transaction ends."""

    @abstractmethod
    def _reason(self, error: SQLAlchemyError) -> str:
        """Return what is wrong and what to do, in one line, without statement, values or password."""

    def _why_closed(self, error: SQLAlchemyError) -> str:
        """Return the same of an error that let nobody in."""
        return self._reason(error)

    def _why_not_committed(self, error: SQLAlchemyError) -> str:
        """Return the same of an error at the end of a write."""
        return self._reason(error)

    @contextmanager
    def _transaction(self, engine: Engine, why_not_ended: Callable[[SQLAlchemyError], str]) -> Iterator[Connection]:
        with self._translated(self._why_closed):
            connection = engine.connect()
        with connection:
            with self._translated(self._reason):
                transaction = connection.begin()
                try:
                    yield connection
                except BaseException:
                    transaction.rollback()
                    raise
            with self._translated(why_not_ended):
                transaction.commit()

    @contextmanager
    def _translated(self, reason: Callable[[SQLAlchemyError], str]) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise LedgerError(f"ledger {self.name}: {reason(error)}") from error
        except UnicodeEncodeError as error:
            raise LedgerError(f"ledger {self.name}: a text with half a character in it cannot be kept") from error


def cause_of(error: SQLAlchemyError) -> BaseException:
    """Return what the database's driver said."""
    return error.orig if isinstance(error, DBAPIError) and error.orig else error


def in_one_line(text: object) -> str:
    """Return *text* with its line breaks as spaces."""
    return " ".join(str(text).split())
