"""The examples of the definition as requests, and estates on which each of them can be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from tests.conformance import spec
from tests.emulator.estates import SUBSCRIPTION, Bought, at, customer, estate, order_id, product, reservation_id

Body = dict[str, Any]
_ORDER = re.compile(r"/reservationOrders/([^/]+)(?:/reservations/([^/]+))?$", re.I)


@dataclass(frozen=True)
class Example:
    """One published example: the operation, what is sent, and what comes back by status."""

    name: str
    method: str
    template: str
    parameters: Body
    responses: dict[str, Body]

    @property
    def body(self) -> Any:
        """What is sent."""
        return self.parameters.get("body", self.parameters.get("parameters"))

    def url(self) -> str:
        """Return the address with its query; some examples write a query as it is sent, and some as it is meant."""
        path = re.sub(r"\{(\w+)\}", lambda name: str(self.parameters[name[1]]), self.template)
        given = {**self.parameters, "reservationOrderId": None, "reservationId": None, "subscriptionId": None}
        query = {name: value for name, value in given.items() if isinstance(value, str)}
        return f"{path}?{'&'.join(f'{name}={unquote_plus(value)}' for name, value in query.items())}".replace(
            " ", "%20"
        )

    def expected(self, status: int) -> Any:
        """Return the body that is published for a status."""
        return (self.responses.get(str(status)) or {}).get("body")

    def at_order(self, order: str) -> Example:
        """Return the same example asked of another order."""
        return Example(
            self.name, self.method, self.template, self.parameters | {"reservationOrderId": order}, self.responses
        )


def example(name: str) -> Example:
    """Return an example with the operation that refers to it, and with one order in place of several.

    Some examples name another order in the address than in the body; the one of the body is meant.
    """
    found = spec.read(name)
    for template, methods in spec.read(spec.RESERVATIONS)["paths"].items():
        for method, operation in methods.items():
            files = [one["$ref"].rpartition("/")[2] for one in operation.get("x-ms-examples", {}).values()]
            if name.rpartition("/")[2] in files:
                made = Example(name, method.upper(), template, found["parameters"], found["responses"])
                return made.at_order(_meant(made)) if "{reservationOrderId}" in template else made
    raise LookupError(f"no operation refers to {name}")


def _meant(one: Example) -> str:
    """Return the order that an example is about."""
    sent = [order for order, _ in named(one.body)]
    shown = [order for order, _ in named(one.responses.get("200", {}).get("body"))] if one.method == "GET" else []
    meant: str = (sent or shown or [one.parameters["reservationOrderId"]])[0]
    return meant


def named(value: Any) -> Iterator[tuple[str, str | None]]:
    """Yield the orders and the reservations that a body names by their full ids."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner)
    elif isinstance(value, str) and (match := _ORDER.search(value)):
        yield match[1], match[2]


def world(one: Example) -> tuple[Body, datetime]:
    """Return an estate on which an example can be asked, and the instant to ask it at."""
    if one.method in ("GET", "PATCH"):
        return _shown(one)
    asked = {pair for pair in named(one.body) if pair[1]}
    if "{reservationId}" in one.template:
        asked.add((one.parameters["reservationOrderId"], one.parameters["reservationId"]))
    if "{reservationOrderId}" in one.template and not asked:
        asked.add((one.parameters["reservationOrderId"], reservation_id(1)))
    more: Body = {"expires": "2026-06-01"} if one.template.endswith("archive") else {}
    if one.template.endswith("/calculateRefund"):
        more = {"capabilities": None}
    held = [_held(order, name or "", **more) for order, name in sorted(asked)]
    orders = {order["id"].lower(): order for order, _ in held}
    rows = {"reservationOrders": list(orders.values()), "reservations": [row for _, row in held]}
    return estate(customer(**rows, catalog=[*map(_sold, _purchases(one.body))])), at("2026-07-01")


def _held(order: str, reservation: str, **more: Any) -> tuple[Body, Body]:
    """Return an order and a reservation of three units under these ids."""
    bought = Bought(1, quantity=3, billing=("USD", 72.0), pricing=("USD", 72.0), **more)
    text = json.dumps([bought.order(), bought.reservation()])
    made: list[Body] = json.loads(text.replace(order_id(1), order).replace(reservation_id(1), reservation))
    scope = {"subscriptionId": f"/subscriptions/{SUBSCRIPTION}", "displayName": "Azure subscription 1"}
    made[1]["properties"] |= {"appliedScopeType": "Single", "appliedScopeProperties": scope, "skuDescription": "D1 v2"}
    return made[0], made[1]


def _purchases(body: Any) -> list[Body]:
    properties = (body or {}).get("properties") or {}
    return [body] if "sku" in (body or {}) else properties.get("reservationsToPurchase") or []


def _sold(purchase: Body) -> Body:
    name, asked = purchase["sku"]["name"], purchase["properties"]
    return product(name, "19800.00", asked["term"]) | {
        "location": purchase["location"],
        "reservedResourceType": asked["reservedResourceType"],
    }


def _shown(one: Example) -> tuple[Body, datetime]:
    """Return an estate of what an example shows, on the day before the first of it expires."""
    shown = one.responses["200"]["body"]
    rows = [row for row in (shown.get("value") or [shown]) if isinstance(row.get("properties"), dict)]
    orders = [row for row in rows if re.search(r"/reservationOrders/[^/]+$", row.get("id", ""))]
    reservations = [*_skipped(one), *_reservations(one, shown, rows)]
    known = {row["id"].lower() for row in orders}
    parents = {row["id"].rpartition("/reservations/")[0] for row in reservations}
    orders += [_held(path.rpartition("/")[2], "x")[0] for path in sorted(parents) if path.lower() not in known]
    made = customer(reservationOrders=orders, reservations=reservations, catalog=[*map(_product, _catalog(one))])
    document = estate(made)
    if one.template.endswith("/revisions"):
        document["emulator"] = {"revisions": {one.parameters["reservationId"]: shown["value"]}}
    ends = [row["properties"].get("expiryDate") for row in rows if row["properties"].get("expiryDate")]
    day = date.fromisoformat(min(ends)) - timedelta(1) if ends else date(2026, 7, 1)
    return document | {"takenAt": f"{day}T00:00:00Z"}, at(str(day))


def _reservations(one: Example, shown: Body, rows: list[Body]) -> list[Body]:
    """Return the reservations that an example shows or is asked of."""
    if one.template.endswith("/revisions"):
        return [_held(one.parameters["reservationOrderId"], one.parameters["reservationId"])[1]]
    if one.template.endswith("/appliedReservations"):
        names = [path.rpartition("/")[2] for path in shown["properties"]["reservationOrderIds"]["value"]]
        return [_changed(_held(name, name)[1], appliedScopeType="Shared") for name in names]
    found = [row for row in rows if re.search(r"/reservations/[^/]+$", row.get("id", ""))]
    # What a change leads to is not there before.
    return [_changed(row, instanceFlexibility="On") for row in found] if one.method == "PATCH" else found


def _skipped(one: Example) -> list[Body]:
    """Return as many reservations as an example skips, first in its order."""
    numbers = range(int(one.parameters.get("$skiptoken", 0)))
    return [_changed(_held(order_id(one), reservation_id(one))[1], displayName="A") for one in numbers]


def _changed(row: Body, **properties: Any) -> Body:
    return {**row, "properties": {**row["properties"], **properties}}


def _catalog(one: Example) -> list[Body]:
    return one.responses["200"]["body"]["value"] if one.template.endswith("/catalogs") else []


def _product(item: Body) -> Body:
    msrp = {term: {"amount": "100.00", "currency": "USD"} for term in item["terms"]}
    return {
        "reservedResourceType": item["resourceType"],
        "sku": item["name"],
        "location": item["locations"][0],
        "msrp": msrp,
        "skuProperties": item["skuProperties"],
        "restrictions": item["restrictions"],
    }
