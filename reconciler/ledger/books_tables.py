"""The tables of the books and of the audit, on the same metadata as the journal's.

An amount is in minor units of its currency: a debit is positive, a credit negative.
Nothing here is ever updated or deleted, but for a customer's new name (``renaming``); a mistake
is taken back by another booking.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table

from reconciler.ledger.books_records import Account, BookingKind
from reconciler.ledger.tables import TEXT, metadata

__all__ = ["audit", "bookings", "metadata", "postings"]


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


bookings = Table(
    "bookings",
    metadata,
    Column("booking_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", TEXT, CheckConstraint(_one_of("kind", tuple(BookingKind))), nullable=False),
    Column("customer", TEXT, nullable=False, index=True),
    Column("on_day", TEXT, nullable=False),
    Column("effect_id", TEXT, ForeignKey("effects.effect_id"), index=True),
    Column("reference", TEXT),
    Column("memo", TEXT, nullable=False),
    Column("booked_at", TEXT, nullable=False),
)

postings = Table(
    "postings",
    metadata,
    Column("booking_id", Integer, ForeignKey("bookings.booking_id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("account", TEXT, CheckConstraint(_one_of("account", tuple(Account))), nullable=False),
    Column("amount", BigInteger, CheckConstraint("amount <> 0"), nullable=False),
    Column("currency", TEXT, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("content", TEXT, nullable=False),
    Column("previous", TEXT, nullable=False),
    Column("hash", TEXT, nullable=False, unique=True),
)


def _once(name: str, kind: BookingKind, *columns: Column[str | None]) -> None:
    """Let no two bookings of *kind* have the same values in *columns*, whoever writes them."""
    condition = bookings.c.kind == str(kind)
    Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


_once("one_refund_of_an_effect", BookingKind.REFUNDED, bookings.c.effect_id)
_once("one_line_of_an_invoice", BookingKind.RECEIVED, bookings.c.reference, bookings.c.effect_id)
_once("one_credit_note", BookingKind.SETTLED, bookings.c.reference)
