"""One tenant of an estate: every body read, and the proof that nothing is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from typing import Any, TypeVar

from reconciler.errors import ProviderError
from reconciler.estate import bodies
from reconciler.estate.access import read_access, read_roles
from reconciler.estate.digest import customer_digest
from reconciler.estate.filed import FiledBody
from reconciler.estate.mistakes import MISTAKES, misshapen, why
from reconciler.model.current import ENDED_STATES, Customer, Order, Reservation

Read = TypeVar("Read")
Identified = TypeVar("Identified", Order, Reservation)


def read_customer(
    body: dict[str, Any], taken_on: date, complete: bool = True, filed: FiledBody | None = None
) -> Customer:
    """Read one tenant's bodies, in the estate file's shape; what *filed* still has is not kept, and read when needed.

    Errors: ProviderError names the body that is not what Azure's definition says.
    """
    name = body.get("name") or body["tenantId"]
    usage = {bodies.last_segment(item["reservationId"]): item["usedHours"] for item in body.get("usage") or ()}
    orders = _read_all(
        body.get("reservationOrders"),
        bodies.read_order if filed is None else _numbered(filed),
        name,
    )
    reservations = _read_all(body.get("reservations"), lambda item: bodies.read_reservation(item, usage), name)
    by_order = _by_id(orders, "order", name)
    by_id = _by_id(reservations, "reservation", name)
    problem = body.get("problem") or _missing(body.get("reservationOrders") or (), by_order, by_id)
    declared = bool(body.get("complete", complete))
    refunds = body.get("refunds")
    return Customer(
        name=name,
        tenant_id=body["tenantId"].lower(),
        complete=declared and problem is None,
        problem=problem or (None if declared else "the reading was not completed"),
        taken_on=taken_on,
        orders=by_order,
        reservations=by_id,
        refunds=None
        if refunds is None
        else tuple(entry for entry in _read_all(refunds, bodies.read_refund, name) if entry),
        catalog=tuple(price for item in _read_all(body.get("catalog"), bodies.read_prices, name) for price in item),
        body=body if filed is None else filed,
        digest=customer_digest(body),
        access=_read_one(body, lambda item: read_access(item, by_order), name),
        roles=_read_one(body, read_roles, name),
        access_read_by=body.get("accessReadBy"),
        unlisted_orders=tuple(body.get("unlistedOrders") or ()),
    )


def unread_customer(name: str, tenant_id: str, on: date, problem: str) -> Customer:
    """Return a customer of whom nothing is known but why."""
    body = {"name": name, "tenantId": tenant_id.lower(), "problem": problem}
    return Customer(
        name=name,
        tenant_id=tenant_id.lower(),
        complete=False,
        problem=problem,
        taken_on=on,
        orders={},
        reservations={},
        refunds=None,
        catalog=(),
        body=body,
        digest=customer_digest(body),
    )


def _numbered(filed: FiledBody) -> Callable[[dict[str, Any]], Order]:
    """Return what reads orders one after the other, without their payments."""
    numbers = count()
    return lambda item: bodies.read_order(item, filed.instalments(next(numbers)))


def _read_all(
    items: Sequence[dict[str, Any]] | None, read: Callable[[dict[str, Any]], Read], customer: str
) -> list[Read]:
    result = []
    for item in items or ():
        try:
            result.append(read(item))
        except MISTAKES as error:
            raise misshapen(customer, item, error) from error
    return result


def _read_one(body: dict[str, Any], read: Callable[[dict[str, Any]], Read], customer: str) -> Read:
    try:
        return read(body)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ProviderError(
            f"{customer}: its role assignments are not what Azure's definition says: {why(error)}"
        ) from error


def _by_id(items: Sequence[Identified], noun: str, customer: str) -> dict[str, Identified]:
    found = {item.id: item for item in items}
    if len(found) < len(items):
        twice = next(item.id for number, item in enumerate(items) if item.id in {other.id for other in items[:number]})
        raise ProviderError(f"{customer}: {noun} {twice} is there twice")
    return found


def _missing(
    order_bodies: Sequence[dict[str, Any]], orders: dict[str, Order], reservations: dict[str, Reservation]
) -> str | None:
    for reservation in reservations.values():
        if reservation.active and reservation.order_id not in orders:
            return f"reservation {reservation.id} is there, its order {reservation.order_id} is not"
    for body in order_bodies:
        properties = body["properties"]
        if properties.get("provisioningState") in ENDED_STATES:
            continue
        for item in properties.get("reservations") or ():
            if bodies.last_segment(item["id"]) not in reservations:
                order, absent = bodies.last_segment(body["id"]), bodies.last_segment(item["id"])
                return f"order {order} names reservation {absent}, which was not in the list"
    return None
