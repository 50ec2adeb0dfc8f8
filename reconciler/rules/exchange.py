"""R-EXCHANGE: the floor, the family and the money of an exchange."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from reconciler.model.cap import CapUse
from reconciler.model.current import Reservation
from reconciler.model.desired import Purchase
from reconciler.model.money import Money, total
from reconciler.model.plan import Figures, PricedPurchase
from reconciler.rules.calendar import TERM_MONTHS
from reconciler.rules.returns import ZERO_RATE
from reconciler.rules.rulebook import Products, Rulebook


def floor(returns: Sequence[Figures]) -> Money:
    """Return what the purchases of an exchange must commit to at least.

    Source: Microsoft Learn, "Self-service exchanges and refunds for Azure
            Reservations": the new commitment must equal or exceed the returned one.
    """
    return total((item.canceled_commitment for item in returns), returns[0].canceled_commitment.currency)


def due_today(purchase: PricedPurchase) -> Money:
    """Return what *purchase*, whose price must be known, costs on its first day."""
    assert purchase.price is not None
    if purchase.billing_plan == "Upfront":
        return purchase.price
    share = Fraction(purchase.price.amount) / TERM_MONTHS[purchase.term]
    return Money.rounded(share, purchase.price.currency)


def measure_exchange(returns: Sequence[Figures], purchases: Sequence[PricedPurchase]) -> Figures:
    """Return the summed figures of an exchange; every price must be known.

    ``net_payable`` = purchases - credits - future payments dropped, as the service
    counts it; ``cash_now`` = what is due today - what comes back today.
    """
    currency = returns[0].credit.currency
    price = total((item.price for item in purchases if item.price is not None), currency)
    credit = total((item.credit for item in returns), currency)
    due = total((due_today(item) for item in purchases), currency)
    nothing = Money.zero(returns[0].cap_use.refund.currency)
    return Figures(
        source="estimate",
        quantity=sum(item.quantity for item in returns),
        days_since_purchase=None,
        remaining_days=None,
        term_days=None,
        used=None,
        credit=credit,
        fee_rate=ZERO_RATE,
        fee_base=returns[0].fee_base,
        fee=Money.zero(currency),
        refund=credit,
        canceled_commitment=floor(returns),
        cap_use=CapUse(refund=nothing, commitment=nothing),
        purchase=price,
        net_payable=price - floor(returns),
        cash_now=due - credit,
    )


def foreign_families(rulebook: Rulebook, returned: Sequence[Reservation], bought: Sequence[Purchase]) -> list[Purchase]:
    """Return the purchases that are in no family of a returned reservation."""
    families = {rulebook.family(item.resource_type) for item in returned}
    return [
        item for item in bought if len(families) > 1 or rulebook.family(item.reserved_resource_type) not in families
    ]


def bars_return(rulebook: Rulebook, reservation: Reservation) -> Products | None:
    """Return the set of products that makes *reservation* not returnable, if any."""
    return _bar(rulebook.not_returnable, reservation.resource_type, reservation.purchased_on)


def bars_exchange(rulebook: Rulebook, resource_type: str, purchased_on: date) -> Products | None:
    """Return the set of products that makes a purchase of that day not exchangeable, if any."""
    return _bar(rulebook.not_exchangeable, resource_type, purchased_on)


def _bar(sets: Sequence[Products], resource_type: str, purchased_on: date) -> Products | None:
    return next((products for products in sets if products.holds(resource_type, purchased_on)), None)
