"""Under what a run works: its rules, its patience, and one customer at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from reconciler.apply.journal import Journal
from reconciler.apply.measuring import Moment
from reconciler.apply.settling import Patience
from reconciler.model import current, desired
from reconciler.model.cap import CapUse
from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.model.plan import CustomerPlan, Plan
from reconciler.providers import LiveProvider
from reconciler.rules.rulebook import Rulebook


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Under what a plan is applied; *now* is the wall clock, for locks and the journal."""

    now: Callable[[], datetime]
    rulebook: Rulebook
    alternatives: tuple[Rulebook, ...]
    max_drop: Decimal
    patience: Patience


class Hands(msgspec.Struct, kw_only=True):
    """All that is needed to act on one customer; ``taken`` grows with each return."""

    part: CustomerPlan
    held: current.Customer
    provider: LiveProvider
    journal: Journal
    terms: Terms
    moment: Moment
    taken: Money

    @property
    def customer(self) -> desired.Customer:
        """Return what a provider must know of the customer."""
        return reference(self.part)

    @property
    def on(self) -> date:
        """Return the service's day."""
        return self.moment.on

    def left(self, reported: Money | None) -> Money:
        """Return the cap's headroom, by the plan and this run or by the service, whichever is less."""
        cap = self.part.cap
        consumed: Money = getattr(cap.meters, cap.basis).consumed + self.taken
        if reported is not None and reported > consumed:
            consumed = reported
        return cap.limit - consumed

    def take(self, use: CapUse) -> None:
        """Count what a return used of the cap, known to have been done or not."""
        self.taken += getattr(use, self.part.cap.basis)


def reference(part: CustomerPlan) -> desired.Customer:
    """Return what a provider must know of a customer to reach it and to read what was read before."""
    nowhere = Location("plan", 1, 1)
    named = (
        desired.Reservation(name=order, address=part.name, order_id=order, reservation_id="", location=nowhere)
        for order in part.unlisted_orders
    )
    return desired.Customer(
        name=part.name,
        tenant_id=part.tenant_id,
        credential=part.credential,
        location=nowhere,
        reservations=tuple(named),
    )


def moment_of(plan: Plan, part: CustomerPlan, terms: Terms, at: datetime) -> Moment:
    """Return the moment at which a customer's part of *plan* is applied."""
    return Moment(planned_on=plan.at.date(), on=at.date(), max_drop=terms.max_drop, cap_basis=part.cap.basis)
