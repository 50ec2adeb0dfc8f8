"""Azure's side as a whole: the estate, the clock, and what time does to both."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from .bodies import Body
from .clock import Clock
from .days import day, written
from .estate import Customer, Estate

Renew: TypeAlias = "Callable[[World, Customer, Body], None]"


class World:
    """Hold the estate and the clock, and know what changed since the last save.

    *renew* buys anew what has expired and renews itself. ``lingering`` is how many more polls or reads than usual
    it takes what begins now.
    """

    def __init__(self, estate: Estate, clock: Clock, renew: Renew) -> None:
        self.estate = estate
        self.clock = clock
        self.renew = renew
        self.changed: set[str] = set()
        self.remembered = False
        self.lingering = 0
        self.settle()

    def touch(self, customer: Customer) -> None:
        """Note that a customer's part of the estate changed."""
        self.changed.add(customer.tenant)

    def memory(self, name: str) -> Body:
        """Return what the emulator remembers under *name*, to be changed by the caller."""
        self.remembered = True
        return self.estate.memory(name)

    def document(self) -> Body:
        """Return the estate as of now."""
        self.tick()
        self._take(self.clock.now())
        return self.estate.document

    def saved(self) -> None:
        """Forget what changed, for it is on disk."""
        self.changed.clear()
        self.remembered = False

    def settle(self) -> None:
        """Let time pass: pay what fell due, expire what is past its term, buy anew what renews itself."""
        now = self.clock.now()
        since, today = self.estate.taken_at.date(), now.date()
        for customer in self.estate.customers.values():
            paid = [pay(order, str(since), str(today)) for order in customer.body["reservationOrders"]]
            # What was bought anew may have come to its own end by now.
            while self._expire(customer, str(today)):
                paid.append(True)
            if any(paid):
                self.touch(customer)
        self._settled_on = today
        self._take(now)

    def _expire(self, customer: Customer, today: str) -> bool:
        """Expire a customer's orders and reservations, and tell whether any did."""
        orders = [_expire(order, today) for order in customer.body["reservationOrders"]]
        expired = [item for item in customer.body["reservations"] if _expire(item, today)]
        for item in expired:
            if item["properties"].get("renew"):
                self.renew(self, customer, item)
        return any(orders) or bool(expired)

    def tick(self) -> None:
        """Settle when the day changed since the last time."""
        if self.clock.today() != self._settled_on:
            self.settle()

    def _take(self, now: datetime) -> None:
        """Date the estate at *now*; a day that is not settled yet, or one that was before, does not count."""
        if now > self.estate.taken_at and now.date() <= self._settled_on:
            self.estate.taken_at = now
            self.estate.document["takenAt"] = written(now)


def next_due(transactions: list[Body]) -> str | None:
    """Return the day of the next instalment, or None when all are paid."""
    return min((item["dueDate"] for item in transactions if item.get("status") == "Scheduled"), default=None)


def pay(order: Body, since: str, today: str) -> bool:
    """Mark as paid what fell due after *since*, up to *today*; days as ISO text, which sorts."""
    if order["properties"].get("provisioningState") in ("Cancelled", "Failed"):
        return False
    plan: dict[str, Any] = order["properties"].get("planInformation") or {}
    transactions = plan.get("transactions") or []
    due = [item for item in transactions if item.get("status") == "Scheduled" and since < item["dueDate"][:10] <= today]
    for item in due:
        item.update(status="Succeeded", paymentDate=item["dueDate"])
    if due:
        plan["nextPaymentDueDate"] = next_due(transactions)
    return bool(due)


def _expire(thing: Body, today: str) -> bool:
    """Mark an order or a reservation whose last day is over; on that day it still stands."""
    properties = thing["properties"]
    expiry = properties.get("expiryDateTime") or properties.get("expiryDate")
    if properties.get("provisioningState") != "Succeeded" or not expiry or str(day(expiry)) >= today:
        return False
    properties["provisioningState"] = "Expired"
    if "displayProvisioningState" in properties:
        properties["displayProvisioningState"] = "Expired"
    return True
