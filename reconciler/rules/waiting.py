"""R-WAIT: what a return would bring on a later day, worked out from a plan's own basis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import msgspec

from reconciler.model.current import Order
from reconciler.model.money import Money
from reconciler.model.plan import Figures
from reconciler.rules.calendar import TERM_MONTHS, add_months
from reconciler.rules.payments import Payments, payments_as_of
from reconciler.rules.returns import Part, refund_of
from reconciler.rules.rulebook import Row, Rulebook

_DAY = timedelta(days=1)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One return, which may be asked for on *at* or on any day after it.

    ``paid_until`` is the day up to which the plan took due instalments as paid only
    where Azure said so; those due after it count as paid when their day has come.
    """

    order: Order
    purchased_on: date
    used: bool
    quantity: int
    at: date
    paid_until: date
    rulebook: Rulebook

    def refund(self, on: date) -> Money:
        """Return what would come back on a day; an estimate in the billing currency, no quote has a say."""
        part = Part(order=self.order, payments=self._payments(on), quantity=self.quantity, at=on)
        return refund_of(part, self.row(on))

    def row(self, on: date) -> Row:
        """Return the row of the rulebook that decides on a day."""
        return self.rulebook.row((on - self.purchased_on).days, self.used)

    def paid(self, on: date) -> Money:
        """Return the instalments of the returned units that fall due after ``at``, up to a day."""
        payments = self._payments(self.at)
        bills = (item.billing.amount for item in payments.unpaid if item.billing and self.at < item.due_on <= on)
        share = Fraction(self.quantity, self.order.original_quantity)
        return Money.rounded(Fraction(sum(bills, Decimal(0))) * share, payments.billing_currency)

    def cost(self, on: date) -> Money:
        """Return what waiting until a day costs: the refund that is lost, and the instalments paid meanwhile.

        What the reservation saves until then is not in it. Negative where waiting pays.
        """
        return self.refund(self.at) - self.refund(on) + self.paid(on)

    def turns(self) -> list[date]:
        """Return the days at which the refund turns, first to last: between two of them it falls by a like sum a day.

        They are ``at``, the last and first days of the law's rows, of months that are billed
        one by one and of instalments, and the end of the term.
        """
        firsts = {*self.law_turns(), *self.instalments(), *self._months()}
        days = {self.at, self.order.expires_on, *firsts, *(day - _DAY for day in firsts)}
        return sorted(day for day in days if self.at <= day <= max(self.at, self.order.expires_on))

    def after(self, days: int) -> date:
        """Return the day so many days after ``at``, or the last one of the calendar."""
        return self.at + timedelta(days=min(days, (date.max - self.at).days))

    def law_turns(self) -> list[date]:
        """Return the first days after ``at`` on which another row of the rulebook decides."""
        bounds = {bound for row in self.rulebook.table for bound in (row.at_most, row.more_than) if bound is not None}
        days = (self.purchased_on + timedelta(days=bound + 1) for bound in bounds)
        return sorted(day for day in days if self.at < day < self.order.expires_on)

    def instalments(self) -> list[date]:
        """Return the days after ``at`` on which an instalment falls due, first to last."""
        days = {item.due_on for item in self.order.instalments if not item.paid}
        return sorted(day for day in days if self.at < day < self.order.expires_on)

    def below(self, floor: Money) -> date | None:
        """Return the first day after ``at`` on which less than *floor* comes back, None if it is less on ``at``."""
        if self.refund(self.at) < floor:
            return None
        turns = self.turns()
        for first, last in pairwise(turns):
            if self.refund(last) < floor:
                return self._first_below(floor, first, last)
        return None

    def _first_below(self, floor: Money, first: date, last: date) -> date:
        """Search between two turns, where the refund does not rise."""
        while (last - first).days > 1:
            middle = first + (last - first) // 2
            first, last = (first, middle) if self.refund(middle) < floor else (middle, last)
        return last

    def _payments(self, on: date) -> Payments:
        payments = payments_as_of(self.order, self.paid_until, on)
        assert payments is not None  # a reading is of a basis that has some
        return payments

    def _months(self) -> Iterator[date]:
        if self.order.billing_plan != "Monthly":
            return
        for month in range(max(TERM_MONTHS.values()) + 1):
            day = add_months(self.order.starts_on, month)
            if day > self.order.expires_on:
                return
            yield day


def waiting_for(figures: Figures, at: date, rulebook: Rulebook) -> Waiting | None:
    """Return what waiting does to a cancellation that a plan measured on *at*.

    None where it cannot be told: the figures have no basis, or no reading of it gives the
    plan's own estimate of that day, so that no later day could be believed.
    """
    ours = figures.estimate or figures
    return next((item for item in readings(figures, at, rulebook) if item.refund(at) == ours.refund), None)


def readings(figures: Figures, at: date, rulebook: Rulebook) -> Iterator[Waiting]:
    """Give every reading of what a plan took as paid: it does not say which of the instalments that are due."""
    basis = figures.basis
    if basis is None or not any(item.billing for item in basis.instalments):
        return
    if basis.original_quantity < 1 or basis.starts_on >= basis.expires_on:
        return  # a plan file may say anything
    order = Order(
        id="",
        starts_on=basis.starts_on,
        expires_on=basis.expires_on,
        billing_plan=basis.billing_plan,
        original_quantity=basis.original_quantity,
        instalments=basis.instalments,
    )
    overdue = {item.due_on - _DAY for item in basis.instalments if not item.paid and item.due_on <= at}
    for paid_until in (at, *sorted(overdue, reverse=True)):
        yield Waiting(
            order=order,
            purchased_on=basis.purchased_on,
            used=figures.used is not False,
            quantity=figures.quantity,
            at=at,
            paid_until=paid_until,
            rulebook=rulebook,
        )
