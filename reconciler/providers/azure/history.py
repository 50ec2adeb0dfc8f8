"""What became of reservations: their revisions, the payments of their orders, and the hours they were used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from reconciler.errors import ProviderError
from reconciler.estate.bodies import last_segment
from reconciler.estate.history import read_revision
from reconciler.model.current import Reservation
from reconciler.model.history import History, Revision
from reconciler.providers.azure.background import together
from reconciler.providers.azure.tenant import Tenant, order_path, reservation_path
from reconciler.providers.azure.usage import hours_used


async def look_back(tenant: Tenant, reservations: Sequence[Reservation]) -> History:
    """Read how *reservations* came to be as they are, and their orders with all payments.

    Errors: ProviderError if any of it cannot be had: half a history is none.
    """
    names = sorted({item.order_id for item in reservations})
    revisions = await together(_revisions(tenant, item) for item in reservations)
    orders = await together(_order(tenant, name) for name in names)
    return History(
        revisions={item.id: found for item, found in zip(reservations, revisions, strict=True)},
        orders=dict(zip(names, orders, strict=True)),
    )


async def used_until(tenant: Tenant, reservations: Sequence[Reservation], until: date) -> bool | None:
    """Say whether one of *reservations* was used from its purchase up to a day; None if nobody knows."""
    hours = await hours_used(
        tenant, [(reservation_path(item.order_id, item.id), item.purchased_on, until) for item in reservations]
    )
    if any(found for found in hours):
        return True
    return None if None in hours else False


async def _revisions(tenant: Tenant, reservation: Reservation) -> tuple[Revision, ...]:
    path = f"{reservation_path(reservation.order_id, reservation.id)}/revisions"
    try:
        return tuple(read_revision(item) for item in await tenant.pages(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProviderError(
            f"GET {path}: the answer is not what the definition says ({type(error).__name__} {error})"
        ) from error


async def _order(tenant: Tenant, name: str) -> dict[str, Any]:
    path = order_path(name)
    body = await tenant.get(path, **{"$expand": "planInformation"})
    if last_segment(str(body.get("id"))) != name:
        raise ProviderError(f"GET {path}: the answer is about another order; nothing may be built on it")
    return body
