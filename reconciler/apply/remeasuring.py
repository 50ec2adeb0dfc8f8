"""What Microsoft Support gave back, measured again for the day on which it did: an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from reconciler.apply.settling import Seen
from reconciler.apply.verdicts import Search
from reconciler.errors import ProviderError
from reconciler.estate.history import order_as_of
from reconciler.ledger import Effect, EffectTarget, Measured
from reconciler.model.current import Order, Reservation
from reconciler.model.history import History, Revision
from reconciler.model.money import Money, total
from reconciler.model.plan import Figures
from reconciler.rules.payments import payments_as_of
from reconciler.rules.returns import Returned, decisive_row, measure_exchanged, measure_return
from reconciler.rules.rulebook import Rulebook

_CANCELLED = "cancelled"


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The money of an effect on the day on which it was granted; ``rulebook`` is the id of the one it is by."""

    on: date
    money: Measured
    fee: Money
    rulebook: str


def measured_again(search: Search, effect: Effect, seen: Seen) -> Again | None:
    """Return what *effect* brought on the day on which the service shows it as given back.

    None where no day can be told, or Azure gives no payments for an order: what was filed is
    all that is known then.

    Errors: ProviderError if the service cannot be asked.
    """
    if not seen.ended:
        return None
    history = search.provider.look_back(search.customer(effect), seen.ended)
    on = _ended_on(seen.ended, history)
    if on is None:
        return None
    rulebook = search.rulebook_of(effect)
    figures = []
    for target in effect.targets:
        item = _returned(effect, target, seen, history, on)
        if item is None:
            return None
        measure = measure_return if effect.kind == "cancel" else measure_exchanged
        figures.append(measure(_with_usage(search, effect, item, rulebook), rulebook))
    return _again(effect, figures, on, rulebook)


def _again(effect: Effect, figures: Sequence[Figures], on: date, rulebook: Rulebook) -> Again:
    currency = figures[0].refund.currency
    uses_cap = effect.cap_refund is not None
    (use, *_) = [item.cap_use for item in figures]  # what uses the cap is one return
    money = Measured(
        refund=total((item.refund for item in figures), currency),
        cap_refund=use.refund if uses_cap else None,
        cap_commitment=use.commitment if uses_cap else None,
    )
    return Again(on=on, money=money, fee=total((item.fee for item in figures), currency), rulebook=rulebook.id)


def _ended_on(ended: Sequence[Reservation], history: History) -> date | None:
    """Return the day on which the last of *ended* was given back, None if nothing says so of one."""
    days = [_cancelled_on(history.revisions.get(item.id, ())) or item.updated_on for item in ended]
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def _cancelled_on(revisions: Sequence[Revision]) -> date | None:
    """Return the day of the first revision that reads Cancelled: later ones change nothing that matters here."""
    found = sorted((item for item in revisions if item.state.lower() == _CANCELLED), key=lambda item: item.number)
    return found[0].on if found else None


def _returned(effect: Effect, target: EffectTarget, seen: Seen, history: History, on: date) -> Returned | None:
    own = [item for item in seen.ended if item.id == target.reservation_id]
    # Of a part, what was split off the reservation and ended is of the same purchase.
    (item, *_) = own or [item for item in seen.ended if item.order_id == target.order_id]
    order = _order(history.orders[item.order_id], on)
    payments = payments_as_of(order, on, on)
    if payments is None or (effect.refund and effect.refund.currency != payments.billing_currency):
        return None
    return Returned(reservation=item, order=order, payments=payments, quantity=target.quantity, at=on)


def _order(body: dict[str, Any], on: date) -> Order:
    try:
        return order_as_of(body, on)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        what = f"order {body.get('id')} is not what Azure's definition says"
        raise ProviderError(f"{what}: {type(error).__name__} {error}") from error


def _with_usage(search: Search, effect: Effect, item: Returned, rulebook: Rulebook) -> Returned:
    """Return *item* knowing whether it was used, where that decides what came back; unknown counts as used."""
    if decisive_row(item, rulebook).used is None:
        return item
    used = search.provider.used_until(search.customer(effect), [item.reservation], item.at)
    return msgspec.structs.replace(item, reservation=msgspec.structs.replace(item.reservation, used=used))
