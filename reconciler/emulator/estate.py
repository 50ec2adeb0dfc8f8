"""The estate: every customer's reservations, and how the service behaves, as one document.

The document is the estate file itself, changed in place; what the classes add is an index by id and by
tenant. What the emulator must remember beyond Azure's own bodies (sessions, operations, revisions) is under
the top-level key "emulator", which readers of estates ignore.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from .bodies import Body, ids
from .days import instant
from .money import Money, from_text
from .soundness import CAP_LIMIT, check_estate


@dataclass(frozen=True, slots=True)
class Service:
    """How Azure behaves in this estate: the fee of a return, the cap, and what is left to support."""

    fee_rate: Fraction
    fee_after_days: int
    cap_basis: str
    cap_limit: Money
    self_service_returns: bool
    self_service_exchanges: bool


class Customer:
    """One tenant's world: its part of the document, indexed by id in lower case."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.tenant = body["tenantId"].lower()
        self.orders: dict[str, Body] = {ids(order["id"])[0]: order for order in self.rows("reservationOrders")}
        self.reservations: dict[str, Body] = {ids(item["id"])[1]: item for item in self.rows("reservations")}

    def reservations_of(self, order: str) -> list[Body]:
        """Return the reservations of an order, in the estate's order."""
        return [item for item in self.body["reservations"] if ids(item["id"])[0] == order]

    def add_order(self, order: Body) -> None:
        """Put a new order into the world."""
        self.body["reservationOrders"].append(order)
        self.orders[ids(order["id"])[0]] = order

    def add_reservation(self, reservation: Body) -> None:
        """Put a new reservation into the world and name it in its order."""
        order, name = ids(reservation["id"])
        self.body["reservations"].append(reservation)
        self.reservations[name] = reservation
        listed = self.orders[order]["properties"].setdefault("reservations", [])
        listed.append({"id": f"/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{name}"})

    def give_order(self, order: str, other: "Customer") -> None:
        """Hand an order to another tenant, with its reservations and their usage; access to it ends."""
        moved = self.reservations_of(order)
        names = {ids(item["id"])[1] for item in moved}
        self._move("reservationOrders", other, lambda row: ids(row["id"])[0] == order)
        self._move("reservations", other, lambda row: ids(row["id"])[0] == order)
        self._move("usage", other, lambda row: row["reservationId"].lower() in names)
        other.orders[order] = self.orders.pop(order)
        for item in moved:
            name = ids(item["id"])[1]
            other.reservations[name] = self.reservations.pop(name)
        self.body["roleAssignments"] = [
            row for row in self.rows("roleAssignments") if f"/{order}/" not in row["id"].lower()
        ]

    def _move(self, name: str, other: "Customer", wanted: Callable[[Body], bool]) -> None:
        rows = self.rows(name)
        other.rows(name).extend(row for row in rows if wanted(row))
        self.body[name] = [row for row in rows if not wanted(row)]

    def rows(self, name: str) -> list[Body]:
        """Return one of the customer's lists, such as refunds or usage; an absent one is empty from now on."""
        if self.body.get(name) is None:
            self.body[name] = []
        rows: list[Body] = self.body[name]
        return rows

    def used_hours(self, reservation: str) -> Fraction | None:
        """Return the hours used since the purchase, or None where nobody measured them."""
        for row in self.body.get("usage") or []:
            if row["reservationId"].lower() == reservation and row.get("usedHours") is not None:
                return Fraction(str(row["usedHours"]))
        return None


class Estate:
    """The whole document, by tenant."""

    def __init__(self, document: Body) -> None:
        check_estate(document)
        self.document = document
        self.service = _service(document.get("service") or {})
        self.customers = {customer.tenant: customer for customer in map(Customer, document["customers"])}
        self.taken_at = instant(document["takenAt"])

    def customer(self, tenant: str) -> Customer:
        """Return a tenant's world; an unknown tenant sees an empty one."""
        return self.customers.get(tenant) or Customer({"name": tenant, "tenantId": tenant})

    def memory(self, name: str) -> Body:
        """Return what the emulator remembers under *name*: sessions, operations, revisions, pending or support."""
        memory: Body = self.document.setdefault("emulator", {}).setdefault(name, {})
        return memory


def empty(at: datetime) -> Body:
    """Return an estate without customers."""
    return {"formatVersion": "1.0", "takenAt": at.isoformat(), "complete": True, "customers": []}


def _service(body: Body) -> Service:
    return Service(
        fee_rate=Fraction(Decimal(body.get("feeRate") or "0.12")),
        fee_after_days=5 if body.get("feeAfterDays") is None else body["feeAfterDays"],
        cap_basis=body.get("capBasis") or "refund",
        cap_limit=from_text(body.get("capLimit") or CAP_LIMIT),
        self_service_returns=body.get("selfServiceReturns") is not False,
        self_service_exchanges=body.get("selfServiceExchanges") is not False,
    )
