"""Ledgers found, opened, made and upgraded, wherever they are."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select

from reconciler.errors import LedgerError
from reconciler.ledger import migrating, tables
from reconciler.ledger.books_tables import metadata
from reconciler.ledger.engine import NOT_A_LEDGER, Store
from reconciler.ledger.places import is_postgresql, sqlite_path
from reconciler.ledger.tables import meta

_FIRST = 1


class Step(StrEnum):
    """What became of a ledger that was to be made or upgraded."""

    MADE = "made"
    UPGRADED = "upgraded"
    UNCHANGED = "unchanged"


class Prepared(NamedTuple):
    """What was done to the ledger at ``url`` (as it may be shown), from which schema version to which.

    ``copy`` is a file's own, as it was before.
    """

    url: str
    step: Step
    before: int
    after: int
    copy: Path | None = None


def store_at(url: str) -> Store:
    """Return what *url* names; nothing is opened yet. Errors: LedgerError if it names no ledger."""
    if is_postgresql(url):
        from reconciler.ledger.postgresql import PostgresqlStore

        return PostgresqlStore(url)
    from reconciler.ledger.sqlite import SqliteStore

    return SqliteStore(sqlite_path(url))


def open_store(url: str, *, create: bool) -> Store:
    """Open the ledger at *url*, made first if *create* is set and nothing is there."""
    store = store_at(url)
    try:
        if not store.is_there():
            if not create:
                raise LedgerError(f"there is no ledger at {store.name}; to make one, run: reconciler ledger init")
            store.make()
        _require_current(store)
    except BaseException:
        store.close()
        raise
    return store


def prepare(url: str) -> Prepared:
    """Make the ledger at *url*, or bring an older one to this program's schema version.

    An older SQLite file is copied first. Errors: LedgerError, and nothing was changed.
    """
    now = tables.SCHEMA_VERSION
    with closing(store_at(url)) as store:
        if not store.is_there() and store.make():
            return Prepared(store.shown_url, Step.MADE, now, now)
        with store.read() as connection:
            before = _version(store, connection)
        if _FIRST <= before < now:
            return _upgrade(store)
        _require_current(store)
        return Prepared(store.shown_url, Step.UNCHANGED, now, now)


def _upgrade(store: Store) -> Prepared:
    now = tables.SCHEMA_VERSION
    with store.reshape() as connection:
        before = _version(store, connection)
        if before >= now:  # another process was first
            return Prepared(store.shown_url, Step.UNCHANGED, before, before)
        copy = store.keep_copy(before)
        known = migrating.ALEMBIC_TABLE in store.columns(connection)
        migrating.upgrade(connection, before, known)
    _require_current(store)
    return Prepared(store.shown_url, Step.UPGRADED, before, now, copy)


def _version(store: Store, connection: Connection) -> int:
    """Return the schema version of what is there; LedgerError if that is no ledger."""
    known = "schema_version" in store.columns(connection).get(meta.name, ())
    version: int | None = connection.scalar(select(meta.c.schema_version)) if known else None
    if version is None:
        raise LedgerError(f"ledger {store.name}: {NOT_A_LEDGER}")
    return version


def _require_current(store: Store) -> None:
    """Refuse what is no ledger, or one of another schema version, and leave it untouched."""
    with store.read() as connection:
        version, there = _version(store, connection), store.columns(connection).keys()
    if version != tables.SCHEMA_VERSION:
        what = f"ledger {store.name}: it has schema version {version}, this program keeps version"
        if _FIRST <= version < tables.SCHEMA_VERSION:
            raise LedgerError(f"{what} {tables.SCHEMA_VERSION}; to upgrade it, run: reconciler ledger init")
        raise LedgerError(f"{what} {tables.SCHEMA_VERSION}; use the program that wrote it")
    missing = sorted(set(metadata.tables) - there)
    if missing:
        raise LedgerError(f"ledger {store.name}: it is damaged; it lacks the table {missing[0]}")
