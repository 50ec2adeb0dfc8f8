"""Made estates of any size, with the desired state that goes with them.

Bodies are those of the example (examples/purchases.py), so that they are as large as
Azure's own. Nothing is random: the same numbers give the same bytes. 1,000 take 0.2 s of
processor time and 5 MB for each form of the estate file.

    python bench/estates.py FOLDER RESERVATIONS [EVERY [EACH]] [--form json] [--form jsonl]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from string import Template

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

from make_estate import customer_body, estate_of, table
from purchases import TAKEN_ON, Body, Purchase, Row, guid
from rows import row

FORMS = ("json", "jsonl")
_BETWEEN = {"json": ", ", "jsonl": "\n"}
_AFTER = {"json": "]}", "jsonl": "\n"}
A_CUSTOMER = 20
PRODUCTS = {row["sku"]: row for row in table("products")}
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


def write(
    folder: Path, reservations: int, every: int = 0, each: int = A_CUSTOMER, forms: Sequence[str] = FORMS
) -> None:
    """Write ``desired/`` and ``estate.FORM`` for that many reservations, *each* customer's so many.

    One in *every* is changed (0: none), in ``desired/`` alone. Customer by customer, so that
    memory does not grow with the estate.
    """
    (folder / "desired").mkdir(parents=True)
    with ExitStack() as stack:
        files = {form: stack.enter_context((folder / f"estate.{form}").open("w")) for form in forms}
        for form, file in files.items():
            file.write(_before(form))
        for start in range(0, reservations, each):
            name, body, entries = _customer(start, min(start + each, reservations), start // each, every)
            (folder / "desired" / f"{name}.yaml").write_text(entries, encoding="utf-8")
            for form, file in files.items():
                file.write((_BETWEEN[form] if start else "") + body)
        for form, file in files.items():
            file.write(_AFTER[form])


def _before(form: str) -> str:
    head = estate_of([])
    del head["customers"]
    return json.dumps(head) + "\n" if form == "jsonl" else json.dumps(head)[:-1] + ', "customers": ['


def _customer(start: int, end: int, number: int, every: int) -> tuple[str, str, str]:
    """Return a customer's name, its part of the estate and its file in ``desired/``."""
    rows = [_row(index, number) for index in range(start, end)]
    purchases = [Purchase(row, {}, PRODUCTS[row["sku"]]) for row in rows]
    name = rows[0]["customer"]
    body = customer_body(name, SUBSCRIPTIONS, purchases) | {"catalog": [_price(rows[0]["currency"])]}
    changed = {index for index in range(start, end) if every and index % every == 0}
    entries = (_entry(index, item, index in changed) for index, item in enumerate(purchases, start))
    return name, json.dumps(body), "".join((_head(name), *entries))


def _row(index: int, customer: int) -> Row:
    currency, rate = RATES[customer % len(RATES)]
    monthly, long = index // 10 % 2 == 0, customer % 2 == 0
    return row(
        f"customer-{customer:05d}",
        f"res-{index:06d}",
        4,
        sku=SKUS[index % len(SKUS)],
        term="P3Y" if long else "P1Y",
        billingPlan="Monthly" if monthly else "Upfront",
        boughtOn=str(TAKEN_ON - timedelta(days=10 + index * 37 % 340)),
        unitUsd="2304.00" if long else "1188.00",
        billingRate=rate,
        currency=currency,
        scope="shared" if index % 3 else "sub:prod",
        utilization=str(20 + index * 13 % 80),
    )


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


def main() -> None:
    """Write the estate that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("reservations", type=int)
    parser.add_argument("every", type=int, nargs="?", default=0, help="one in so many is changed [0: none]")
    parser.add_argument("each", type=int, nargs="?", default=A_CUSTOMER, help="reservations of a customer [20]")
    parser.add_argument("--form", dest="forms", action="append", choices=FORMS, help="of the estate file [both]")
    asked = parser.parse_args()
    write(asked.folder, asked.reservations, asked.every, asked.each, asked.forms or FORMS)


if __name__ == "__main__":
    main()
