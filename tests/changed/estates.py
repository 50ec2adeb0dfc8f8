"""What Azure holds of the customers of ``repository``: a reservation each, which their files agree with."""

from __future__ import annotations

import json
from pathlib import Path

from tests.apply.world import AT, upfront
from tests.bodies import Body, guid, order_body, reservation_body, usage_rows


def tenant(number: int, **reservation: object) -> Body:
    """Return the tenant of customer *number*; *reservation* are other properties of its reservation."""
    case = upfront()
    held = reservation_body(case, number)
    return {
        "name": f"customer-{number}",
        "tenantId": guid(0xDBB00 + number),
        "reservationOrders": [order_body(case, number)],
        "reservations": [{**held, "properties": {**held["properties"], **reservation}}],
        "usage": usage_rows(case, number),
        "refunds": [],
        "roleAssignments": [],
        "supportTickets": [],
        "catalog": [],
    }


def estate(*tenants: Body, taken_at: str = AT, **head: object) -> Body:
    """Return an estate file's document."""
    return {"formatVersion": "1.0", "takenAt": taken_at, "complete": True, "customers": list(tenants), **head}


def write_estate(path: Path, count: int, **head: object) -> None:
    """Write the estate of customers 1, 2, ..."""
    path.write_text(json.dumps(estate(*(tenant(number) for number in range(1, count + 1)), **head)), encoding="utf-8")
