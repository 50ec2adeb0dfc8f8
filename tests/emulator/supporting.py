"""A support ticket as a client asks for it, and the line to an emulator that takes it."""

from __future__ import annotations

from typing import Any

from tests.emulator.estates import SUBSCRIPTION, order_id, reservation_id
from tests.emulator.wire import Reply, Wire

SUPPORT = "/providers/Microsoft.Support"
BELOW = f"/subscriptions/{SUBSCRIPTION}{SUPPORT}"
VERSION = "?api-version=2024-04-01"
BILLING = f"{SUPPORT}/services/517f2da6-78fd-0498-4e22-ad26996b1dfc"
COST = f"{BILLING}/problemClassifications/44114011-6a66-e902-c00f-e419b6b4509f"
CONTACT = {
    "firstName": "Foo",
    "lastName": "Bar",
    "preferredContactMethod": "email",
    "primaryEmailAddress": "foo@contoso.example",
    "preferredTimeZone": "Pacific Standard Time",
    "country": "USA",
    "preferredSupportLanguage": "en-us",
}


def asked(description: str = "Please help.", **more: Any) -> dict[str, Any]:
    """Return the body of a PUT, as in the recorded traffic of the Azure CLI's support tests."""
    properties = {
        "advancedDiagnosticConsent": "No",
        "contactDetails": dict(CONTACT),
        "description": description,
        "problemClassificationId": COST,
        "severity": "minimal",
        "title": "Help",
        "serviceId": BILLING,
        **more,
    }
    return {"properties": {key: value for key, value in properties.items() if value is not None}}


def put(wire: Wire, name: str, body: Any = None, provider: str = SUPPORT) -> Reply:
    return wire.send("PUT", f"{provider}/supportTickets/{name}{VERSION}", asked() if body is None else body)


def created(wire: Wire, name: str, body: Any = None, provider: str = SUPPORT) -> dict[str, Any]:
    """Create a ticket and return it once it stands."""
    reply = put(wire, name, body, provider)
    assert (reply.status, reply.body) == (202, None)
    polled = [wire.get(reply.headers["azure-asyncoperation"]).body["status"] for _ in range(2)]
    assert polled == ["InProgress", "Succeeded"]
    return read(wire, name, provider).body


def read(wire: Wire, name: str, provider: str = SUPPORT) -> Reply:
    return wire.get(f"{provider}/supportTickets/{name}{VERSION}")


def change(wire: Wire, name: str, body: Any) -> Reply:
    return wire.send("PATCH", f"{SUPPORT}/supportTickets/{name}{VERSION}", body)


def decide(wire: Wire, ticket: str, outcome: Any = "refunded") -> Reply:
    return wire.send("POST", f"/_emulator/support/{ticket}", {"outcome": outcome}, version=None)


def block(number: int, quantity: str) -> str:
    """Return the lines that name one reservation to give back."""
    return f"Reservation order ID: {order_id(number)}\nReservation ID: {reservation_id(number)}\nQuantity: {quantity}\n"


def refund(*blocks: str) -> dict[str, Any]:
    return asked("Request: refund\n" + "\n".join(blocks) + "\nReason: Workload retired\n")
