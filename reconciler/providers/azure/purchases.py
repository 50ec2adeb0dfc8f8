"""What an exchange buys: as it is asked for, and as the service says it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.estate.bodies import last_segment
from reconciler.estate.scopes import applied
from reconciler.model.desired import Purchase
from reconciler.providers import Purchased
from reconciler.providers.azure.quotes import bought_in_order

Body = dict[str, Any]

_FLEXIBLE = "virtualmachines"


def purchase_request(purchase: Purchase, tenant_id: str) -> Body:
    """Return a PurchaseRequest of Microsoft.Capacity 2022-11-01."""
    properties: Body = {
        "reservedResourceType": purchase.reserved_resource_type,
        "billingScopeId": f"/subscriptions/{purchase.billing_subscription}",
        "term": purchase.term,
        "billingPlan": purchase.billing_plan,
        "quantity": purchase.quantity,
        "displayName": purchase.name,
        **applied(purchase.scope, tenant_id),
        "renew": purchase.renew,
    }
    if purchase.instance_flexibility and purchase.reserved_resource_type.lower() == _FLEXIBLE:
        properties["reservedResourceProperties"] = {"instanceFlexibility": purchase.instance_flexibility}
    return {"sku": {"name": purchase.sku}, "location": purchase.location, "properties": properties}


def read_purchased(operation: Body, purchases: Sequence[Purchase]) -> tuple[Purchased, ...]:
    """Return what an exchange that succeeded bought, in the order of *purchases*.

    Errors: KeyError, TypeError, ValueError or AttributeError if it does not say so of each.
    """
    items = bought_in_order(operation["properties"]["reservationsToPurchase"], purchases)
    return tuple(_purchased(item, purchase) for item, purchase in zip(items, purchases, strict=True))


def known_so_far(operation: Body) -> str:
    """Say in a few words how far an exchange came, as far as its operation tells."""
    properties = operation.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    counts = []
    for verb, key in (("returned", "reservationsToExchange"), ("bought", "reservationsToPurchase")):
        items = properties.get(key)
        if isinstance(items, list):
            done = sum(isinstance(item, dict) and item.get("status") == "Succeeded" for item in items)
            counts.append(f"{done} of {len(items)} {verb}")
    return ", ".join(counts) or "no details"


def nothing_done(operation: Body) -> bool:
    """Say whether an exchange that failed proves that none of its parts took place."""
    properties = operation.get("properties")
    if not isinstance(properties, dict):
        return False
    items = [*(properties.get("reservationsToExchange") or ()), *(properties.get("reservationsToPurchase") or ())]
    ended = {"failed", "cancelled"}
    return bool(items) and all(
        isinstance(item, dict) and str(item.get("status")).lower() in ended and not item.get("reservationOrderId")
        for item in items
    )


def _purchased(item: Body, purchase: Purchase) -> Purchased:
    return Purchased(
        name=purchase.name,
        order_id=last_segment(item["reservationOrderId"]),
        reservation_id=last_segment(item["reservationId"]),
    )
