"""The tables of the books and of the audit, on the same metadata as the journal's.

An amount is in minor units of its currency: a debit is positive, a credit negative.
Nothing here is ever updated or deleted; a mistake is taken back by another booking.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from reconciler.ledger.books_records import Account, BookingKind
from reconciler.ledger.tables import metadata

__all__ = ["audit", "bookings", "metadata", "postings"]


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


bookings = Table(
    "bookings",
    metadata,
    Column("booking_id", Integer, primary_key=True),
    Column("kind", Text, CheckConstraint(_one_of("kind", tuple(BookingKind))), nullable=False),
    Column("customer", Text, nullable=False, index=True),
    Column("on_day", Text, nullable=False),
    Column("effect_id", Text, ForeignKey("effects.effect_id"), index=True),
    Column("reference", Text),
    Column("memo", Text, nullable=False),
    Column("booked_at", Text, nullable=False),
)

postings = Table(
    "postings",
    metadata,
    Column("booking_id", Integer, ForeignKey("bookings.booking_id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("account", Text, CheckConstraint(_one_of("account", tuple(Account))), nullable=False),
    Column("amount", BigInteger, CheckConstraint("amount <> 0"), nullable=False),
    Column("currency", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("content", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
)


def _once(name: str, kind: BookingKind, *columns: Column[str | None]) -> None:
    """Let no two bookings of *kind* have the same values in *columns*, whoever writes them."""
    condition = bookings.c.kind == str(kind)
    Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


_once("one_refund_of_an_effect", BookingKind.REFUNDED, bookings.c.effect_id)
_once("one_line_of_an_invoice", BookingKind.RECEIVED, bookings.c.reference, bookings.c.effect_id)
_once("one_credit_note", BookingKind.SETTLED, bookings.c.reference)
