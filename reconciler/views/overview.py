"""Every reservation: state, expiry, scope, utilization, ids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from reconciler.model import current, desired
from reconciler.model.inputs import Memory
from reconciler.views.lineage import addresses

GRAINS = (1, 7, 30)


class Where(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A scope; ``alias`` is what the customer's file calls the subscription."""

    type: str
    subscription: str | None
    alias: str | None
    resource_group: str | None
    management_group: str | None


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One reservation.

    ``address`` is None where no file names it; ``days_left`` is negative once it has
    expired. ``utilization`` is in percent by the last 1, 7 and 30 days, None where
    Azure does not say.
    """

    customer: str
    address: str | None
    display_name: str
    active: bool
    display_provisioning_state: str
    expires_on: date
    days_left: int
    scope: Where
    utilization: dict[str, str | None]
    quantity: int
    sku: str
    location: str
    reserved_resource_type: str
    term: str
    billing_plan: str | None
    order_id: str
    reservation_id: str


class Holding(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One customer's reservations: the managed ones by address, then the others by name.

    ``notes`` say which entries of the file name none of them.
    """

    name: str
    tenant_id: str
    complete: bool
    problem: str | None
    reservations: tuple[Line, ...]
    notes: tuple[str, ...]


class Overview(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All customers at one instant."""

    at: datetime
    complete: bool
    customers: tuple[Holding, ...]


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the estate: each customer's aliases by subscription id, and the ledger."""

    aliases: Mapping[str, Mapping[str, str]]
    memories: Mapping[str, Memory]


def overview(customers: tuple[desired.Customer, ...], estate: current.Estate, reader: Reader, at: datetime) -> Overview:
    """Return every reservation of *customers*, whatever became of it."""
    holdings = tuple(_holding(item, estate.customers[item.tenant_id], reader, at.date()) for item in customers)
    return Overview(at=at, complete=all(item.complete for item in holdings), customers=holdings)


def _holding(customer: desired.Customer, held: current.Customer, reader: Reader, on: date) -> Holding:
    named = addresses(customer, held, reader.memories.get(customer.name, Memory()))
    aliases = reader.aliases.get(customer.name, {})
    lines = (
        _line(customer.name, item, named.addresses.get(item.id), aliases, on) for item in held.reservations.values()
    )
    return Holding(
        name=customer.name,
        tenant_id=customer.tenant_id,
        complete=held.complete,
        problem=held.problem,
        reservations=tuple(sorted(lines, key=_order)),
        notes=tuple(f"{item.address}: {item.message}" for item in named.findings),
    )


def _order(item: Line) -> tuple[bool, str, bool, str, str]:
    return (item.address is None, item.address or "", not item.active, item.display_name, item.reservation_id)


def _line(customer: str, held: current.Reservation, address: str | None, aliases: Mapping[str, str], on: date) -> Line:
    known = dict(held.utilization)
    scope = held.scope
    return Line(
        customer=customer,
        address=address,
        display_name=held.display_name,
        active=held.active,
        display_provisioning_state=held.display_state or held.state,
        expires_on=held.expires_on,
        days_left=(held.expires_on - on).days,
        scope=Where(
            type=str(scope.type),
            subscription=scope.subscription,
            alias=aliases.get(scope.subscription or ""),
            resource_group=scope.resource_group,
            management_group=scope.management_group,
        ),
        utilization={str(grain): known.get(grain) for grain in GRAINS},
        quantity=held.quantity,
        sku=held.sku,
        location=held.location,
        reserved_resource_type=held.resource_type,
        term=held.term,
        billing_plan=held.billing_plan,
        order_id=held.order_id,
        reservation_id=held.id,
    )
