"""What is not booked, whatever it is for: no amount, no reference, no likely day, nobody known."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select, union

from reconciler.errors import LedgerError
from reconciler.ledger.books_tables import bookings
from reconciler.ledger.tables import effects
from reconciler.model.money import Money

# An invoice or a credit note may be dated ahead; further than this it is a slip in the year.
_AHEAD = timedelta(days=180)


def require_usable(amount: Money, reference: str) -> None:
    """Refuse nothing, and a reference that cannot be read."""
    if not amount.amount:
        raise LedgerError(f"{amount} is nothing to book")
    if not reference.isprintable() or not reference.strip() or reference != reference.strip():
        raise LedgerError(f"the reference {reference!r} must be printable text with no spaces around it")


def require_likely(on: date, since: date, what: str, at: datetime) -> None:
    """Refuse a day before *since*, on which *what* was, or far beyond it and the day of *at*.

    Against the emulator a refund's day may lie ahead of the real clock: today is never too early.
    """
    today = at.date()
    if on < min(since, today):
        raise LedgerError(f"{on} is before {what}, on {since}; nothing was booked")
    last = max(since, today) + _AHEAD
    if on > last:
        raise LedgerError(f"{on} is too far ahead: a booking can be dated up to {last}; nothing was booked")


def known_since(connection: Connection, customer: str) -> date:
    """Return the first day on which *customer* is in the ledger.

    Errors: LedgerError if it is not there, with a name that is near.
    """
    asked = select(func.min(effects.c.intended_at)).where(effects.c.customer == customer)
    booked = select(func.min(bookings.c.on_day)).where(bookings.c.customer == customer)
    days = [text[: len("2026-11-22")] for text in (connection.scalar(asked), connection.scalar(booked)) if text]
    if days:
        return date.fromisoformat(min(days))
    from difflib import get_close_matches  # loaded where something is amiss

    known = connection.scalars(union(select(effects.c.customer), select(bookings.c.customer)))
    near = get_close_matches(customer, list(known), n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise LedgerError(f"the ledger knows no customer {customer}; nothing was written.{hint}")
