"""Under what a run works: its rules, its patience, and one customer at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from reconciler.apply.ceilings import Spent
from reconciler.apply.journal import Journal
from reconciler.apply.measuring import Moment
from reconciler.apply.settling import Patience
from reconciler.ledger import CapGate
from reconciler.model import current, desired
from reconciler.model.cap import CapUse, Entry, part_of
from reconciler.model.current import RESERVED
from reconciler.model.finding import Location
from reconciler.model.inputs import RefundQuote
from reconciler.model.limits import Limits
from reconciler.model.money import Money, total
from reconciler.model.plan import Acceptance, Action, CustomerPlan, Plan
from reconciler.providers import LiveProvider
from reconciler.rules.rulebook import Rulebook


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Under what a plan is applied.

    *now* is the wall clock, for locks and the journal; *pass_through* is the
    customer's share of each refund; *contacts* are whom Microsoft answers, by customer;
    *approvals* are written down beside the plan that is used up; *limits* are as raised by what was accepted,
    *approved* is the least that an approval lets a run give back, None where there is none.
    """

    now: Callable[[], datetime]
    rulebook: Rulebook
    alternatives: tuple[Rulebook, ...]
    max_drop: Decimal
    patience: Patience
    pass_through: Decimal = Decimal(1)
    approvals: tuple[Acceptance, ...] = ()
    contacts: dict[str, dict[str, str]] = {}
    limits: Limits = Limits()
    approved: Money | None = None


class Hands(msgspec.Struct, kw_only=True):
    """All that is needed to act on one customer; ``taken`` grows with each return.

    ``at`` is the service's instant; ``spent`` is the whole run's.
    """

    part: CustomerPlan
    held: current.Customer
    provider: LiveProvider
    journal: Journal
    terms: Terms
    moment: Moment
    at: datetime
    taken: Money
    spent: Spent

    @property
    def customer(self) -> desired.Customer:
        """Return what a provider must know of the customer."""
        return reference(self.part)

    @property
    def on(self) -> date:
        """Return the service's day."""
        return self.moment.on

    @property
    def begun(self) -> dict[str, str]:
        """Return the service's instant and day, as an effect's detail keeps them."""
        return {"at": self.at.isoformat(), "on": self.on.isoformat()}

    def gate(self, quote: RefundQuote | None) -> CapGate:
        """Return the cap as it is checked when a return is intended.

        Consumed is what the plan knew and this run has returned since, or what the
        service reports, or what the ledger holds, whichever is most. What is under way is
        left out of the plan's figure, and out of the service's where that has it: the
        ledger adds it. The limit is the share of it that the plan may use up.
        """
        cap = self.part.cap
        begun = self._under_way()
        consumed: Money = getattr(cap.meters, cap.basis).consumed - self._sum(begun) + self.taken
        limit = cap.limit
        if quote is not None and quote.consumed is not None:
            counted = [entry for entry in begun if not self.held.is_to_come(entry.source, entry.reservation_id)]
            consumed = max(consumed, quote.consumed - self._sum(counted))
        if quote is not None and quote.limit is not None:
            limit = min(limit, quote.limit)
        return CapGate(
            limit=part_of(limit, cap.share),
            basis=cap.basis,
            window_days=cap.window_days,
            on=self.on,
            reported=consumed,
        )

    def _under_way(self) -> list[Entry]:
        """Return what the plan counts as consumed that was begun and is not settled to this day."""
        begun = [entry for entry in self.part.cap.entries if entry.source in RESERVED]
        unsettled = self.journal.ledger.open_effects(self.part.name) if begun else ()
        still = {effect.reservation_id for effect in unsettled}
        return [entry for entry in begun if entry.reservation_id in still]

    def _sum(self, entries: list[Entry]) -> Money:
        cap = self.part.cap
        return total((getattr(entry, cap.basis) for entry in entries), cap.limit.currency)

    def take(self, use: CapUse) -> None:
        """Count what a return that was confirmed has used of the cap."""
        self.taken += getattr(use, self.part.cap.basis)


def reference(part: CustomerPlan) -> desired.Customer:
    """Return what a provider must know of a customer to reach it and to read what was read before."""
    nowhere = Location("plan", 1, 1)
    # Of the orders whose roles change, the assignments are read as well.
    access = {
        item.reservation.order_id: _listed(item)
        for item in part.actions
        if item.action == "access" and item.reservation
    }
    named = (
        desired.Reservation(
            name=order, address=part.name, order_id=order, reservation_id="", location=nowhere, access=access.get(order)
        )
        for order in dict.fromkeys((*part.unlisted_orders, *access))
    )
    return desired.Customer(
        name=part.name,
        tenant_id=part.tenant_id,
        credential=part.credential,
        location=nowhere,
        reservations=tuple(named),
    )


def _listed(action: Action) -> tuple[desired.Access, ...]:
    specs = [change.after for change in action.changes if change.after is not None]
    return tuple(
        desired.Access(principal_id=spec["principalId"], principal_type=spec["principalType"], role=spec["role"])
        for spec in specs
    )


def moment_of(plan: Plan, terms: Terms, at: datetime) -> Moment:
    """Return the moment at which *plan* is applied."""
    return Moment(planned_on=plan.at.date(), on=at.date(), max_drop=terms.max_drop)
