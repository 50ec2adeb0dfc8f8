"""The ledger's entries beside what Microsoft reports as consumed, and what nothing can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from reconciler.model import current
from reconciler.model.current import RETURNABLE, SUCCEEDED, Refund, Reservation
from reconciler.model.inputs import RefundQuote
from reconciler.model.money import Money
from reconciler.model.recovery import Consumed
from reconciler.rules.cap import consumed, gating
from reconciler.rules.payments import payments_as_of
from reconciler.rules.quotes import quoted_return
from reconciler.rules.returns import Returned, measure_return
from reconciler.rules.rulebook import CapRule, Rulebook

NOT_KNOWN = (
    "exact amounts: what Microsoft really refunded is on its invoices; the figures here are by our rules",
    "which returns were exchanges, which do not use the cap: all were counted as refunds",
    "what Microsoft paid for refunds, and what customers were owed and credited",
    "which reservations were protected: protected: true in a file still forbids, a line that was removed does not",
    "which cancel: and exchange: blocks were applied: none is spent any more, so read them before the next apply",
    "what was asked for and had not ended when the ledger was lost, and open support requests",
    "returns of reservations that the identity is not allowed to see",
)


def returnable(held: current.Customer, today: date) -> list[Reservation]:
    """Return the reservations that a quote can be had of, in a fixed order."""
    fit = [
        item
        for item in held.reservations.values()
        if item.state == SUCCEEDED and RETURNABLE in item.capabilities and item.expires_on >= today
    ]
    return sorted(fit, key=lambda item: item.id)


def fitting(
    item: Reservation, held: current.Customer, quote: RefundQuote, rulebooks: Sequence[Rulebook], today: date
) -> tuple[str, ...]:
    """Return what is to be said where a quote fits another of *rulebooks* than the first, by which we estimate."""
    own, *others = rulebooks
    order = held.orders[item.order_id]
    payments = payments_as_of(order, held.taken_on, today)
    if payments is None:
        return ()
    given = Returned(reservation=item, order=order, payments=payments, quantity=1, at=today)
    fits = quoted_return(measure_return(given, own), quote, given, others)[1]
    if fits is None:
        return ()
    return (f"Microsoft's quote of today fits rulebook {fits.id}; the estimates are by {own.id}",)


def compared(entries: Iterable[Refund], quote: RefundQuote | None, why_not: str, cap: CapRule, today: date) -> Consumed:
    """Return what the entries take of the cap beside what a quote reports, on the basis that gates.

    *why_not* says why there is no quote.
    """
    own = gating(consumed(entries, cap, today), cap)
    if quote is None or quote.consumed is None:
        return Consumed(basis=cap.basis, entries=own, text=why_not or "the quote does not say what is consumed")
    if quote.consumed.currency != own.currency:
        return Consumed(basis=cap.basis, entries=own, text=f"it reports {quote.consumed}, in another currency")
    nothing = Money.zero(own.currency)
    undated = max(quote.consumed - own, nothing)
    beyond = max(own - quote.consumed, nothing)
    return Consumed(
        basis=cap.basis,
        entries=own,
        reported=quote.consumed,
        undated=undated,
        beyond=beyond,
        text=_told(undated, beyond),
    )


def _told(undated: Money, beyond: Money) -> str:
    if undated.amount:
        return (
            f"{undated} more, which nobody can date: a plan counts it as an entry without a date, "
            "which never comes back"
        )
    if beyond.amount:
        return (
            f"{beyond} less. An exchange may be among the entries, an estimate too high, or its basis another; "
            "the larger figure counts"
        )
    return "the same"
