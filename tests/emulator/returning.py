"""A return as a client asks for it."""

from __future__ import annotations

from typing import Any

from reconciler.emulator.app import Azure
from tests.emulator.estates import (
    Bought,
    at,
    customer,
    estate,
)
from tests.emulator.wire import Wire

MONTHLY = Bought(
    1,
    start="2026-05-31",
    term="P3Y",
    plan="Monthly",
    quantity=4,
    paid=6,
    billing=("EUR", 120.0),
    pricing=("USD", 132.0),
)


def line(*bought: Bought, day: str = "2026-11-20", refunds: Any = (), **service: Any) -> Wire:
    world = estate(customer(*bought, refunds=list(refunds)), taken=day, **service)
    return Wire(Azure(world, at(day)))


def session(wire: Wire, number: int = 1, quantity: int = 1) -> str:
    found: str = wire.quote(number, quantity).body["properties"]["sessionId"]
    return found


def state(wire: Wire, number: int = 1) -> tuple[str, str]:
    """Return what an order and its first reservation read as, without a read of either."""
    body = wire.estate()["customers"][0]
    return (
        body["reservationOrders"][number - 1]["properties"]["provisioningState"],
        body["reservations"][number - 1]["properties"]["provisioningState"],
    )
