"""One reservation as if something were wanted of it: what the planner would make of that."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconciler.actions.kind import View
from reconciler.model import current, desired
from reconciler.model.advice import Why, of_rule
from reconciler.model.finding import Finding, Location, Severity
from reconciler.model.inputs import Accepted, Selection
from reconciler.model.plan import Action, Status
from reconciler.model.scope import Scope, ScopeType
from reconciler.planner.customers import plan_customer
from reconciler.planner.match import match
from reconciler.policies.limits import CapShare
from reconciler.rules.returns import Returned
from reconciler.rules.rulebook import Rulebook

_REASON = "advice"


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation beside the entry that names it, and all that its customer's plan would follow from."""

    view: View
    entry: desired.Reservation | None
    reservation: current.Reservation
    share: CapShare | None = None

    @property
    def customer(self) -> desired.Customer:
        """Return whose it is."""
        return self.view.customer

    @property
    def held(self) -> current.Customer:
        """Return all that its customer has."""
        return self.view.held

    @property
    def rulebook(self) -> Rulebook:
        """Return the law that it is judged by."""
        return self.view.rulebook

    @property
    def order(self) -> current.Order:
        """Return the purchase that it came from."""
        return self.held.orders[self.reservation.order_id]

    def returned(self, quantity: int) -> Returned | None:
        """Return some of its units as something to measure; None if Azure gave no payments."""
        payments = self.view.payments(self.order)
        if payments is None:
            return None
        return Returned(
            reservation=self.reservation, order=self.order, payments=payments, quantity=quantity, at=self.view.at
        )

    @property
    def wanted(self) -> desired.Reservation:
        """Return its entry with nothing wanted of it; one that no file names gets one."""
        if self.entry is not None:
            named = {"reservation_id": self.reservation.id, "order_id": self.reservation.order_id}
            return msgspec.structs.replace(self.entry.at_rest(), **named)
        held = self.reservation
        address = f"{self.customer.name}/{held.id}"
        return desired.Reservation(
            name=held.id, address=address, order_id=held.order_id, reservation_id=held.id, location=Location("", 1, 1)
        )


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """The action that would be planned, and why it is allowed or not; no action where nothing would change."""

    action: Action | None
    because: tuple[Why, ...]

    @property
    def allowed(self) -> bool:
        """Say whether apply would do it."""
        return self.action is not None and self.action.status is Status.READY


def rescoped(subject: Subject) -> Tried:
    """Try to share the discount with all of the customer's subscriptions."""
    shared = Scope(type=ScopeType.SHARED)
    return _tried(subject, msgspec.structs.replace(subject.wanted, scope=shared), "scope")


def returned(subject: Subject, quantity: int) -> Tried:
    """Try to give *quantity* units back for a refund."""
    kept, block = subject.reservation.quantity - quantity, desired.Cancel(reason=_REASON)
    wanted = (
        msgspec.structs.replace(subject.wanted, quantity=kept, cancel=block)
        if kept
        else msgspec.structs.replace(subject.wanted, state=desired.Wanted.CANCELLED, cancel=block)
    )
    return _tried(subject, wanted, "cancel")


def exchanged(subject: Subject, into: tuple[desired.Purchase, ...]) -> Tried:
    """Try to exchange all units."""
    block = desired.Exchange(reason=_REASON, into=into)
    wanted = msgspec.structs.replace(subject.wanted, state=desired.Wanted.EXCHANGED, exchange=block)
    return _tried(subject, wanted, "exchange")


def _tried(subject: Subject, wanted: desired.Reservation, kind: str) -> Tried:
    alone = msgspec.structs.replace(subject.customer, reservations=(wanted,))
    pairs = match(alone, subject.held, subject.view.memory, Selection()).pairs
    view = msgspec.structs.replace(subject.view, customer=alone, pairs=pairs)
    part = plan_customer(view, Accepted(), Selection(), subject.share)
    action = next((item for item in part.plan.actions if item.action == kind), None)
    return Tried(action=action, because=_because(action, part.findings))


def _because(action: Action | None, findings: Sequence[Finding]) -> tuple[Why, ...]:
    """Return what refuses an action or must be known of it, and then the rules that it follows."""
    if action is None:
        return ()
    told = [item for item in findings if item.address == action.address and item.severity is not Severity.INFO]
    told.sort(key=lambda item: item.severity is not Severity.DENY)  # what refuses comes before what is only to be known
    waits = (
        [Why(code="support.waiting", text=f"support request {action.ticket.id} asks for it")] if action.ticket else []
    )
    return (*waits, *(Why(code=item.code, text=item.message) for item in told), *map(of_rule, action.because))
