"""Refunds of a rebuilt ledger in the books: not booked until an invoice says what they were."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from reconciler.errors import LedgerError
from reconciler.ledger.books_records import Account, BookingKind, Payment
from reconciler.ledger.books_tables import bookings, postings
from reconciler.ledger.journal import read_effects
from reconciler.ledger.records import REBUILD, Effect, EffectState
from reconciler.ledger.tables import effects

REBUILT = and_(effects.c.plan_id == REBUILD, effects.c.refund.is_(None))


def first_invoiced(connection: Connection, payment: Payment) -> Effect | None:
    """Return the rebuilt refund whose first invoice *payment* is, None if it is for one that is booked.

    Errors: LedgerError if an address alone does not tell which refund it is for, if it is
            in another currency than the bill, or if more is to come: what was refunded in
            all is then not known.
    """
    found = _not_booked(connection, payment)
    if not found or payment.amount.amount <= 0:
        return None
    name = f"effect {payment.effect_id}" if payment.effect_id else str(payment.address)
    if len(found) > 1 or _still_due(connection, payment):
        listed = ", ".join(f"{item.id} (rebuilt, of {item.detail['on']})" for item in found)
        raise LedgerError(f"{name} was refunded more than once; say which by --effect: {listed}, or one that is booked")
    (effect,) = found
    if payment.partial:
        raise LedgerError(
            f"{name} was rebuilt, and what was refunded in all is not known: book the whole of it, without --partial"
        )
    billed = effect.detail["fee"]["currency"]
    if payment.amount.currency != billed:
        raise LedgerError(f"{name} is billed in {billed}; {payment.amount} is in another currency")
    return effect


def invoiced() -> ColumnElement[bool]:
    """Hold for a rebuilt effect, joined with its refund's booking and receivable: it is as its first payment was."""
    paid = bookings.alias("paid")
    bank = postings.alias("bank")
    first = (
        select(func.min(paid.c.booking_id))
        .where(paid.c.effect_id == effects.c.effect_id, paid.c.kind == str(BookingKind.RECEIVED))
        .correlate(effects)
        .scalar_subquery()
    )
    as_paid = exists().where(
        bank.c.booking_id == first,
        bank.c.account == str(Account.BANK),
        bank.c.amount == postings.c.amount,
        bank.c.currency == postings.c.currency,
    )
    return and_(bookings.c.customer == effects.c.customer, as_paid.correlate(effects, postings))


def _not_booked(connection: Connection, payment: Payment) -> tuple[Effect, ...]:
    booked = exists().where(bookings.c.effect_id == effects.c.effect_id, bookings.c.kind == str(BookingKind.REFUNDED))
    query = select(effects).where(
        effects.c.customer == payment.customer, effects.c.state == str(EffectState.CONFIRMED), REBUILT, ~booked
    )
    if payment.effect_id is not None:
        query = query.where(effects.c.effect_id == payment.effect_id)
    if payment.address is not None:
        query = query.where(effects.c.address == payment.address)
    return read_effects(connection, query.order_by(effects.c.effect_id))


def _still_due(connection: Connection, payment: Payment) -> bool:
    """Say whether a refund of the same address is booked and not paid whole."""
    if payment.effect_id is not None:
        return False
    due = (
        select(effects.c.effect_id)
        .join_from(effects, bookings, bookings.c.effect_id == effects.c.effect_id)
        .join(postings, postings.c.booking_id == bookings.c.booking_id)
        .where(
            effects.c.customer == payment.customer,
            effects.c.address == payment.address,
            postings.c.account == str(Account.RECEIVABLE),
        )
        .group_by(effects.c.effect_id)
        .having(func.sum(postings.c.amount) != 0)
    )
    return connection.execute(due).first() is not None
