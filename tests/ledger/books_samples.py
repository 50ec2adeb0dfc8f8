"""Refunds, payments and credit notes for the books, and the books as an accountant writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger_samples import LATER, cancel, entry

from reconciler.ledger import Effect, EffectState
from reconciler.ledger.books_records import Booking, CreditNote, Payment
from reconciler.model.money import Money

if TYPE_CHECKING:
    from reconciler.ledger.ledger import Ledger


def refund(ledger: Ledger, number: int, amount: str, share: str = "1", **detail: Any) -> Effect:
    """Confirm the return of reservation *number*; ``customer`` and ``address`` may be among the rest."""
    named = {name: detail.pop(name) for name in ("customer", "address") if name in detail}
    effect = ledger.intend(cancel(number, refund=Money.parse(amount), detail=detail, **named))
    return ledger.settle(effect.id, EffectState.CONFIRMED, LATER, {}, entry(effect), pass_through=Decimal(share))


def pay(ledger: Ledger, effect: Effect | None, amount: str, invoice: str, **changes: Any) -> Booking:
    """Book what Microsoft paid, on 2026-12-08 if nothing else is said."""
    payment = Payment(
        **{
            "customer": "contoso",
            "amount": Money.parse(amount),
            "invoice": invoice,
            "on": date(2026, 12, 8),
            "effect_id": effect.id if effect else None,
            **changes,
        }
    )
    return ledger.books.receive(payment, LATER)


def credit(ledger: Ledger, amount: str, reference: str, **changes: Any) -> Booking:
    """Book a credit note to contoso, on 2026-12-10 if nothing else is said."""
    note = CreditNote(
        **{
            "customer": "contoso",
            "amount": Money.parse(amount),
            "reference": reference,
            "on": date(2026, 12, 10),
            **changes,
        }
    )
    return ledger.books.issue(note, LATER)


def journal(ledger: Ledger) -> list[str]:
    """Return every posting as ``booking day kind: account debit-or-credit``."""
    bookings, _ = ledger.books.export()
    return [
        f"{item.id} {item.on} {item.kind}: {line.account} {line.amount.amount:+,} {line.amount.currency}"
        for item in bookings
        for line in item.postings
    ]


def lines(table: str) -> list[str]:
    """Return the lines of a table as they are compared: single spaces, no blank ones."""
    return [" ".join(line.split()) for line in table.strip().splitlines() if line.strip()]
