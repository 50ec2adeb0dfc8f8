"""A tour through every operation of the API, as a client makes it: what one answer tells, the next request uses."""

from __future__ import annotations

from typing import Any

from reconciler.emulator.app import Azure
from tests.conformance.listening import Listening
from tests.emulator.estates import (
    OTHER_TENANT,
    SUBSCRIPTION,
    Bought,
    at,
    customer,
    estate,
    order_id,
    path,
    product,
    purchase,
)

CAPACITY = "/providers/Microsoft.Capacity"
CATALOG = [product("Standard_D2s_v5", "1500.00", "P1Y"), product("Standard_D4s_v5", "3000.00")]
READER = "/providers/Microsoft.Authorization/roleDefinitions/582fc458-8989-419f-a480-75249bc5db7e"
SINGLE = {"appliedScopeType": "Single", "appliedScopes": [f"/subscriptions/{SUBSCRIPTION}"]}


def azure() -> Azure:
    """Return an emulator with what the tour needs."""
    bought = [
        Bought(1, quantity=3),
        Bought(2, plan="Monthly", paid=7, billing=("EUR", 92.0), pricing=("USD", 100.0)),
        Bought(3, quantity=4),
        Bought(4, expires="2026-06-01"),
        Bought(5),
        Bought(6, capabilities=None, used_hours=None),
        *(Bought(number) for number in range(10, 60)),
    ]
    document = estate(customer(*bought, catalog=CATALOG), customer(tenant=OTHER_TENANT))
    return Azure(document, at("2026-07-01"))


def order(number: int) -> str:
    """Return the address of an order of the estate."""
    return f"{CAPACITY}/reservationOrders/{order_id(number)}"


def tour(line: Listening) -> None:
    """Make every request at least once."""
    read(line)
    change(line)
    give_back(line)
    exchange(line)
    buy(line)
    divide(line)
    grant(line)
    line.send("POST", f"{order(5)}/changeDirectory", {"destinationTenantId": OTHER_TENANT})
    line.send("POST", f"{order(1)}/changeDirectory", {"destinationTenantId": "99999999-0000-0000-0000-000000000009"})


def read(line: Listening) -> None:
    """Read everything in every form."""
    for url in (
        f"{CAPACITY}/reservations",
        f"{CAPACITY}/reservations?refreshSummary=true&take=2&$orderby=properties/quantity%20desc",
        f"{CAPACITY}/reservations?selectedState=Expired&$filter=properties/archived%20eq%20false",
        f"{CAPACITY}/reservationOrders",
        f"{CAPACITY}/operations",
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Capacity/appliedReservations",
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Capacity/catalogs?reservedResourceType=VirtualMachines",
        order(2),
        f"{order(2)}?$expand=planInformation",
        f"{order(2)}/reservations",
        path(2),
        f"{path(1)}/revisions",
    ):
        body = line.send("GET", url).body
        while body.get("nextLink"):
            body = line.send("GET", body["nextLink"]).body


def change(line: Listening) -> None:
    """Change a reservation in place, and archive one that has ended."""
    chosen = {"purchaseProperties": purchase("Standard_D4s_v5")}
    for properties in (
        SINGLE,
        {"appliedScopeType": "Shared", "name": "vm"},
        {"renew": True, "renewProperties": chosen},
    ):
        line.send("PATCH", path(1), {"properties": properties})
    line.send("GET", f"{path(1)}?$expand=renewProperties")
    line.send("GET", f"{path(1)}/revisions")
    scopes = [f"/subscriptions/{SUBSCRIPTION}", "nonsense"]
    line.send("POST", f"{path(1)}/availableScopes", {"properties": {"scopes": scopes}})
    line.send("POST", f"{path(4)}/archive")
    line.send("POST", f"{path(4)}/unarchive")


def give_back(line: Listening) -> None:
    """Quote a return and make it, in full and in part, until it is done."""
    for number, quantity in ((2, 1), (3, 1), (6, 1)):
        returned = {"reservationId": path(number), "quantity": quantity}
        asked = {"scope": "Reservation", "reservationToReturn": returned}
        quote = line.send("POST", f"{order(number)}/calculateRefund", {"id": order(number), "properties": asked}).body
        if quote["properties"]["policyResult"]["properties"]["policyErrors"]:
            continue
        session = {"sessionId": quote["properties"]["sessionId"], "returnReason": "PurchasedWrongProduct"}
        line.send("POST", f"{order(number)}/return", {"properties": asked | session})
        for _ in range(4):
            line.send("GET", order(number))
        line.send("GET", f"{order(number)}/reservations")


def exchange(line: Listening) -> None:
    """Quote an exchange and make it, until it is done."""
    wanted = {
        "reservationsToExchange": [{"reservationId": path(10), "quantity": 1}],
        "reservationsToPurchase": [purchase("Standard_D4s_v5", billingScopeId=f"/subscriptions/{SUBSCRIPTION}")],
        "savingsPlansToPurchase": [],
    }
    quoted = line.send("POST", f"{CAPACITY}/calculateExchange", {"properties": wanted})
    done = _poll(line, quoted.headers["location"])
    session = {"sessionId": done["properties"]["sessionId"]}
    _poll(line, line.send("POST", f"{CAPACITY}/exchange", {"properties": session}).headers["location"])


def _poll(line: Listening, location: str) -> dict[str, Any]:
    for _ in range(9):
        body: dict[str, Any] = line.send("GET", location).body
        if body["status"] in ("Succeeded", "Failed"):
            return body
    raise AssertionError(f"{location} does not end")


def buy(line: Listening) -> None:
    """Price a purchase and make it, until it stands."""
    wanted = purchase("Standard_D2s_v5", "P1Y", "Monthly", 2, reservedResourceProperties={"instanceFlexibility": "On"})
    priced = line.send("POST", f"{CAPACITY}/calculatePrice", wanted).body["properties"]["reservationOrderId"]
    place = f"{CAPACITY}/reservationOrders/{priced}"
    line.send("PUT", place, wanted)
    for _ in range(4):
        line.send("GET", f"{place}?$expand=planInformation")
    line.send("GET", f"{place}/reservations")


def divide(line: Listening) -> None:
    """Split a reservation, and merge what came of it."""
    halves = {"properties": {"reservationId": path(1), "quantities": [1, 2]}}
    done = line.send("POST", f"{order(1)}/split", halves)
    told = line.send("GET", done.headers["location"]).body
    sources = [item["id"] for item in told[:2]]
    done = line.send("POST", f"{order(1)}/merge", {"properties": {"sources": sources}})
    line.send("GET", done.headers["location"])
    line.send("GET", f"{order(1)}/reservations")
    line.send("GET", f"{path(1)}/revisions")


def grant(line: Listening) -> None:
    """Give access to an order and take it away again."""
    here = f"{order(1)}/providers/Microsoft.Authorization/roleAssignments"
    one = f"{here}/cccccccc-0000-0000-0000-000000000001?api-version=2022-04-01"
    properties = {"roleDefinitionId": READER, "principalId": "99999999-0000-0000-0000-000000000001"}
    for method, url, body in (
        ("PUT", one, {"properties": properties | {"principalType": "Group"}}),
        ("PUT", one, {"properties": properties}),
        ("GET", one, None),
        ("GET", f"{here}?api-version=2022-04-01&$filter=atScope()", None),
        ("DELETE", one, None),
        ("DELETE", one, None),
    ):
        line.send(method, url, body)
