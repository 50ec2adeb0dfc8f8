"""Made lines of `examples/source/reservations.csv`."""

from __future__ import annotations

from purchases import Row

_ALWAYS = {
    "sku": "Standard_D4s_v5",
    "location": "westeurope",
    "billingRate": "1",
    "currency": "USD",
    "scope": "shared",
    "renew": "off",
    "flexibility": "On",
    "utilization": "50",
    "usedHours": "",
    "state": "Succeeded",
    "orderOf": "",
    "splitInto": "",
}


def row(customer: str, name: str, units: int, **bought: str) -> Row:
    """Return a line of purchases: of so many units, all there still, with what is *bought* how."""
    held = {"name": name, "displayName": name, "quantity": str(units), "originalQuantity": str(units)}
    return {"customer": customer, **held, **_ALWAYS, **bought}
