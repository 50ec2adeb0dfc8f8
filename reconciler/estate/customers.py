"""One tenant of an estate: every body read, and the proof that nothing is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

import msgspec

from reconciler.errors import ProviderError
from reconciler.estate import bodies
from reconciler.estate.access import read_access, read_roles
from reconciler.model.current import ENDED_STATES, Customer, Order, Reservation

Read = TypeVar("Read")
Identified = TypeVar("Identified", Order, Reservation)

_KINDS = {str: "text", int: "a number", float: "a number", list: "a list", bool: "true or false", type(None): "null"}
# What changes by itself without anybody acting, so that it must not make a plan stale.
_VOLATILE = frozenset({"utilization", "lastUpdatedDateTime"})


def read_customer(body: dict[str, Any], taken_on: date, complete: bool = True) -> Customer:
    """Read one tenant's bodies, in the estate file's shape.

    Errors: ProviderError names the body that is not what Azure's definition says.
    """
    name = body.get("name") or body["tenantId"]
    usage = {bodies.last_segment(item["reservationId"]): item["usedHours"] for item in body.get("usage") or ()}
    orders = _read_all(body.get("reservationOrders"), bodies.read_order, name)
    reservations = _read_all(body.get("reservations"), lambda item: bodies.read_reservation(item, usage), name)
    by_order = _by_id(orders, "order", name)
    by_id = _by_id(reservations, "reservation", name)
    problem = body.get("problem") or _missing(body.get("reservationOrders") or (), by_order, by_id)
    declared = body.get("complete", complete)
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
        body=body,
        access=_read_one(body, lambda item: read_access(item, by_order), name),
        roles=_read_one(body, read_roles, name),
        access_read_by=body.get("accessReadBy"),
    )


def current_digest(customers: Iterable[Customer]) -> str:
    """Return the SHA-256 over the customers' orders and reservations, without what changes by itself."""
    document = [
        {
            "tenantId": customer.tenant_id,
            "reservationOrders": _settled(customer.body.get("reservationOrders")),
            "reservations": _settled(customer.body.get("reservations")),
        }
        for customer in sorted(customers, key=lambda item: item.tenant_id)
    ]
    return "sha256:" + hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()


def _settled(items: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    stripped = [
        {
            **item,
            "properties": {key: value for key, value in item["properties"].items() if key not in _VOLATILE},
        }
        for item in items or ()
    ]
    return sorted(stripped, key=lambda item: item["id"].lower())


def _read_all(
    items: Sequence[dict[str, Any]] | None, read: Callable[[dict[str, Any]], Read], customer: str
) -> list[Read]:
    result = []
    for item in items or ():
        try:
            result.append(read(item))
        except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            what = item.get("id") or item.get("reservationId") or "an entry" if isinstance(item, dict) else item
            raise ProviderError(f"{customer}: {what} is not what Azure's definition says: {why(error)}") from error
    return result


def why(error: Exception) -> str:
    """Return what is wrong with a body, in the words of JSON, by the error that reading it ended in."""
    match error:
        case KeyError():
            return f"it lacks {error.args[0]}"
        case AttributeError():
            return f"{_KINDS.get(type(error.obj), 'a value')} stands where a mapping belongs"
        case TypeError():
            return "a value is of another kind than it must be"
        case _:
            return str(error)


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
