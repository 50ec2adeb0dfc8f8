"""The estates that the recordings were made on, as far as the recordings tell."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.emulator.estates import customer, estate, product

Body = dict[str, Any]
ONE_FOR_ALL = ("test_update_reservation", "test_support_tickets_no_subscription")
_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


def world(name: str, number: int, bodies: list[Any], at: datetime) -> Body:
    """Return the estate for a request of a recording; *bodies* are the answers that were recorded."""
    holds = _WORLDS[name](number, bodies)
    orders = {row["id"].partition("/reservations/")[0]: None for row in holds.get("reservations", [])}
    holds.setdefault("reservationOrders", [_order(one) for one in orders])
    return estate(customer(**holds), taken=str(at.date()))


def _order(path: str) -> Body:
    return {"id": path, "name": path.rpartition("/")[2], "properties": {"provisioningState": "Succeeded"}}


def _reservation(path: str, **properties: Any) -> Body:
    known = {"provisioningState": "Succeeded", "quantity": 1, "appliedScopeType": "Shared", **properties}
    return {"id": path, "name": path.rpartition("/")[2], "properties": known}


def _list(number: int, bodies: list[Any]) -> Body:
    """Return the rows of the first list, and those that only this list shows; what descends comes reversed."""
    everything, own = bodies[0]["value"], bodies[number]["value"]
    if number == 3:
        return {"reservations": own[::-1]}
    known = {row["id"] for row in everything}
    return {"reservations": [*everything, *(row for row in own if row["id"] not in known)]}


def _orders(_: int, bodies: list[Any]) -> Body:
    return {"reservationOrders": [row for body in bodies for row in body["value"]]}


def _updated(_: int, bodies: list[Any]) -> Body:
    """Return the reservation as it was before the first change: of another scope, two revisions ago."""
    row = copy.deepcopy(bodies[0])
    row["etag"] -= 2
    row["properties"] |= {"appliedScopeType": "Single", "appliedScopeProperties": {"subscriptionId": _SUBSCRIPTION}}
    # The price of the renewal was 109.80 for 5 units, in the currency of the bill.
    sold = product("Standard_B1ls", "21.96", "P1Y") | {"location": "eastus"}
    sold["msrp"]["P1Y"]["currency"] = "GBP"
    return {"reservations": [row], "catalog": [sold]}


def _scopes(_: int, __: list[Any]) -> Body:
    order = "/providers/microsoft.capacity/reservationOrders/85334623-a4b6-4b61-a3f4-e78ff02c33de"
    return {"reservations": [_reservation(f"{order}/reservations/a21526d3-1b94-4b43-a6b3-6f496e893251")]}


def _applied(_: int, bodies: list[Any]) -> Body:
    orders = bodies[0]["properties"]["reservationOrderIds"]["value"]
    named = enumerate(path.rpartition("/")[2] for path in orders)
    head = "/providers/microsoft.capacity/reservationOrders"
    rows = [_reservation(f"{head}/{name}/reservations/0e0e0e0e-0000-0000-0000-{at:012d}") for at, name in named]
    return {"reservations": rows}


def _catalog(_: int, bodies: list[Any]) -> Body:
    """Return the page that was recorded, and as many products more as there were."""
    page = bodies[0]
    more = [product(f"Standard_X{number}", "1.00") for number in range(page["totalItems"] - len(page["value"]))]
    rest = [entry | {"location": "westus"} for entry in more]
    return {"catalog": [*map(_product, page["value"]), *rest]}


def _product(item: Body) -> Body:
    prices = {name.upper(): price for name, price in item["msrp"].items()}
    return {
        "reservedResourceType": "VirtualMachines",
        "sku": item["name"],
        "location": item["locations"][0],
        "terms": item["terms"],
        "msrp": {
            name: {"amount": f"{price['amount']:.2f}", "currency": price["currencyCode"]}
            for name, price in prices.items()
        },
        "skuProperties": item["skuProperties"],
        "restrictions": item["restrictions"],
    }


def _tickets(_: int, bodies: list[Any]) -> Body:
    """Return the tickets that were there before, the newest last."""
    tickets = next(body["value"] for body in bodies if body and _is_list_of_tickets(body))
    return {"supportTickets": [row for row in reversed(tickets) if row["name"] != "test_ticket_from_cli_000001"]}


def _is_list_of_tickets(body: Body) -> bool:
    value = body.get("value")
    return bool(value) and value[0]["type"] == "Microsoft.Support/supportTickets"


_WORLDS: dict[str, Callable[[int, list[Any]], Body]] = {
    "test_get_applied_reservation_order_ids": _applied,
    "test_get_catalog": _catalog,
    "test_get_reservation": lambda _, bodies: {"reservations": bodies},
    "test_get_reservation_order": lambda _, bodies: {"reservationOrders": bodies},
    "test_list_reservation_order": _orders,
    "test_list_reservations": _list,
    "test_list_reservations_in_order": lambda _, bodies: {"reservations": bodies[0]["value"]},
    "test_reservation_available_scope": _scopes,
    "test_support_tickets_no_subscription": _tickets,
    "test_update_reservation": _updated,
}
