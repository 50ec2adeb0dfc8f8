"""Hours used since the purchase, where they decide the credit: Microsoft.Consumption reservationSummaries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import fsum
from typing import Any

from azure.core.exceptions import AzureError

from reconciler.errors import ProviderError
from reconciler.estate.bodies import day, last_segment, order_id_of
from reconciler.providers.azure.background import together
from reconciler.providers.azure.tenant import Tenant

Body = dict[str, Any]

# The client wants a subscription; the summaries of an order are read without one.
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


async def read_usage(tenant: Tenant, reservations: Sequence[Body], today: date) -> list[Body]:
    """Return ``{"reservationId", "usedHours"}`` for those of *reservations* whose usage the service tells.

    What it does not tell, for want of a right say, is left out: unknown usage is
    treated as used.
    """
    found = await hours_used(tenant, [(item["id"], bought_on(item), today) for item in reservations])
    return [
        {"reservationId": last_segment(item["id"]), "usedHours": hours}
        for item, hours in zip(reservations, found, strict=True)
        if hours is not None
    ]


async def hours_used(tenant: Tenant, spans: Sequence[tuple[str, date, date]]) -> list[float | None]:
    """Return the hours used of each reservation, by its full id, from one day up to another; None if nobody tells."""
    if not spans:
        return []
    # Imported here: most readings have no purchase as young as that.
    from azure.mgmt.consumption.aio import ConsumptionManagementClient

    client = ConsumptionManagementClient(
        tenant.credential, _NO_SUBSCRIPTION, base_url=tenant.reach.endpoint, **tenant.client_options()
    )
    async with client:
        return await together(_used(tenant, client, *span) for span in spans)


async def _used(tenant: Tenant, client: Any, identity: str, first: date, last: date) -> float | None:
    try:
        pages = client.reservations_summaries.list_by_reservation_order_and_reservation(
            order_id_of(identity),
            last_segment(identity),
            grain="daily",
            filter=f"properties/usageDate ge {first} AND properties/usageDate le {last}",
            enforce_https=not tenant.reach.loopback,
        )
        hours = [float(row.used_hours) async for row in pages if row.used_hours is not None]
    except (AzureError, ProviderError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return fsum(hours) if hours else None


def bought_on(reservation: Body) -> date:
    """Return the UTC day of a reservation's purchase, read as the rules read it."""
    properties = reservation["properties"]
    return day(properties.get("purchaseDateTime") or properties.get("purchaseDate") or properties["benefitStartTime"])
