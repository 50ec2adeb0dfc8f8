"""The books as their readers and writers see them: each method is one transaction."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from decimal import Decimal

from reconciler.errors import LedgerError
from reconciler.ledger import audit, books, entries
from reconciler.ledger.books_records import AuditRow, Booking, CreditNote, Payment, Standings, Verdict
from reconciler.ledger.engine import Store
from reconciler.ledger.standings import standings
from reconciler.ledger.verification import verify


class Books:
    """The books of an open ledger. Errors: LedgerError from every method; nothing was written then."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def receive(self, payment: Payment, at: datetime, *, pass_through: Decimal = Decimal(1)) -> Booking:
        """Book what Microsoft really paid for one refund, booked at the instant *at*.

        A rebuilt refund is booked by it as well: at its amount, of which the customer is
        owed the share *pass_through*.

        What is more or less than was due is posted to Refund differences. Refused is
        what was booked before, the same line of an invoice for the same refund, and a
        refund that is paid already unless the payment says that it is beyond what was due.
        """
        with self._store.write() as connection:
            return books.receive(connection, payment, at, pass_through)

    def issue(self, note: CreditNote, at: datetime) -> Booking:
        """Book a credit note to a customer, booked at the instant *at*.

        Refused is a reference that was used before, and more than is owed unless the
        note says so.
        """
        with self._store.write() as connection:
            return books.issue(connection, note, at)

    def standings(self, customers: Container[str] | None = None) -> Standings:
        """Return how customers stand, in all and by month; None means everybody."""
        with self._store.read() as connection:
            return standings(connection, customers)

    def export(self) -> tuple[tuple[Booking, ...], tuple[AuditRow, ...]]:
        """Return every booking and every row of the audit, of one moment, in order.

        Refused is a ledger that does not verify: its figures would be passed on as sound.
        """
        with self._store.read() as connection:
            flaw = verify(connection, None).flaw
            if flaw:
                raise LedgerError(f"the ledger does not fit, and is not exported: {flaw}")
            return entries.read(connection, entries.BOOKINGS), tuple(audit.chain(connection))

    def verify(self, head: str | None = None) -> Verdict:
        """Recompute audit and books and say what does not fit; *head* is a hash that the chain must hold."""
        with self._store.read() as connection:
            return verify(connection, head)
