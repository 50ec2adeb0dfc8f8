"""What Azure holds when a history begins: kinds of reservations, and the ways in which the service behaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.bodies import guid, order_body, reservation_body, usage_rows
from tests.machine.timing import START

Body = dict[str, Any]
SUBSCRIPTION = guid(9)
CUSTOMERS = ("contoso", "fabrikam")
# The numbers of each customer's reservations begin here.
FIRST = {"contoso": 1, "fabrikam": 0x101}
TENANTS = {"contoso": guid(0xDBBA0), "fabrikam": guid(0xDBBA1)}


def _case(plan: str, total: str, held: int, bought: str, term: str = "P1Y", **more: Any) -> Body:
    billing, _, pricing = total.partition(" / ")
    years = int(term[1])
    expires = f"{int(bought[:4]) + years}{bought[4:]}"
    count, paid = (12 * years, more.pop("paid")) if plan == "Monthly" else (1, 1)
    instalment = {"count": count, "paid": paid, "billing": billing, "pricing": pricing or billing}
    order = {"term": term, "billingPlan": plan, "originalQuantity": held}
    order |= {"purchasedOn": bought, "startsOn": bought, "expiresOn": expires}
    return {"order": order, "instalments": [instalment], "held": held, "used": True, **more}


KINDS: dict[str, Body] = {
    "one": _case("Upfront", "12000.00 USD", 1, "2026-06-01"),
    "pool": _case("Upfront", "60000.00 USD", 5, "2026-03-01"),
    "pair": _case("Upfront", "30000.01 USD", 2, "2026-10-31"),
    "fresh": _case("Upfront", "18000.00 USD", 3, "2026-11-18", used=False),
    "fresh, used": _case("Upfront", "18000.00 USD", 3, "2026-11-19"),
    "three years": _case("Upfront", "100000.00 USD", 4, "2025-12-31", "P3Y", used=None),
    "monthly": _case("Monthly", "1500.00 USD", 3, "2026-01-31", paid=10),
    "monthly, in EUR": _case("Monthly", "1000.00 EUR / 1100.00 USD", 2, "2026-06-15", "P3Y", paid=6),
    "in EUR": _case("Upfront", "20000.00 EUR / 22000.00 USD", 2, "2026-02-28"),
}
SERVICES: dict[str, Body] = {
    "2020": {"feeRate": "0.12", "feeAfterDays": 5, "capBasis": "refund"},
    "2020, a small cap": {"feeRate": "0.12", "feeAfterDays": 5, "capBasis": "refund", "capLimit": "20000.00 USD"},
    "2026": {"feeRate": "0", "feeAfterDays": 5, "capBasis": "commitment"},
}
# One product below what most returns commit to, and one above all of them.
CHEAP, DEAR = "Standard_D2s_v5", "Standard_M128s"
CATALOG = [
    {"reservedResourceType": "VirtualMachines", "sku": sku, "location": "westeurope", "msrp": {term: _usd(amount)}}
    for sku, term, amount in ((CHEAP, "P1Y", "1500.00"), (DEAR, "P3Y", "250000.00"))
    for _usd in [lambda amount: {"amount": amount, "currency": "USD"}]
]


def numbers(customer: str, kinds: Sequence[str]) -> range:
    """Return the numbers by which the ids of a customer's reservations are made."""
    return range(FIRST[customer], FIRST[customer] + len(kinds))


def estate(held: dict[str, Sequence[str]], service: str) -> Body:
    """Return the estate in which each customer holds reservations of these kinds."""
    return {
        "formatVersion": "1.0",
        "takenAt": START.isoformat(),
        "complete": True,
        "service": dict(SERVICES[service]),
        "customers": [_customer(name, kinds) for name, kinds in held.items()],
    }


def _customer(name: str, kinds: Sequence[str]) -> Body:
    cases = [(KINDS[kind], number) for kind, number in zip(kinds, numbers(name, kinds), strict=True)]
    return {
        "name": name,
        "tenantId": TENANTS[name],
        "reservationOrders": [order_body(case, number) for case, number in cases],
        "reservations": [reservation_body(case, number) for case, number in cases],
        "usage": [row for case, number in cases for row in usage_rows(case, number)],
        "refunds": [],
        "roleAssignments": [],
        "supportTickets": [],
        "catalog": CATALOG,
    }
