"""Made estates of any size, with the desired state that goes with them.

Bodies are those of the example (examples/purchases.py), so that they are as large as
Azure's own. Nothing is random: the same numbers give the same bytes.

    python bench/estates.py FOLDER RESERVATIONS [EVERY [EACH]]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from string import Template

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

from make_estate import customer_body, estate_of, table
from purchases import TAKEN_ON, Body, Purchase, Row, guid

A_CUSTOMER = 20
SUBSCRIPTIONS = {"prod": "Production", "test": "Test"}
SKUS = ("Standard_D4s_v5", "SQLDB_GP_Compute_Gen5", "Standard_E4s_v5", "Azure_Redis_Cache_Premium_P1_Cache")
RATES = (("USD", "1"), ("EUR", "0.87"), ("GBP", "0.75"))
SCOPES = {"shared": "{type: Shared}", "sub:prod": "{type: Single, subscription: prod}"}
EXCHANGE = """\
state: exchanged
      exchange:
        reason: Moving to a newer size
        into:
          - name: $name-new
            reservedResourceType: VirtualMachines
            sku: Standard_D4s_v5
            location: westeurope
            term: P3Y
            billingPlan: Upfront
            quantity: 8
            billingSubscription: prod
            scope: {type: Shared}
"""
# What a changed entry asks for, in turn: the line that is replaced, and by what.
CHANGES = (
    ("displayName: $name\n", "displayName: $name-renamed\n"),
    ("scope: $scope\n", "scope: {type: Single, subscription: test}\n"),
    ("renew: false\n", "renew: true\n"),
    ("renew: false\n", "quantity: 3\n      cancel: {reason: One node fewer}\n"),
    ("renew: false\n", "state: cancelled\n      cancel: {reason: Not needed any more}\n"),
    ("renew: false\n", "quantity: 1\n      cancel: {reason: Not needed any more, partial: true}\n"),
    ("renew: false\n", EXCHANGE),
)


def write(folder: Path, reservations: int, every: int | None = None, each: int = A_CUSTOMER) -> None:
    """Write ``estate.json`` and ``desired/`` for that many reservations, *each* customer's so many.

    One in *every* is changed (None or 0: none).
    """
    rows = [_row(index, index // each) for index in range(reservations)]
    changed = set(range(0, reservations, every)) if every else set()
    products = {row["sku"]: row for row in table("products")}
    (folder / "desired").mkdir(parents=True)
    bodies = []
    for start in range(0, reservations, each):
        own = rows[start : start + each]
        purchases = [Purchase(row, {}, products[row["sku"]]) for row in own]
        name = own[0]["customer"]
        bodies.append(customer_body(name, SUBSCRIPTIONS, purchases) | {"catalog": [_price(own[0]["currency"])]})
        entries = (_entry(start + index, item, start + index in changed) for index, item in enumerate(purchases))
        (folder / "desired" / f"{name}.yaml").write_text("".join((_head(name), *entries)), encoding="utf-8")
    (folder / "estate.json").write_text(json.dumps(estate_of(bodies)), encoding="utf-8")


def _row(index: int, customer: int) -> Row:
    currency, rate = RATES[customer % len(RATES)]
    monthly, long = index // 10 % 2 == 0, customer % 2 == 0
    return {
        "customer": f"customer-{customer:05d}",
        "name": f"res-{index:06d}",
        "displayName": f"res-{index:06d}",
        "sku": SKUS[index % len(SKUS)],
        "location": "westeurope",
        "quantity": "4",
        "originalQuantity": "4",
        "term": "P3Y" if long else "P1Y",
        "billingPlan": "Monthly" if monthly else "Upfront",
        "boughtOn": str(TAKEN_ON - timedelta(days=10 + index * 37 % 340)),
        "unitUsd": "2304.00" if long else "1188.00",
        "billingRate": rate,
        "currency": currency,
        "scope": "shared" if index % 3 else "sub:prod",
        "renew": "off",
        "flexibility": "On",
        "utilization": str(20 + index * 13 % 80),
        "usedHours": "",
        "state": "Succeeded",
        "orderOf": "",
        "splitInto": "",
    }


def _head(customer: str) -> str:
    names = "".join(f"    {alias}: {guid(customer, alias, 'subscription')}\n" for alias in SUBSCRIPTIONS)
    return (
        f"apiVersion: reconciler/v1\nkind: Customer\nmetadata:\n  name: {customer}\nspec:\n"
        f"  tenantId: {guid(customer, 'tenant')}\n  subscriptions:\n{names}  reservations:\n"
    )


def _entry(index: int, item: Purchase, changed: bool) -> str:
    values = {"name": item.name, "scope": SCOPES[item.row["scope"]]}
    text = "".join(_lines(item, values["scope"]))
    if changed:
        before, after = CHANGES[index // 10 % len(CHANGES)]
        text = text.replace(Template(before).substitute(values), Template(after).substitute(values))
    return text


def _lines(item: Purchase, scope: str) -> Iterator[str]:
    yield f"    - name: {item.name}\n"
    yield f"      orderId: {item.order}\n"
    yield f"      reservationId: {item.id}\n"
    yield f"      displayName: {item.name}\n"
    yield f"      scope: {scope}\n"
    yield "      renew: false\n"


def _price(currency: str) -> Body:
    msrp = {term: {"amount": amount, "currency": currency} for term, amount in (("P1Y", "1191.36"), ("P3Y", "2302.56"))}
    return {"reservedResourceType": "VirtualMachines", "sku": SKUS[0], "location": "westeurope", "msrp": msrp}


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
