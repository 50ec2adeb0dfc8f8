"""Somebody who works in the portal: the same service, asked by the same API, and not by us."""

from __future__ import annotations

import json
from typing import Any

from tests.machine.holdings import DEAR, SUBSCRIPTION, TENANTS
from tests.machine.record import Asked, Body
from tests.machine.stage import Service, Stage

API = "api-version=2022-11-01"
CAPACITY = "/providers/Microsoft.Capacity"
ENDS = ("Succeeded", "Cancelled", "Expired")


def ask(service: Service, tenant: str, method: str, path: str, body: Body | None = None) -> tuple[int, Any]:
    """Return the status and the body that the service answers with."""
    content = json.dumps(body).encode() if body is not None else b""
    status, answered, _ = service.ask(Asked(tenant, method, f"{path}?{API}", content))
    return status, json.loads(answered) if answered else None


def active(stage: Stage, tenant: str) -> list[Body]:
    """Return the reservations that stand, in the order of the estate."""
    items = stage.service.customer(tenant)["reservations"]
    return [item for item in items if item["properties"]["provisioningState"] == "Succeeded"]


def at_rest(stage: Stage) -> bool:
    """Say whether nothing is in progress at the service, which would change as it is read."""
    held = [stage.service.customer(tenant) for tenant in TENANTS.values()]
    things = [thing for one in held for thing in (*one["reservationOrders"], *one["reservations"])]
    return all(thing["properties"]["provisioningState"] in ENDS for thing in things)


def identity(item: Body) -> tuple[str, str]:
    """Return the ids of a reservation's order and its own, in lower case."""
    parts = item["id"].lower().split("/")
    return parts[-3], parts[-1]


def give_back(stage: Stage, tenant: str, item: Body, quantity: int) -> int:
    """Return units of a reservation, and the service's status."""
    order, name = identity(item)
    path = f"{CAPACITY}/reservationOrders/{order}"
    given = {"reservationId": f"{path}/reservations/{name}", "quantity": quantity}
    asked = {"properties": {"scope": "Reservation", "reservationToReturn": given}}
    status, quote = ask(stage.service, tenant, "POST", f"{path}/calculateRefund", asked)
    if status != 200:
        return status
    properties = {**asked["properties"], "sessionId": quote["properties"]["sessionId"], "returnReason": "By hand"}
    status, _ = ask(stage.service, tenant, "POST", f"{path}/return", {"properties": properties})
    if status < 300:
        stage.record.by_hand[name] = quantity
    return status


def exchange(stage: Stage, tenant: str, item: Body) -> int:
    """Exchange a reservation for the dear product, which takes its time, and return the service's status."""
    order, name = identity(item)
    given = {
        "reservationId": f"{CAPACITY}/reservationOrders/{order}/reservations/{name}",
        "quantity": item["properties"]["quantity"],
    }
    body = {"properties": {"reservationsToExchange": [given], "reservationsToPurchase": [_purchase("by hand")]}}
    session = _session(stage, tenant, body)
    if session is None:
        return 400
    status, _ = ask(stage.service, tenant, "POST", f"{CAPACITY}/exchange", {"properties": {"sessionId": session}})
    if status < 300:
        stage.record.by_hand[name] = item["properties"]["quantity"]
        stage.record.under_way.append((tenant, session))
    return status


def proceed(stage: Stage) -> None:
    """Let what is being exchanged by hand come to its end."""
    for tenant, session in stage.record.under_way:
        for _ in range(5):
            ask(stage.service, tenant, "GET", f"{CAPACITY}/operationResults/{session}")
    stage.record.under_way.clear()


def _session(stage: Stage, tenant: str, body: Body) -> str | None:
    """Quote an exchange, and return its session, if it comes to one."""
    asked = Asked(tenant, "POST", f"{CAPACITY}/calculateExchange?{API}", json.dumps(body).encode())
    status, _, headers = stage.service.ask(asked)
    if status != 202:
        return None
    path = headers["location"].partition("/providers/")[2].partition("?")[0]
    for _ in range(4):
        _, operation = ask(stage.service, tenant, "GET", f"/providers/{path}")
        if operation.get("status") == "Succeeded":
            return str(operation["properties"]["sessionId"])
    return None


def buy(stage: Stage, tenant: str, name: str) -> int:
    """Buy one more reservation."""
    purchase = _purchase(name)
    status, quote = ask(stage.service, tenant, "POST", f"{CAPACITY}/calculatePrice", purchase)
    if status != 200:
        return status
    order = quote["properties"]["reservationOrderId"]
    return ask(stage.service, tenant, "PUT", f"{CAPACITY}/reservationOrders/{order}", purchase)[0]


def patch(stage: Stage, tenant: str, item: Body, properties: Body) -> int:
    """Change a reservation in place."""
    order, name = identity(item)
    path = f"{CAPACITY}/reservationOrders/{order}/reservations/{name}"
    return ask(stage.service, tenant, "PATCH", path, {"properties": properties})[0]


def _purchase(name: str) -> Body:
    properties = {
        "reservedResourceType": "VirtualMachines",
        "billingScopeId": f"/subscriptions/{SUBSCRIPTION}",
        "term": "P3Y",
        "billingPlan": "Upfront",
        "quantity": 1,
        "displayName": name,
        "appliedScopeType": "Shared",
        "renew": False,
    }
    return {"sku": {"name": DEAR}, "location": "westeurope", "properties": properties}
