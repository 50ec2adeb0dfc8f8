"""Reading one customer whole: lists to their last page, payments where they matter, proof of completeness."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reconciler.errors import ProviderError
from reconciler.estate.bodies import last_segment, order_id_of
from reconciler.estate.customers import read_customer, unread_customer
from reconciler.model import current, desired
from reconciler.providers.azure.access import add_access
from reconciler.providers.azure.background import together
from reconciler.providers.azure.catalog import read_catalog
from reconciler.providers.azure.tenant import CAPACITY, Tenant, find, order_path
from reconciler.providers.azure.usage import bought_on, read_usage

Body = dict[str, Any]

# Usage decides the credit during the first five days; a day more covers the clocks' difference.
_YOUNG_DAYS = 6


async def read_tenant(tenant: Tenant, customer: desired.Customer, now: datetime) -> current.Customer:
    """Read a customer; one that cannot be read whole comes back as incomplete.

    Lists may shift while they are read: what does not fit together is read once more.
    """
    try:
        found = await _read(tenant, customer, now)
        return found if found.complete else await _read(tenant, customer, now)
    except ProviderError as error:
        return incomplete(customer, now, str(error))


def incomplete(customer: desired.Customer, now: datetime, problem: str) -> current.Customer:
    """Return a customer of whom nothing is known but why."""
    return unread_customer(customer.name, customer.tenant_id, now.date(), problem)


async def _read(tenant: Tenant, customer: desired.Customer, now: datetime) -> current.Customer:
    reservations, orders = await together(
        tenant.pages(f"{CAPACITY}/{noun}") for noun in ("reservations", "reservationOrders")
    )
    unlisted = await _add_unlisted(tenant, customer, orders, reservations)
    try:
        reservations, orders = _distinct(reservations), _distinct(orders)
        active = [item for item in reservations if _state(item) not in current.ENDED_STATES]
        young = [item for item in active if (now.date() - bought_on(item)).days <= _YOUNG_DAYS]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _misshapen(error) from error
    body: Body = {"name": customer.name, "tenantId": tenant.id}
    if unlisted:
        body["unlistedOrders"] = unlisted
    body["reservationOrders"] = await _with_payments(tenant, orders, {order_id_of(item["id"]) for item in active})
    body["reservations"] = reservations
    body["usage"] = await read_usage(tenant, young, now.date())
    try:
        await add_access(tenant, customer, body)
        catalog = await read_catalog(tenant, customer)
        if catalog is not None:
            body["catalog"] = catalog
        return read_customer(body, now.date())
    except (KeyError, TypeError, AttributeError) as error:
        raise _misshapen(error) from error
    except ProviderError as error:
        raise ProviderError(str(error).removeprefix(f"{customer.name}: ")) from error


async def _add_unlisted(
    tenant: Tenant, customer: desired.Customer, orders: list[Body], reservations: list[Body]
) -> list[str]:
    """Ask for the orders that the desired state names and the list lacks, add what is there, return their ids.

    The list leaves out what the identity may not see, which then looks as if it were
    gone; asked for by name, a hidden order is refused and an absent one is not found.
    """
    listed = {last_segment(str(item.get("id"))) for item in orders}
    named = {item.order_id.lower() for item in customer.reservations}
    found = await together(find(tenant, order_path(name)) for name in sorted(named - listed))
    there = [order for order in found if order is not None]
    orders += there
    names = [last_segment(str(order.get("id"))) for order in there]
    for name in names:
        reservations += await tenant.pages(f"{order_path(name)}/reservations")
    return names


async def _with_payments(tenant: Tenant, orders: list[Body], wanted: set[str]) -> list[Body]:
    """Return the orders, those that are *wanted* with their planInformation, which lists leave out."""

    async def one(order: Body) -> Body:
        name = last_segment(order["id"])
        return await tenant.get(order_path(name), **{"$expand": "planInformation"}) if name in wanted else order

    return await together(one(order) for order in orders)


def _distinct(items: list[Body]) -> list[Body]:
    # Pages are cut by offset, so what shifts between two of them comes twice.
    return list({item["id"].lower(): item for item in items}.values())


def _state(reservation: Body) -> str:
    return reservation["properties"].get("provisioningState") or ""


def _misshapen(error: Exception) -> ProviderError:
    return ProviderError(
        f"the service's answer is not what its definition says ({type(error).__name__} {error}); run it again"
    )
