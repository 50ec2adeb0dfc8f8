"""Make examples/contoso-partner/estate.json from the tables in examples/source.

The tables are what a partner knows: customers, what they bought at which price, what
was refunded, what is on offer. Nothing is random and no clock is read: the same tables
give the same bytes.

    python examples/make_estate.py [FILE]
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from purchases import Body, Purchase, Row, guid

SOURCE = Path(__file__).parent / "source"
TARGET = Path(__file__).parent / "contoso-partner" / "estate.json"
LINE = 260
TAKEN_AT = "2026-11-20T09:00:00.0000000Z"


def table(name: str) -> list[Row]:
    """Return the rows of one table in examples/source."""
    with (SOURCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def money(amount: str) -> Body:
    """Return an amount in USD as estate files write it."""
    return {"amount": amount, "currency": "USD"}


def customer_body(name: str, subscriptions: dict[str, str], purchases: list[Purchase]) -> Body:
    """Return one customer's part of the estate."""
    orders: dict[str, list[Purchase]] = {}
    for item in purchases:
        orders.setdefault(item.order, []).append(item)
    return {
        "name": name,
        "tenantId": guid(name, "tenant"),
        "complete": True,
        "reservationOrders": [items[0].order_body(items) for items in orders.values()],
        "reservations": [item.reservation_body(subscriptions) for item in purchases],
        "usage": [
            {"reservationId": item.id, "usedHours": float(item.row["usedHours"])}
            for item in purchases
            if item.row["usedHours"]
        ],
        "refunds": [
            {
                "on": row["on"],
                "reservationId": guid(name, row["reservation"]),
                "refund": money(row["refundUsd"]),
                "canceledCommitment": money(row["canceledCommitmentUsd"]),
                "exchange": row["exchange"] == "true",
            }
            for row in table("refunds")
            if row["customer"] == name
        ],
        "roleAssignments": [],
        "supportTickets": [],
        "catalog": catalog(name),
    }


def catalog(customer: str) -> list[Body]:
    """Return the products that are on offer to a customer."""
    types = {row["sku"]: row["reservedResourceType"] for row in table("products")}
    return [
        {
            "reservedResourceType": types[row["sku"]],
            "sku": row["sku"],
            "location": row["location"],
            "msrp": {term: {"amount": row[term], "currency": row["currency"]} for term in ("P1Y", "P3Y")},
        }
        for row in table("prices")
        if row["customer"] == customer
    ]


def estate() -> Body:
    """Return the whole estate."""
    products = {row["sku"]: row for row in table("products")}
    ended = {(row["customer"], row["reservation"]): date.fromisoformat(row["on"]) for row in table("refunds")}
    purchases = [Purchase(row, ended, products[row["sku"]]) for row in table("reservations")]
    customers = []
    for row in table("customers"):
        subscriptions = dict(item.split("=") for item in row["subscriptions"].split(";"))
        own = [item for item in purchases if item.customer == row["name"]]
        customers.append(customer_body(row["name"], subscriptions, own))
    return estate_of(customers)


def estate_of(customers: list[Body]) -> Body:
    """Return an estate of these customers, on a service that charges a fee of 12 %."""
    service = {"feeRate": "0.12", "feeAfterDays": 5, "capBasis": "refund", "capLimit": "50000.00 USD"}
    return {
        "formatVersion": "1.0",
        "takenAt": TAKEN_AT,
        "complete": True,
        "service": service,
        "customers": customers,
    }


def text(value: Any, indent: str = "") -> str:
    """Return JSON with whatever fits on one line on one line, so that a change can be read."""
    short = json.dumps(value, ensure_ascii=False)
    if len(short) + len(indent) <= LINE or not isinstance(value, (dict, list)):
        return short
    inner = indent + " "
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(key)}: {text(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(f"{inner}{text(item, inner)}" for item in value) + f"\n{indent}]"


def main() -> None:
    """Write the estate."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_text(text(estate()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
