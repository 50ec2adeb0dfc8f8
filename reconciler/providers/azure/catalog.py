"""List prices of what a customer's exchanges would buy: Microsoft.Capacity catalogs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from reconciler.errors import ProviderError
from reconciler.model.desired import Customer, Purchase
from reconciler.providers.azure.background import together
from reconciler.providers.azure.tenant import Tenant

Body = dict[str, Any]


async def read_catalog(tenant: Tenant, customer: Customer) -> list[Body] | None:
    """Return the prices of the wanted purchases in the estate file's shape; None if nothing is wanted.

    A list that cannot be had is left out: its prices are unknown, and the
    exchange is blocked unless the service quotes it.
    """
    wanted: dict[tuple[str, str], dict[str, Purchase]] = defaultdict(dict)
    for purchase in _purchases(customer):
        place = (purchase.reserved_resource_type, purchase.location)
        wanted[place][purchase.sku.lower()] = purchase
    if not wanted:
        return None
    lists = await together(_prices(tenant, by_sku) for by_sku in wanted.values())
    return [item for items in lists for item in items]


def _purchases(customer: Customer) -> Iterator[Purchase]:
    for reservation in customer.reservations:
        if reservation.exchange is not None:
            yield from reservation.exchange.into


async def _prices(tenant: Tenant, by_sku: dict[str, Purchase]) -> list[Body]:
    any_of_them = next(iter(by_sku.values()))
    path = f"/subscriptions/{any_of_them.billing_subscription}/providers/Microsoft.Capacity/catalogs"
    place = {"reservedResourceType": any_of_them.reserved_resource_type, "location": any_of_them.location}
    try:
        items = await tenant.pages(path, **place)
        return [_item(item, by_sku[item["name"].lower()]) for item in items if item["name"].lower() in by_sku]
    except (ProviderError, KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return []


def _item(item: Body, purchase: Purchase) -> Body:
    return {
        "reservedResourceType": purchase.reserved_resource_type,
        "sku": purchase.sku,
        "location": purchase.location,
        "msrp": {
            # Recorded traffic writes p1Y where the definition says P1Y.
            term.upper(): {"amount": format(Decimal(repr(price["amount"])), "f"), "currency": price["currencyCode"]}
            for term, price in (item.get("msrp") or {}).items()
        },
    }
