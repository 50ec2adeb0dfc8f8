"""The partner's limits and what was approved, held against what a run really gives back.

A plan says what it would give back, and whoever can change its file can sign it again.
What Microsoft quotes at the moment of truth nobody can change.
"""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from reconciler.apply.measuring import Worse
from reconciler.model.limits import Limits
from reconciler.model.money import Money
from reconciler.model.plan import CustomerPlan, Plan, Status


class Spent:
    """What one run has given back so far, in the cap's currency.

    *limits* are as raised by what was accepted, *approved* is the least ceiling of its approvals.
    """

    def __init__(self, limits: Limits, approved: Money | None = None) -> None:
        self._limits, self._approved = limits, approved
        self._by_customer: defaultdict[str, list[Money]] = defaultdict(list)

    def count(self, customer: str, refund: Money) -> None:
        """Count a return that was begun before, by a process that is gone."""
        self._by_customer[customer].append(refund)

    def take(self, customer: str, refund: Money) -> None:
        """Count a return that is about to be begun, whatever becomes of it.

        Errors: Worse if it would take the run, or the customer's part of it, beyond maxRefund or what was approved.
        """
        everybody = [item for items in self._by_customer.values() for item in items]
        self._require("the run", "was approved", self._approved, [*everybody, refund])
        self._require("the run", "maxRefund allows", self._limits.max_refund, [*everybody, refund])
        own = [*self._by_customer[customer], refund]
        self._require(customer, "perCustomer.maxRefund allows", self._limits.per_customer.max_refund, own)
        self._by_customer[customer].append(refund)

    @staticmethod
    def _require(who: str, bound: str, most: Money | None, refunds: list[Money]) -> None:
        if most is None:
            return
        refund = sum((item for item in refunds[1:]), start=refunds[0])
        if refund > most:
            text = f"with what Microsoft quotes now, {who} would give back {refund}, more than {bound} ({most})"
            raise Worse("limit.max-refund", text)


def part_of(most: Money | None, plan: Plan, customer: CustomerPlan) -> Money | None:
    """Return how much of what a run may give back is *customer*'s, where customers are acted on side by side.

    What the plan leaves below the ceiling is divided as its refunds are: all parts together are
    never more than it, and no part less than the customer's own refunds.
    """
    everything = sum((_planned(part, most) for part in plan.customers), Decimal(0)) if most else Decimal(0)
    if most is None or not everything:
        return most
    share = Fraction(most.amount) * Fraction(_planned(customer, most)) / Fraction(everything)
    cents = Decimal(math.floor(share * 100)) / 100
    return Money(max(cents, _planned(customer, most)), most.currency)


def _planned(customer: CustomerPlan, most: Money) -> Decimal:
    ready = (item for item in customer.actions if item.action == "cancel" and item.status is Status.READY)
    uses = (item.money.cap_use.refund for item in ready if item.money is not None)
    return sum((use.amount for use in uses if use.currency == most.currency), Decimal(0))
