"""Compare what the demo's plan promised with what Azure's side booked; exit 1 if they differ.

    python examples/check_demo.py PLAN SECOND_PLAN ESTATE_BEFORE ESTATE_AFTER

The promise is the plan's totals and caps. The books are the emulator's estate: the refunds
that were added to each customer's history, and the quotes that were used (sessions).
Nothing here comes from the product: it reads four JSON files.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

Body = dict[str, Any]
Sums = dict[str, Decimal]


def read(path: str) -> Any:
    """Return a JSON file with exact numbers."""
    return json.loads(Path(path).read_text(encoding="utf-8"), parse_float=Decimal)


def promised(plan: Body) -> dict[str, Sums]:
    """Return the plan's sums by what they are about, each by currency or customer; none that is nothing."""
    totals = plan["summary"]["totals"]
    caps = {item["name"]: item["cap"]["meters"] for item in plan["customers"]}
    return {
        "comes back, by currency": {item["currency"]: Decimal(item["refund"]) for item in totals},
        "exchanges net payable, by currency": {item["currency"]: Decimal(item["netPayable"]) for item in totals},
        "refund counted in USD, by customer": _planned(caps, "refund"),
        "commitment counted in USD, by customer": _planned(caps, "commitment"),
    }


def _planned(caps: dict[str, Body], basis: str) -> Sums:
    return {name: Decimal(meters[basis]["planned"]["amount"]) for name, meters in caps.items()}


def booked(before: Body, after: Body) -> dict[str, Sums]:
    """Return the same sums from Azure's side: quotes that were used, refunds that were added."""
    back: Sums = defaultdict(Decimal)
    payable: Sums = defaultdict(Decimal)
    for session in after["emulator"]["sessions"].values():
        if not session["used"]:
            continue
        terms = session["terms"]
        quote = terms.get("answer", terms)["properties"]
        for item in quote.get("reservationsToExchange", [quote]):
            _add(back, item["billingRefundAmount"])
        if "netPayable" in quote:
            _add(payable, quote["netPayable"])
    refund: Sums = defaultdict(Decimal)
    commitment: Sums = defaultdict(Decimal)
    for old, new in zip(before["customers"], after["customers"], strict=True):
        for row in new["refunds"][len(old["refunds"]) :]:
            if not row["exchange"]:  # an exchange does not use the cap
                refund[new["name"]] += Decimal(row["refund"]["amount"])
                commitment[new["name"]] += Decimal(row["canceledCommitment"]["amount"])
    return dict(zip(promised_names(), (back, payable, refund, commitment), strict=True))


def promised_names() -> list[str]:
    """Return what the sums are about, in order."""
    return list(promised({"summary": {"totals": []}, "customers": []}))


def _add(sums: Sums, price: Body) -> None:
    sums[price["currencyCode"]] += Decimal(price["amount"])


def main(arguments: list[str]) -> int:
    """Print both sides of every sum, and what is still ready; return 1 on any difference."""
    plan, again, before, after = (read(path) for path in arguments)
    differences = 0
    ours, theirs = promised(plan), booked(before, after)
    for what, sums in ours.items():
        print(f"{what}:")
        for name in sorted(sums.keys() | theirs[what].keys()):
            here, there = sums.get(name, Decimal(0)), theirs[what].get(name, Decimal(0))
            if here == there == 0:
                continue
            differences += here != there
            print(f"  {name:<20} plan {here:>10,.2f}   Azure's side {there:>10,.2f}   {'=' if here == there else '!!'}")
    actions = [action for customer in again["customers"] for action in customer["actions"]]
    ready = [action["address"] for action in actions if action["status"] == "ready"]
    waiting = ", ".join(f"{action['address']} ({action['status']})" for action in actions)
    print(f"ready in the second plan: {', '.join(ready) or 'none'}; waiting: {waiting or 'none'}")
    return 1 if differences or ready else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
