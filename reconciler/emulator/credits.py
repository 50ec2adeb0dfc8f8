"""What a return is worth: credit, fee, refund, and the commitment that ends with it.

Days are UTC calendar days; day 0 is the day of purchase. Up to ``feeAfterDays`` days and not used, everything
paid comes back; up to then and used, the unused part of it; later the same less the fee.

Source: Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations" (prorated by remaining
days, UTC); Partner Center, "Manage, cancel, exchange, or refund Microsoft Azure reservations" (the table of
5 days).
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from .bodies import Body, ids
from .days import add_months, day
from .errors import ArmError
from .estate import Customer, Service
from .money import Money, from_record, zero
from .payments import Payments, Side, payments


@dataclass(frozen=True, slots=True)
class Figures:
    """One return in one currency; every amount is rounded to the minor unit."""

    credit: Money
    fee: Money
    remaining: Money

    @classmethod
    def read(cls, record: Body) -> "Figures":
        """Return the figures that ``record`` wrote down."""
        return cls(*(from_record(record[name]) for name in ("credit", "fee", "remaining")))

    def record(self) -> Body:
        """Return the figures as the estate writes money."""
        return {name: getattr(self, name).record() for name in ("credit", "fee", "remaining")}

    @property
    def refund(self) -> Money:
        """What comes back after the fee."""
        return self.credit - self.fee

    @property
    def canceled_commitment(self) -> Money:
        """What the customer is no longer committed to: the credit and the payments that end."""
        return self.credit + self.remaining


@dataclass(frozen=True, slots=True)
class Return:
    """A quantity of one reservation given back on one day."""

    order: Body
    reservation: Body
    quantity: int
    on: date


@dataclass(frozen=True, slots=True)
class Worth:
    """What a return is worth in the currency of the bill and in that of the price list."""

    billing: Figures
    pricing: Figures
    plan: Payments


def worth(customer: Customer, given: Return, service: Service, exchange: bool = False) -> Worth:
    """Return what *given* is worth; in an exchange no fee is charged."""
    plan = payments(given.order)
    early = (given.on - _purchased_on(given.reservation)).days <= service.fee_after_days
    whole = early and not used(customer, given.reservation)
    rate = Fraction(0) if early or exchange else service.fee_rate
    share = Fraction(given.quantity, plan.original_quantity)

    def figures(side: Side) -> Figures:
        base = side.paid_total() if whole else _unused_part(side, plan.monthly, given)
        credit = (base * share).rounded()
        return Figures(credit, (credit * rate).rounded(), (side.unpaid_total() * share).rounded())

    return Worth(figures(plan.billing), figures(plan.pricing), plan)


def used(customer: Customer, reservation: Body) -> bool:
    """Tell whether the reservation was used since its purchase; what nobody knows counts as used."""
    hours = customer.used_hours(ids(reservation["id"])[1])
    if hours is not None:
        return hours > 0
    aggregates = (reservation["properties"].get("utilization") or {}).get("aggregates") or []
    values = [item["value"] for item in aggregates if item.get("value") is not None]
    return any(values) or not values


def _unused_part(side: Side, monthly: bool, given: Return) -> Money:
    """Return the part of what was paid, for the whole order, that the remaining days are worth."""
    properties = given.order["properties"]
    if not properties.get("benefitStartTime") or not properties.get("expiryDateTime"):
        raise ArmError(400, "CreateQuoteFailed", f"Order '{given.order['id']}' has no term to quote from.")
    if not side.paid:
        return zero(side.currency)
    start, end, paid = (
        day(properties["benefitStartTime"]),
        day(properties["expiryDateTime"]),
        side.paid_total(),
    )
    if monthly:
        month = len(side.paid) - 1
        start, end, paid = add_months(start, month), add_months(start, month + 1), side.paid[-1]
    length = max((end - start).days, 1)
    # Before the term starts no more than all of it is unused; after its end, nothing.
    unused = min(max((end - given.on).days, 0), length)
    return paid * Fraction(unused, length)


def _purchased_on(reservation: Body) -> date:
    properties = reservation["properties"]
    text = properties.get("purchaseDateTime") or properties.get("purchaseDate")
    if not text:
        raise ArmError(400, "CreateQuoteFailed", f"Reservation '{reservation['id']}' has no purchase date.")
    return day(text)
