"""Files that cancel all that stands in an estate."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from purchases import TAKEN_ON, Body


def write(folder: Path, estate: Body, partial: Callable[[Body], bool]) -> None:
    """Write ``estate.json``, and ``desired/`` that cancels everything in it; in parts what is *partial* by its body."""
    (folder / "desired").mkdir(parents=True)
    for customer in estate["customers"]:
        entries = [_entry(item, partial(item)) for item in customer["reservations"] if _stands(item)]
        head = f"apiVersion: reconciler/v1\nkind: Customer\nmetadata:\n  name: {customer['name']}\nspec:\n"
        spec = f"  tenantId: {customer['tenantId']}\n  reservations:\n"
        (folder / "desired" / f"{customer['name']}.yaml").write_text(head + spec + "".join(entries))
    (folder / "estate.json").write_text(json.dumps(estate))


def _stands(item: Body) -> bool:
    properties = item["properties"]
    expiry = date.fromisoformat(properties["expiryDateTime"][:10])
    return properties["provisioningState"] == "Succeeded" and expiry > TAKEN_ON and "splitProperties" not in properties


def _entry(item: Body, partial: bool) -> str:
    *_, order, _, reservation = item["id"].split("/")
    lines = [
        f"    - name: r-{reservation[:13].lower()}",
        f"orderId: {order.lower()}",
        f"reservationId: {reservation.lower()}",
        "state: cancelled",
        f"cancel: {{reason: All of it, partial: {str(partial).lower()}}}",
    ]
    return "\n      ".join(lines) + "\n"
