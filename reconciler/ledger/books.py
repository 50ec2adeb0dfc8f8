"""The books: double entry for what Microsoft refunds and what the partner owes its customers.

    account                    kind       posted to it
    Receivable from Microsoft  asset      refunds that Microsoft confirmed and has not paid
    Bank                       asset      what Microsoft really paid
    Payable to customer        liability  the customer's share of each refund, until a credit note settles it
    Credit notes issued        liability  what went to customers by credit note, to be set off on their invoices
    Refunds kept               income     the partner's share of each refund
    Refund differences         income     what Microsoft paid beyond what it had confirmed; a shortfall is a debit

A debit is positive, a credit negative; each booking adds up to nothing in its currency,
and so does the whole. One month of one customer at a pass-through share of 0.9:

    2026-11-20  refunded  effect 71da...    Receivable from Microsoft  +880.00
      1,000.00 EUR less a fee of 120.00     Payable to customer        -792.00   880.00 x 0.9, rounded half up
                                            Refunds kept                -88.00   the rest
    2026-12-08  received  invoice G0042     Bank                       +879.50
                                            Receivable from Microsoft  -880.00
                                            Refund differences           +0.50   Microsoft paid less
    2026-12-10  settled   credit note CN-7  Payable to customer        +500.00
                                            Credit notes issued        -500.00   292.00 is still owed

The fee was never paid out, so it is no posting: it stands in the memo of the booking, and
credit = owed + kept + fee. The customer's share is fixed when the refund is confirmed; a
difference is the partner's. A refund of nothing is not booked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, select

from reconciler.errors import LedgerError
from reconciler.ledger import audit
from reconciler.ledger.books_rebuilt import first_invoiced
from reconciler.ledger.books_records import Account, Booking, BookingKind, CreditNote, Payment, Posting
from reconciler.ledger.books_refusals import known_since, require_likely, require_usable
from reconciler.ledger.books_tables import bookings
from reconciler.ledger.entries import BOOKINGS, balance, read, write
from reconciler.ledger.records import REBUILD, Effect, EffectState
from reconciler.ledger.tables import cap_entries
from reconciler.model.money import Money


def record_settlement(connection: Connection, effect: Effect, pass_through: Decimal) -> None:
    """Audit an effect that has just been settled and what it used of the cap; book its refund if it is confirmed.

    *pass_through* is the share of the refund that is owed to the customer, from 0 to 1,
    unless the effect was intended under a ``passThrough`` of its own.
    """
    audit.append(connection, "effect", effect.id)
    if connection.scalar(select(cap_entries.c.entry_id).where(cap_entries.c.effect_id == effect.id)) is not None:
        audit.append(connection, "cap entry", effect.id)
    if effect.state is EffectState.CONFIRMED and effect.refund is not None and effect.refund.amount:
        assert effect.settled_at is not None  # it has just been settled
        share = Decimal(effect.detail.get("passThrough", pass_through))
        fee = {"fee": effect.detail["fee"]} if "fee" in effect.detail else {}
        write(connection, _refunded(effect, effect.refund, share, fee, effect.settled_at))


def receive(connection: Connection, payment: Payment, at: datetime, pass_through: Decimal) -> Booking:
    """Book what Microsoft paid for one refund; what is more or less than was due goes to an account of its own.

    Of a rebuilt refund the first invoice is the truth: it is booked as refunded, owed by
    the share *pass_through*, and as received. Its fee stays an estimate, and out of the memo.

    Errors: LedgerError if the refund is not in the books, or that line of the invoice is;
            or if the refund is paid already, and the payment does not say that it is beyond;
            or if its day is before the refund's, or far ahead.
    """
    require_usable(payment.amount, payment.invoice)
    rebuilt = first_invoiced(connection, payment)
    if rebuilt is not None:
        payment = replace(payment, effect_id=rebuilt.id)
        write(connection, _refunded(rebuilt, payment.amount, pass_through, {"source": REBUILD}, at))
    refund = _refund_paid(connection, payment)
    require_likely(payment.on, refund.on, f"{refund.memo['address']} was refunded", at)
    due = _due(connection, refund)
    _require_new(connection, payment, refund, due)
    closed = min(payment.amount, due) if payment.partial else due
    lines = {
        Account.BANK: payment.amount,
        Account.RECEIVABLE: -closed,
        Account.DIFFERENCES: closed - payment.amount,
    }
    booking = Booking(
        kind=BookingKind.RECEIVED,
        customer=payment.customer,
        on=payment.on,
        effect_id=refund.effect_id,
        reference=payment.invoice,
        memo={"address": refund.memo["address"], "partial": payment.partial},
        booked_at=at,
        postings=_posted(lines),
    )
    return write(connection, booking)


def _require_new(connection: Connection, payment: Payment, refund: Booking, due: Money) -> None:
    """Refuse an invoice's line that is booked, more taken back than came, and a second payment that nobody means."""
    assert refund.effect_id is not None  # as every refund has
    query = BOOKINGS.where(bookings.c.kind == str(BookingKind.RECEIVED), bookings.c.effect_id == refund.effect_id)
    earlier = read(connection, query)
    for before in earlier:
        if _same(before.reference, payment.invoice):
            raise _known(f"invoice {before.reference} for effect {refund.effect_id}", before, Account.BANK)
    paid = balance(connection, Account.BANK, payment.amount.currency, effect_id=refund.effect_id)
    if -payment.amount > paid:
        raise LedgerError(
            f"{paid} was received for effect {refund.effect_id}, and {-payment.amount} to take back is more; "
            "nothing was booked"
        )
    # What was taken back whole may be paid anew.
    if payment.amount.amount > 0 and not due.amount and paid.amount and not payment.beyond_due:
        invoices = ", ".join(f"{item.reference} ({_line(item, Account.BANK)}, booking {item.id})" for item in earlier)
        raise LedgerError(
            f"effect {refund.effect_id} ({refund.memo['address']}) is paid already: {_refund(refund)} was "
            f"refunded and {paid} received, by {invoices}; nothing was booked. If Microsoft paid "
            f"{payment.invoice} as well, book it with --beyond-due"
        )


def issue(connection: Connection, note: CreditNote, at: datetime) -> Booking:
    """Book a credit note that settles what a customer is owed.

    Errors: LedgerError if its reference was used before, the ledger does not know the
            customer on its day, or it is more than is owed (or, to be taken back, more
            than was settled).
    """
    require_usable(note.amount, note.reference)
    require_likely(note.on, known_since(connection, note.customer), f"{note.customer} came into the ledger", at)
    for before in _booked(connection, BookingKind.SETTLED, note.reference):
        raise _known(f"credit note {note.reference}", before, Account.PAYABLE)
    currency = note.amount.currency
    owed = -balance(connection, Account.PAYABLE, currency, customer=note.customer)
    settled = -balance(connection, Account.CREDIT_NOTES, currency, customer=note.customer)
    beyond = note.amount > max(owed, Money.zero(currency))
    if beyond and not note.beyond_owed:
        raise LedgerError(f"{note.customer} is owed {owed}, and {note.amount} is more; nothing was booked")
    if -note.amount > settled:
        raise LedgerError(
            f"{settled} was settled with {note.customer}, and {-note.amount} to take back is more; nothing was booked"
        )
    booking = Booking(
        kind=BookingKind.SETTLED,
        customer=note.customer,
        on=note.on,
        reference=note.reference,
        memo={"beyondOwed": beyond},
        booked_at=at,
        postings=_posted({Account.PAYABLE: note.amount, Account.CREDIT_NOTES: -note.amount}),
    )
    return write(connection, booking)


def _refunded(effect: Effect, refund: Money, share: Decimal, more: dict[str, Any], at: datetime) -> Booking:
    if not share.is_finite() or not 0 <= share <= 1:
        raise LedgerError(f"the share {share} that is passed through is not from 0 to 1")
    # A Fraction, because Decimal arithmetic rounds to its context's 28 digits.
    owed = Money.rounded(Fraction(refund.amount) * Fraction(share), refund.currency)
    return Booking(
        kind=BookingKind.REFUNDED,
        customer=effect.customer,
        on=day_of(effect),
        effect_id=effect.id,
        memo={"address": effect.address, "action": effect.kind, "passThrough": str(share), **more},
        booked_at=at,
        postings=_posted({Account.RECEIVABLE: refund, Account.PAYABLE: -owed, Account.KEPT: owed - refund}),
    )


def day_of(effect: Effect) -> date:
    """Return the service's day of an effect's request; by our clock, where the service's was not kept."""
    if "on" in effect.detail:
        return date.fromisoformat(effect.detail["on"])
    return effect.intended_at.date()


def _posted(lines: dict[Account, Money]) -> tuple[Posting, ...]:
    """Return the postings; lines of nothing are left out."""
    return tuple(Posting(account=account, amount=amount) for account, amount in lines.items() if amount.amount)


def _refund_paid(connection: Connection, payment: Payment) -> Booking:
    """Return the booking of the one refund that a payment is for: of several, the one that is still due."""
    query = BOOKINGS.where(bookings.c.kind == str(BookingKind.REFUNDED), bookings.c.customer == payment.customer)
    if payment.effect_id is not None:
        query = query.where(bookings.c.effect_id == payment.effect_id)
    found = [item for item in read(connection, query) if payment.address in (None, item.memo["address"])]
    name = f"effect {payment.effect_id}" if payment.effect_id else str(payment.address)
    if not found:
        raise LedgerError(f"{payment.customer} has no confirmed refund of {name} in the books; nothing was booked")
    open_now = [item for item in found if _due(connection, item).amount]
    choice = found if len(found) == 1 else open_now
    if len(choice) != 1:
        listed = ", ".join(f"{item.effect_id} ({_refund(item)} on {item.on})" for item in found)
        raise LedgerError(f"{name} was refunded more than once; say which by --effect: {listed}")
    if _refund(choice[0]).currency != payment.amount.currency:
        raise LedgerError(f"{name} was refunded as {_refund(choice[0])}; {payment.amount} is in another currency")
    return choice[0]


def _refund(booking: Booking) -> Money:
    return _line(booking, Account.RECEIVABLE)


def _line(booking: Booking, account: Account) -> Money:
    return next(line.amount for line in booking.postings if line.account is account)


def _same(one: str | None, other: str) -> bool:
    """Say whether two references are one: typed in small letters it is the same invoice."""
    return one is not None and one.casefold() == other.casefold()


def _due(connection: Connection, refund: Booking) -> Money:
    """Return what Microsoft has yet to pay of one refund."""
    assert refund.effect_id is not None  # as every refund has
    return balance(connection, Account.RECEIVABLE, _refund(refund).currency, effect_id=refund.effect_id)


def _booked(connection: Connection, kind: BookingKind, reference: str) -> tuple[Booking, ...]:
    return read(connection, BOOKINGS.where(bookings.c.kind == str(kind), bookings.c.reference == reference))


def _known(name: str, before: Booking, account: Account) -> LedgerError:
    return LedgerError(
        f"{name} is in the books already: {_line(before, account)} for {before.customer} on {before.on} "
        f"(booking {before.id}); nothing was booked"
    )
