"""The ledger in a PostgreSQL database, which runs on several machines share.

It is a schema's: that in which the server would make the user's tables (the first of
``search_path`` that is there). What the server calls an error is told in our words.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from reconciler.errors import LedgerError
from reconciler.ledger import engine
from reconciler.ledger.books_tables import metadata
from reconciler.ledger.engine import Store, cause_of
from reconciler.ledger.migrating import ALEMBIC_TABLE, fill
from reconciler.ledger.postgresql_reasons import LOST, LOST_AT_COMMIT, reason_of, why_closed

_FORM = "write it as postgresql://USER@HOST/DATABASE, with characters like @ / ? in a name as %40 %2F %3F"
_UNREADABLE = f"the ledger's URL cannot be read; {_FORM}"
# What a URL may say otherwise. A network that is gone is noticed within a minute or two.
_CONNECTION = {
    "application_name": "reconciler",
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
# The first half of our advisory locks, "recl" in ASCII; the second is the schema's own id.
_OURS = 0x7265636C
# How long a process that sleeps within a write keeps all others out: then it has lost its turn.
_ASLEEP = "60s"
_TABLES = """
    SELECT c.relname, a.attname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
"""


class PostgresqlStore(Store):
    """One schema of one database.

    A write takes the ledger's one advisory lock before it reads anything, so that
    writers come one after the other; each of its statements sees what was committed
    before (READ COMMITTED). A read sees one snapshot and waits for nobody.
    """

    def __init__(self, url: str) -> None:
        parsed = _parsed(url)
        self._secrets = _secrets(parsed)
        base = _engine(parsed)
        reader = base.execution_options(isolation_level="REPEATABLE READ")
        # Not by the driver's own switch, which would make the next write one that may
        # write, also where the database is set to refuse it.
        event.listen(reader, "begin", _forbid_writing)
        super().__init__(_name(parsed), reader, base.execution_options(isolation_level="READ COMMITTED"))

    @property
    def shown_url(self) -> str:
        """Return the ledger's URL without user, password or options."""
        host, _, database = self.name.rpartition("/")
        return f"postgresql:///{database}?host={host}" if host.startswith("/") else f"postgresql://{self.name}"

    def is_there(self) -> bool:
        """Say whether one of a ledger's tables is there; a server that cannot be reached is an error."""
        with self.read() as connection:
            return bool(self.columns(connection).keys() & {*metadata.tables, ALEMBIC_TABLE})

    def make(self) -> bool:
        """Make every table in one transaction; False if another process was first."""
        with self.write() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
            if encoding != "UTF8":
                raise LedgerError(f"ledger {self.name}: the database keeps {encoding}; make one that keeps UTF8")
            if self.columns(connection).keys() & metadata.tables.keys():
                return False
            fill(connection)
            return True

    @contextmanager
    def reshape(self) -> Iterator[Connection]:
        """Give a write: here every one may alter tables."""
        with self.write() as connection:
            yield connection

    def keep_copy(self, version: int) -> None:
        """Keep none: the transaction is whole or not at all, and backups are the server's."""

    def columns(self, connection: Connection) -> dict[str, frozenset[str]]:
        """Return the columns of each table that is there, by its name."""
        found: dict[str, set[str]] = {}
        for table, column in connection.exec_driver_sql(_TABLES):
            found.setdefault(table, set()).add(column)
        return {table: frozenset(names) for table, names in found.items()}

    def _claim(self, connection: Connection) -> None:
        settings = {
            "lock_timeout": f"{engine.BUSY_MILLISECONDS}ms",
            "idle_in_transaction_session_timeout": _ASLEEP,
            # A commit that was answered must be on the disk, whatever the database is set to.
            "synchronous_commit": "on",
        }
        calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())
        connection.exec_driver_sql(f"SELECT {calls}")
        lock = f"SELECT pg_advisory_xact_lock({_OURS}, oid::int) FROM pg_namespace WHERE nspname = current_schema()"
        if connection.exec_driver_sql(lock).first() is None:
            raise LedgerError(
                f"ledger {self.name}: there is no schema that its user may use; make one, or grant USAGE on it"
            )

    def _reason(self, error: SQLAlchemyError) -> str:
        return LOST if _is_lost(error) else reason_of(cause_of(error), self._secrets)

    def _why_not_committed(self, error: SQLAlchemyError) -> str:
        return LOST_AT_COMMIT if _is_lost(error) else reason_of(cause_of(error), self._secrets)

    def _why_closed(self, error: SQLAlchemyError) -> str:
        return why_closed(cause_of(error), self._secrets)


def _forbid_writing(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _is_lost(error: SQLAlchemyError) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _parsed(url: str) -> URL:
    """Read the URL, which is never repeated in a message; LedgerError if it names no database."""
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
        password = parsed.query.get("password")
        if isinstance(password, str):  # where SQLAlchemy knows that it is one
            parsed = parsed.set(password=password).difference_update_query(["password"])
    except (ArgumentError, ValueError):
        # The error would show what it could not read, a password perhaps.
        raise LedgerError(_UNREADABLE) from None
    names = (parsed.host or "", parsed.database or "")
    if not parsed.database or any(sign in name for name in names for sign in "@/?#"):
        raise LedgerError(f"the ledger's URL does not name a database; {_FORM}")
    return parsed


def _engine(url: URL) -> Engine:
    options = {name: value for name, value in _CONNECTION.items() if name not in url.query}
    try:
        return create_engine(
            url,
            # A pooler between us and the server may give each transaction another session.
            connect_args={**options, "prepare_threshold": None},
            hide_parameters=True,
            pool_pre_ping=True,
        )
    except (ArgumentError, ValueError):
        raise LedgerError(_UNREADABLE) from None
    except ImportError as error:
        raise LedgerError(
            "a ledger in PostgreSQL needs the driver psycopg; to install it, run: "
            "pip install 'csp-reservation-reconciler[postgresql]'"
        ) from error


def _name(url: URL) -> str:
    """Return host and database, all that a message shows of the URL."""
    host = url.host or url.query.get("host") or os.environ.get("PGHOST") or "localhost"
    return f"{host if isinstance(host, str) else ','.join(host)}/{url.database}"


def _secrets(url: URL) -> tuple[str, ...]:
    """Return every text of the URL that a message must not repeat."""
    options = (value for name, value in url.query.items() if name not in ("host", "port"))
    texts = (url.password, url.username, *(text for value in options for text in _texts(value)))
    return tuple(str(text) for text in texts if text)


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
