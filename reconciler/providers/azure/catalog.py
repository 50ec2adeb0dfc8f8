"""List prices of what exchanges may buy: Microsoft.Capacity catalogs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

from reconciler.errors import ProviderError
from reconciler.model.desired import Customer, Purchase
from reconciler.providers.azure.background import together
from reconciler.providers.azure.tenant import Tenant

Body = dict[str, Any]
# A reservedResourceType and a location: one list of the catalog.
Place = tuple[str, str]


async def read_catalog(tenant: Tenant, customer: Customer) -> list[Body] | None:
    """Return the prices of the wanted purchases in the estate file's shape; None if nothing is wanted.

    A list that cannot be had is left out: its prices are unknown, and the
    exchange is blocked unless the service quotes it.
    """
    wanted: dict[Place, dict[str, Purchase]] = defaultdict(dict)
    for purchase in _purchases(customer):
        wanted[purchase.reserved_resource_type, purchase.location][purchase.sku.lower()] = purchase
    if not wanted:
        return None
    lists = await together(
        _list(tenant, next(iter(by_sku.values())).billing_subscription, place) for place, by_sku in wanted.items()
    )
    pairs = zip(lists, wanted.values(), strict=True)
    return [item for items, by_sku in pairs for item in items if item["sku"].lower() in by_sku]


async def list_prices(tenant: Tenant, subscription: str, places: Collection[Place]) -> list[Body]:
    """Return every price of some lists in the estate file's shape; a list that cannot be had is left out."""
    lists = await together(_list(tenant, subscription, place) for place in sorted(places))
    return [item for items in lists for item in items]


def _purchases(customer: Customer) -> Iterator[Purchase]:
    for reservation in customer.reservations:
        if reservation.exchange is not None:
            yield from reservation.exchange.into


async def _list(tenant: Tenant, subscription: str, place: Place) -> list[Body]:
    kind, location = place
    path = f"/subscriptions/{subscription}/providers/Microsoft.Capacity/catalogs"
    try:
        items = await tenant.pages(path, reservedResourceType=kind, location=location)
    except ProviderError:
        return []
    found = []
    for item in items:
        with suppress(KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
            found.append(_item(item, kind, location))
    return found


def _item(item: Body, kind: str, location: str) -> Body:
    return {
        "reservedResourceType": kind,
        "sku": str(item["name"]),
        "location": location,
        "msrp": {
            # Recorded traffic writes p1Y where the definition says P1Y.
            term.upper(): {"amount": format(Decimal(repr(price["amount"])), "f"), "currency": price["currencyCode"]}
            for term, price in (item.get("msrp") or {}).items()
        },
    }
