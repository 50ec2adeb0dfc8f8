"""The estate: every customer's reservations, and how the service behaves, as one document.

The document is the estate file itself, changed in place; what the classes add is an index by id and by
tenant. What the emulator must remember beyond Azure's own bodies (sessions, operations, revisions) is under
the top-level key "emulator", which readers of estates ignore.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .days import day, instant
from .errors import EmulatorError
from .money import Money, from_record, from_text
from .shapes import ShapeError, check

Body = dict[str, Any]

_PRICE = {"currencyCode!": str, "amount!": float}
_TRANSACTION = {
    "dueDate!": str,
    "status": str,
    "pricingCurrencyTotal!": _PRICE,
    "billingCurrencyTotal": _PRICE,
}
_ORDER = {
    "id!": str,
    "properties!": {"originalQuantity": int, "planInformation": {"transactions": [_TRANSACTION]}},
}
_RESERVATION = {
    "id!": str,
    "etag": int,
    "properties!": {
        "reservedResourceType": str,
        "quantity": int,
        "capabilities": str,
        "utilization": {"aggregates": [{"value": float}]},
    },
}
_MONEY = {"amount!": str, "currency!": str}
_CUSTOMER = {
    "name!": str,
    "tenantId!": str,
    "reservationOrders": [_ORDER],
    "reservations": [_RESERVATION],
    "usage": [{"reservationId!": str, "usedHours": float}],
    "refunds": [{"on": str, "refund!": _MONEY, "canceledCommitment!": _MONEY, "exchange": bool}],
    "catalog": [{"reservedResourceType!": str, "sku!": str, "location!": str, "msrp!": dict}],
}
_SERVICE = {"feeRate": str, "feeAfterDays": int, "capBasis": ("refund", "commitment"), "capLimit": str}
_ESTATE = {
    "formatVersion!": str,
    "takenAt!": str,
    "service": _SERVICE,
    "customers!": [_CUSTOMER],
    "emulator": dict,
}

_ID = re.compile(r".*/reservationOrders/(?P<order>[^/]+)(?:/reservations/(?P<reservation>[^/]+))?/?", re.I)


def ids(resource_id: str) -> tuple[str, str]:
    """Return the order's and the reservation's id in lower case, each empty where *resource_id* lacks it."""
    match = _ID.fullmatch(resource_id)
    if match is None:
        return "", ""
    return match["order"].lower(), (match["reservation"] or "").lower()


@dataclass(frozen=True, slots=True)
class Service:
    """How Azure behaves in this estate: the fee of a return, and the cap."""

    fee_rate: Fraction
    fee_after_days: int
    cap_basis: str
    cap_limit: Money


class Customer:
    """One tenant's world: its part of the document, indexed by id in lower case."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.tenant = body["tenantId"].lower()
        self.orders: dict[str, Body] = {
            ids(order["id"])[0]: order for order in body.setdefault("reservationOrders", [])
        }
        self.reservations: dict[str, Body] = {ids(item["id"])[1]: item for item in body.setdefault("reservations", [])}

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

    def rows(self, name: str) -> list[Body]:
        """Return a list of the customer's that may be absent, such as refunds or usage."""
        rows: list[Body] = self.body.setdefault(name, [])
        return rows

    def used_hours(self, reservation: str) -> Fraction | None:
        """Return the hours used since the purchase, or None where nobody measured them."""
        for row in self.body.get("usage", []):
            if row["reservationId"].lower() == reservation and row.get("usedHours") is not None:
                return Fraction(str(row["usedHours"]))
        return None


class Estate:
    """The whole document, by tenant."""

    def __init__(self, document: Body) -> None:
        _check(document)
        self.document = document
        self.service = _service(document.get("service") or {})
        self.customers = {customer.tenant: customer for customer in map(Customer, document["customers"])}
        self.taken_at = instant(document["takenAt"])

    def customer(self, tenant: str) -> Customer:
        """Return a tenant's world; an unknown tenant sees an empty one."""
        return self.customers.get(tenant) or Customer({"name": tenant, "tenantId": tenant})

    def memory(self, name: str) -> Body:
        """Return what the emulator remembers under *name*: sessions, operations, revisions or pending."""
        memory: Body = self.document.setdefault("emulator", {}).setdefault(name, {})
        return memory


def empty(at: datetime) -> Body:
    """Return an estate without customers."""
    return {"formatVersion": "1.0", "takenAt": at.isoformat(), "complete": True, "customers": []}


def _service(body: Body) -> Service:
    return Service(
        fee_rate=Fraction(Decimal(body.get("feeRate", "0.12"))),
        fee_after_days=body.get("feeAfterDays", 5),
        cap_basis=body.get("capBasis", "refund"),
        cap_limit=from_text(body.get("capLimit", "50000.00 USD")),
    )


def _check(document: Body) -> None:
    try:
        check(document, _ESTATE)
    except ShapeError as error:
        raise EmulatorError(str(error)) from None
    if document["formatVersion"].partition(".")[0] != "1":
        raise EmulatorError(f"formatVersion: {document['formatVersion']!r} is not 1.x, which is what is read here")
    seen: dict[str, str] = {}
    for place, read, value in _values(document):
        try:
            key = read(value)
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise EmulatorError(f"{place}: {error}") from None
        if isinstance(key, str) and seen.setdefault(key, place) != place:
            raise EmulatorError(f"{place}: {value} is also at {seen[key]}")


def _values(document: Body) -> Iterator[tuple[str, Any, Any]]:
    """Yield each value that must be readable or unique: its place, its reader, itself."""
    yield "takenAt", instant, document["takenAt"]
    service = document.get("service") or {}
    yield "service.feeRate", Decimal, service.get("feeRate") or "0"
    yield "service.capLimit", from_text, service.get("capLimit") or "0 USD"
    for number, customer in enumerate(document["customers"]):
        place = f"customers[{number}]"
        yield f"{place}.tenantId", lambda value: f"tenant {value.lower()}", customer["tenantId"]
        for index, order in enumerate(customer.get("reservationOrders") or []):
            yield from _order_values(f"{place}.reservationOrders[{index}]", order)
        for index, reservation in enumerate(customer.get("reservations") or []):
            yield from _reservation_values(f"{place}.reservations[{index}]", reservation)
        for index, refund in enumerate(customer.get("refunds") or []):
            inside = f"{place}.refunds[{index}]"
            yield f"{inside}.on", _optional_day, refund.get("on")
            yield f"{inside}.refund", from_record, refund["refund"]
            yield f"{inside}.canceledCommitment", from_record, refund["canceledCommitment"]
        for index, entry in enumerate(customer.get("catalog") or []):
            for term, price in entry["msrp"].items():
                yield f"{place}.catalog[{index}].msrp.{term}", from_record, price


def _order_values(place: str, order: Body) -> Iterator[tuple[str, Any, Any]]:
    yield f"{place}.id", _order_key, order["id"]
    properties = order["properties"]
    for name in ("benefitStartTime", "expiryDateTime"):
        yield f"{place}.properties.{name}", _optional_day, properties.get(name)
    for index, item in enumerate((properties.get("planInformation") or {}).get("transactions") or []):
        yield f"{place}.properties.planInformation.transactions[{index}].dueDate", day, item["dueDate"]


def _reservation_values(place: str, reservation: Body) -> Iterator[tuple[str, Any, Any]]:
    yield f"{place}.id", _reservation_key, reservation["id"]
    for name in ("purchaseDateTime", "purchaseDate", "expiryDateTime", "expiryDate"):
        yield f"{place}.properties.{name}", _optional_day, reservation["properties"].get(name)


def _order_key(value: str) -> str:
    if not ids(value)[0]:
        raise ValueError(f"{value!r} is not the id of a reservation order")
    return f"order {ids(value)[0]}"


def _reservation_key(value: str) -> str:
    if not ids(value)[1]:
        raise ValueError(f"{value!r} is not the id of a reservation")
    return f"reservation {ids(value)[1]}"


def _optional_day(value: str | None) -> date | None:
    return day(value) if value else None
