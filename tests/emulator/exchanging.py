"""An exchange as a client asks for it: what goes in, and the result once the operation is done."""

from __future__ import annotations

from typing import Any

from reconciler.emulator.app import Azure
from tests.emulator.estates import (
    Bought,
    at,
    customer,
    estate,
    path,
    product,
)
from tests.emulator.wire import Wire

CALCULATE = "/providers/Microsoft.Capacity/calculateExchange"


EXCHANGE = "/providers/Microsoft.Capacity/exchange"


CATALOG = [product("Standard_D4s_v5", "3000.00"), product("GP_Gen5", "9000.00", reservedResourceType="SqlDatabases")]


# 365.25 EUR for 730.50 USD: half a euro for a dollar. On 2026-07-01 184 of 365 days are left.
YEAR = Bought(1, quantity=3, billing=("EUR", 365.25), pricing=("USD", 730.5))


def line(*bought: Bought, catalog: Any = CATALOG) -> Wire:
    return Wire(Azure(estate(customer(*bought or [YEAR], catalog=catalog)), at("2026-07-01")))


def asked(*wanted: dict[str, Any], returns: tuple[tuple[int, int], ...] = ((1, 3),)) -> dict[str, Any]:
    given = [{"reservationId": path(number), "quantity": quantity} for number, quantity in returns]
    return {"properties": {"reservationsToExchange": given, "reservationsToPurchase": list(wanted)}}


def result(wire: Wire, body: dict[str, Any]) -> dict[str, Any]:
    location = wire.post(CALCULATE, body).headers["location"]
    last = [wire.get(location).body for _ in range(3)][-1]
    assert isinstance(last, dict)
    return last
