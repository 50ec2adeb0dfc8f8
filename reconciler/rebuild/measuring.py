"""What a past return brought, by the rulebook: an estimate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from reconciler.errors import ProviderError
from reconciler.estate import history as bodies
from reconciler.estate.bodies import last_segment
from reconciler.model import current
from reconciler.model.plan import Figures
from reconciler.model.recovery import LeftOut
from reconciler.rebuild.dating import Given
from reconciler.rules.payments import payments_as_of
from reconciler.rules.returns import Returned, decisive_row, measure_return
from reconciler.rules.rulebook import Rulebook

# Recorded traffic: an exchange refunds first and buys 13 minutes later, perhaps after midnight.
_EXCHANGE_TAKES = timedelta(days=1)
_USE_UNKNOWN = "whether it was used in its first days is not known: the larger refund is entered, as if it was not"


def returned(given: Given, order_body: dict[str, Any], rulebook: Rulebook) -> Returned | LeftOut:
    """Return what was given back, with the payments of its order as they stood on that day.

    Errors: ProviderError if the order is not what Azure's definition says.
    """
    try:
        order = bodies.order_as_of(order_body, given.on)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        what = f"order {given.reservation.order_id} is not what Azure's definition says"
        raise ProviderError(f"{what}: {type(error).__name__} {error}") from error
    payments = payments_as_of(order, given.on, given.on)
    if payments is None:
        return _left_out(given, "no-payments", "Azure gives no payments for its order: what came back is not known")
    if payments.pricing_currency != rulebook.cap.limit.currency:
        text = f"it is priced in {payments.pricing_currency}, and the cap is counted in {rulebook.cap.limit.currency}"
        return _left_out(given, "other-currency", text)
    return Returned(reservation=given.reservation, order=order, payments=payments, quantity=given.quantity, at=given.on)


def usage_decides(item: Returned, rulebook: Rulebook) -> bool:
    """Say whether the refund depends on whether the reservation was used."""
    return decisive_row(item, rulebook).used is not None


def measured(item: Returned, used: bool | None, rulebook: Rulebook) -> tuple[Figures, tuple[str, ...]]:
    """Return the figures of a past return, and what had to be taken for granted.

    A plan takes unknown usage for used, so as not to promise too much. Here it is taken
    for unused, so as not to count too little under the cap.
    """
    notes = (_USE_UNKNOWN,) if used is None and usage_decides(item, rulebook) else ()
    known = msgspec.structs.replace(item.reservation, used=bool(used))
    return measure_return(msgspec.structs.replace(item, reservation=known), rulebook), notes


def bought_then(given: Given, held: current.Customer, rulebook: Rulebook) -> tuple[str, ...]:
    """Return the orders that may be the other half of an exchange: same product family, bought when it was given."""
    raw = {last_segment(body["id"]): body for body in held.body["reservations"]}
    family = rulebook.family(given.reservation.resource_type)
    found = {
        item.order_id
        for item in held.reservations.values()
        if given.on <= item.purchased_on <= given.on + _EXCHANGE_TAKES
        and item.order_id != given.reservation.order_id
        and rulebook.family(item.resource_type) == family
        and not bodies.renews(raw[item.id])
    }
    return tuple(sorted(found))


def _left_out(given: Given, reason: str, text: str) -> LeftOut:
    return LeftOut(
        reservation_id=given.reservation.id, quantity=given.quantity, reason=reason, text=f"{text} ({given.on})"
    )
