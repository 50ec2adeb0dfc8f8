"""R-RETURN: what a return gives back, what it costs, what it takes from the cap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec

from reconciler.model.cap import CapUse
from reconciler.model.current import Instalment, Order, Reservation
from reconciler.model.money import Money, minor_units
from reconciler.model.plan import Basis, Figures
from reconciler.rules.calendar import add_months
from reconciler.rules.payments import Payments
from reconciler.rules.rulebook import Row, Rulebook

ZERO_RATE = Decimal(0)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """*quantity* units of an order, given back on a day."""

    order: Order
    payments: Payments
    quantity: int
    at: date

    @property
    def term_days(self) -> int:
        """Return the length of the term, 366 for a year that spans 29 February."""
        return (self.order.expires_on - self.order.starts_on).days

    @property
    def remaining_days(self) -> int:
        """Return the days left, never below 0."""
        return max(0, (self.order.expires_on - self.at).days)

    @property
    def share(self) -> Fraction:
        """Return the returned units as a share of the order's original quantity."""
        return Fraction(self.quantity, self.order.original_quantity)


class Returned(Part, frozen=True, kw_only=True):
    """What is given back: *quantity* units of a reservation, on a day."""

    reservation: Reservation

    @property
    def days_since_purchase(self) -> int:
        """Return the age in days; day 0 is the day of the purchase."""
        return (self.at - self.reservation.purchased_on).days


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """A return in one currency; commitment is the credit plus the payments that are dropped."""

    credit: Money
    fee: Money
    commitment: Money

    @property
    def refund(self) -> Money:
        """Return what really comes back."""
        return self.credit - self.fee


def measure_return(returned: Returned, rulebook: Rulebook) -> Figures:
    """Return the figures of cancelling *returned* under *rulebook*.

    Unknown usage counts as used, which is the smaller credit.

    Units:  billing currency; ``cap_use`` in the pricing currency, from the order's
            own pricing amounts.
    Source: the rulebook's table of returns.
    """
    row = decisive_row(returned, rulebook)
    pricing = _leg(returned, row, row.fee_rate, _pricing)
    return _figures(
        returned,
        rulebook,
        _leg(returned, row, row.fee_rate, _billing),
        row.fee_rate,
        CapUse(refund=pricing.refund, commitment=pricing.commitment),
    )


class Worth(NamedTuple):
    """What a return brings in the billing currency, and takes from the cap; in minor units."""

    refund: int
    cap_refund: int
    cap_commitment: int


def worth_by_quantity(returned: Returned, rulebook: Rulebook) -> Callable[[int], Worth]:
    """Return what tells the figures of ``measure_return`` for any quantity, at little cost."""
    one, row = msgspec.structs.replace(returned, quantity=1), decisive_row(returned, rulebook)
    rate = Fraction(row.fee_rate)

    def unit(side: Callable[[Instalment], Money]) -> tuple[Fraction, Fraction]:
        scale = 10 ** minor_units(side([*returned.payments.paid, *returned.payments.unpaid][0]).currency)
        return _credit(one, row, side) * scale, _sum(one.payments.unpaid, side) * one.share * scale

    (billed, _), (priced, dropped) = unit(_billing), unit(_pricing)

    def worth(quantity: int) -> Worth:
        credits = _whole(billed * quantity), _whole(priced * quantity)
        refund, use = (credit - _whole(rate * credit) for credit in credits)
        return Worth(refund, use, credits[1] + _whole(dropped * quantity))

    return worth


def _whole(amount: Fraction) -> int:
    """Return an amount that is not negative, rounded half up."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def measure_exchanged(returned: Returned, rulebook: Rulebook) -> Figures:
    """Return the figures of giving *returned* back in an exchange: no fee, nothing from the cap."""
    row = decisive_row(returned, rulebook)
    nothing = Money.zero(returned.payments.pricing_currency)
    return _figures(
        returned,
        rulebook,
        _leg(returned, row, ZERO_RATE, _billing),
        ZERO_RATE,
        CapUse(refund=nothing, commitment=nothing),
    )


def refund_of(part: Part, row: Row) -> Money:
    """Return what really comes back of *part* under that row of a rulebook, in the billing currency."""
    return _leg(part, row, row.fee_rate, _billing).refund


def decisive_row(returned: Returned, rulebook: Rulebook) -> Row:
    """Return the row of the rulebook's table that *returned* falls under."""
    return rulebook.row(returned.days_since_purchase, returned.reservation.used is not False)


def dropped_payments(returned: Returned) -> CapUse:
    """Return the future payments that a return drops, as (billing, pricing) in the two fields."""
    return CapUse(refund=_dropped(returned, _billing), commitment=_dropped(returned, _pricing))


def _figures(returned: Returned, rulebook: Rulebook, leg: Leg, rate: Decimal, use: CapUse) -> Figures:
    reservation, order, payments = returned.reservation, returned.order, returned.payments
    return Figures(
        source="estimate",
        quantity=returned.quantity,
        days_since_purchase=returned.days_since_purchase,
        remaining_days=returned.remaining_days,
        term_days=returned.term_days,
        used=reservation.used,
        credit=leg.credit,
        fee_rate=rate,
        fee_base=rulebook.fee_base,
        fee=leg.fee,
        refund=leg.refund,
        canceled_commitment=leg.commitment,
        cap_use=use,
        cash_now=-leg.refund,
        basis=Basis(
            reserved_resource_type=reservation.resource_type,
            billing_plan=order.billing_plan,
            original_quantity=order.original_quantity,
            purchased_on=reservation.purchased_on,
            starts_on=order.starts_on,
            expires_on=order.expires_on,
            instalments=tuple(sorted((*payments.paid, *payments.unpaid), key=lambda item: item.due_on)),
        ),
    )


def _leg(part: Part, row: Row, rate: Decimal, side: Callable[[Instalment], Money]) -> Leg:
    currency = side([*part.payments.paid, *part.payments.unpaid][0]).currency
    credit = Money.rounded(_credit(part, row, side), currency)
    return Leg(
        credit=credit,
        fee=Money.rounded(rate * credit.amount, currency),
        commitment=credit + _dropped(part, side),
    )


def _credit(part: Part, row: Row, side: Callable[[Instalment], Money]) -> Fraction:
    paid = part.payments.paid
    if row.full or not paid:
        return _sum(paid, side) * part.share
    if part.order.billing_plan == "Monthly":
        unused, days = _unused_days_of_last_month(part)
        return Fraction(side(paid[-1]).amount) * part.share * Fraction(unused, days)
    # A reservation given back before its first day has all its days left, and no more.
    left = min(part.remaining_days, part.term_days)
    return _sum(paid, side) * part.share * Fraction(left, part.term_days)


def _unused_days_of_last_month(part: Part) -> tuple[int, int]:
    start, last = part.order.starts_on, len(part.payments.paid) - 1
    begins, ends = add_months(start, last), add_months(start, last + 1)
    days = (ends - begins).days
    return min(max(0, (ends - part.at).days), days), days


def _dropped(part: Part, side: Callable[[Instalment], Money]) -> Money:
    unpaid = part.payments.unpaid
    currency = side([*part.payments.paid, *unpaid][0]).currency
    return Money.rounded(_sum(unpaid, side) * part.share, currency)


def _sum(instalments: tuple[Instalment, ...], side: Callable[[Instalment], Money]) -> Fraction:
    return Fraction(sum((side(item).amount for item in instalments), Decimal(0)))


def _billing(item: Instalment) -> Money:
    assert item.billing is not None  # Payments fills every one
    return item.billing


def _pricing(item: Instalment) -> Money:
    return item.pricing
