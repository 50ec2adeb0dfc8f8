"""The audit: a chain in which each row carries the hash of the one before.

One row is written whenever a booking, a settled effect or a cap entry is, in the same
transaction. Its content is canonical JSON (sorted keys, no spaces, ASCII): the place
in the chain, what it is about, and every column of the rows that hold it.

    hash = SHA-256(content + previous hash), the first previous being 64 zeros

An effect can be settled more than once (unknown, later confirmed); its last row counts.
A customer's new name is a row of its own, of the kind ``rename``, and all that is audited
of the customer is written down anew after it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, insert, literal_column, select

from reconciler.ledger.books_records import AuditRow
from reconciler.ledger.books_tables import audit, bookings, postings
from reconciler.ledger.tables import cap_entries, effect_targets, effects

BEGINNING = "0" * 64
# What is audited: its tables, the one that names it first, and the column that names it in all of them.
SUBJECTS: dict[str, tuple[str, tuple[Table, ...]]] = {
    "effect": ("effect_id", (effects, effect_targets)),
    "cap entry": ("effect_id", (cap_entries,)),
    "booking": ("booking_id", (bookings, postings)),
}

RENAME = "rename"

Rows = dict[str, list[dict[str, Any]]]


def append(connection: Connection, kind: str, key: str | int) -> None:
    """Write down how the subject of that kind and key reads now."""
    _link(connection, {"kind": kind, "key": key, "rows": rows_of(connection, kind, key)})


def append_rename(connection: Connection, old: str, new: str, at: str) -> None:
    """Write down that a customer has another name from here on, and since when."""
    _link(connection, {"kind": RENAME, "from": old, "to": new, "at": at})


def knows(connection: Connection, kind: str, key: str | int) -> bool:
    """Say whether the subject of that kind and key has a row, whatever that says of it."""
    begins = canonical({"key": key, "kind": kind}).removesuffix("}")
    return connection.scalar(select(audit.c.seq).where(audit.c.content.startswith(begins, autoescape=True))) is not None


def _link(connection: Connection, what: dict[str, Any]) -> None:
    last = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    seq, previous = (last.seq + 1, last.hash) if last else (1, BEGINNING)
    content = canonical({"seq": seq, **what})
    link = hash_of(content, previous)
    connection.execute(insert(audit).values(seq=seq, content=content, previous=previous, hash=link))


def chain(connection: Connection) -> Iterator[AuditRow]:
    """Give every row of the audit, in order."""
    query = select(audit).order_by(audit.c.seq)
    return (AuditRow(**row) for row in connection.execute(query).mappings())


def rows_of(connection: Connection, kind: str, key: str | int) -> Rows:
    """Return every row that holds one subject, by table, as the database has it."""
    column, tables = SUBJECTS[kind]
    return {table.name: list(stored(connection, as_stored(table).where(table.c[column] == key))) for table in tables}


def stored(connection: Connection, query: Select[Any]) -> Iterator[dict[str, Any]]:
    """Give the rows of a query, one of as_stored, in the order of its table's key.

    PostgreSQL's truth values are written as 0 and 1, as SQLite has them: a chain reads the
    same on both.
    """
    for row in connection.execute(query).mappings():
        yield {name: int(value) if isinstance(value, bool) else value for name, value in row.items()}


def as_stored(table: Table) -> Select[Any]:
    """Select a table's values as the database has them: a type would hide a 2 in SQLite's Boolean."""
    columns: list[ColumnElement[Any]] = [
        literal_column(f"{table.name}.{column.name}").label(column.name) for column in table.columns
    ]
    return select(*columns).select_from(table).order_by(*table.primary_key.columns)


def canonical(value: object) -> str:
    """Return *value* as the one JSON text that stands for it; what is not JSON is written as Python shows it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=repr)


def hash_of(content: str, previous: str) -> str:
    """Return the hash of a row, in hexadecimal."""
    return hashlib.sha256((content + previous).encode()).hexdigest()
