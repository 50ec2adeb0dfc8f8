"""What can be done to a child from within: death at a boundary of the ledger, a disk that is full."""

from __future__ import annotations

import itertools
import os
import resource
import socket
import sqlite3
from typing import Any, NamedTuple

from tests.torture.children import die


class DeathAt(NamedTuple):
    """Death before or after the *nth* call of one of the ledger's methods, each of which is a transaction."""

    method: str
    when: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.when} {self.method} {self.nth}"

    def __call__(self) -> None:
        from reconciler.ledger.ledger import Ledger

        method, calls = getattr(Ledger, self.method), itertools.count(1)

        def dying(*args: Any, **options: Any) -> Any:
            last = next(calls) == self.nth
            if last and self.when == "before":
                die()
            result = method(*args, **options)
            if last:
                die()
            return result

        setattr(Ledger, self.method, dying)


class FullAt(NamedTuple):
    """A database whose disk is full at the *nth* statement that writes, or at the *nth* commit; and from then on."""

    nth: int
    what: str
    lasting: bool = False

    def __call__(self) -> None:
        from sqlalchemy import event
        from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
        from sqlalchemy.engine import Engine

        counted = itertools.count(1)

        def fail() -> None:
            number = next(counted)
            if number == self.nth or (self.lasting and number > self.nth):
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorname = "SQLITE_FULL"
                raise error

        def statement(_cursor: Any, text: str, *_: Any) -> None:
            if not text.startswith(("SELECT", "PRAGMA")):
                fail()

        if self.what == "statement":
            event.listen(Engine, "do_execute", statement)
            event.listen(Engine, "do_executemany", statement)
            return
        commit = SQLiteDialect_pysqlite.do_commit

        def failing(dialect: Any, connection: Any) -> None:
            if connection.dbapi_connection.total_changes:
                fail()
            commit(dialect, connection)

        SQLiteDialect_pysqlite.do_commit = failing  # type: ignore[method-assign]


class Severed(NamedTuple):
    """A line to the server that breaks at the *nth* commit of a write: before it arrives, or after, and unanswered.

    ``lasting``: the server cannot be reached again.
    """

    nth: int
    when: str
    lasting: bool = False

    def __call__(self) -> None:
        import psycopg
        from sqlalchemy import event
        from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
        from sqlalchemy.engine import Engine

        commit, counted, gone = PGDialect_psycopg.do_commit, itertools.count(1), []

        def severing(dialect: Any, connection: Any) -> None:
            write = connection.dbapi_connection.isolation_level == psycopg.IsolationLevel.READ_COMMITTED
            if write and next(counted) == self.nth:
                gone.append(self.lasting)
                # What is received no more is an answer that is lost; what is sent no more does not arrive.
                direction = socket.SHUT_RD if self.when == "after" else socket.SHUT_RDWR
                with socket.socket(fileno=os.dup(connection.dbapi_connection.fileno())) as line:
                    line.shutdown(direction)
            commit(dialect, connection)

        def misdirect(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
            if any(gone):
                options["host"] = "/nowhere"

        PGDialect_psycopg.do_commit = severing  # type: ignore[method-assign]
        event.listen(Engine, "do_connect", misdirect)


class Impatience(NamedTuple):
    """A run that waits no longer than so many seconds for an outcome, where it would wait for half an hour."""

    deadline: float

    def __call__(self) -> None:
        from reconciler.pipeline import applying

        patience = applying.Patience
        applying.Patience = lambda pause: patience(pause=pause, deadline=self.deadline)


class NoFileBeyond(NamedTuple):
    """No file may grow beyond so many bytes: SQLite meets a real error of the system where it writes."""

    size: int

    def __call__(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.size))
