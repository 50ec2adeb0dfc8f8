"""Which reservations ended lately, and how many units each of them gave back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from reconciler.errors import ProviderError
from reconciler.estate import history as bodies
from reconciler.estate.bodies import last_segment
from reconciler.model import current
from reconciler.model.current import Reservation
from reconciler.model.recovery import LeftOut

# What expired or was never billed brought no refund (swagger ProvisioningState).
_NO_RETURN = {"Expired": "expired", "Failed": "failed", "BillingFailed": "failed"}


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A reservation that gave *quantity* units back; ``origin`` is the one that it was split off, if any."""

    reservation: Reservation
    quantity: int
    origin: str | None
    changed_on: date | None


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer's reservations show; ``older`` counts those that ended before the window."""

    ended: tuple[Ended, ...]
    left_out: tuple[LeftOut, ...]
    older: int
    remarks: tuple[str, ...]


def look(held: current.Customer, since: date) -> Sight:
    """Return what may have been given back on the day *since* or later.

    A partial return is seen in either of two forms. Recorded traffic: the reservation is
    split into the units that go on and those given back, and the latter then read
    Cancelled under an id of their own. Microsoft Learn, "Manage Azure reservations", only
    says that new reservations are made: what a split does not pass on was given back too.

    Errors: ProviderError if the list lacks a part of a reservation that was split.
    """
    raw = {last_segment(body["id"]): body for body in held.body["reservations"]}
    ended: list[Ended] = []
    left_out: list[LeftOut] = []
    older = 0
    for item in sorted(held.reservations.values(), key=lambda item: item.id):
        changed_on = bodies.last_changed_on(raw[item.id])
        if item.active:
            left_out += _under_way(item)
        elif (item.expires_on if item.state == "Expired" else changed_on or since) < since:
            # It cannot have been cancelled after it last changed.
            older += 1
        else:
            found = _ended(item, raw, held)
            (ended if isinstance(found, Ended) else left_out).append(found)  # type: ignore[arg-type]
    return Sight(
        ended=tuple(ended), left_out=tuple(left_out), older=older, remarks=tuple(_unaccounted(held, raw, since))
    )


def ancestors(reservation: Reservation, held: current.Customer) -> tuple[Reservation, ...]:
    """Return a reservation and all that it descends from."""
    found = {reservation.id: reservation}
    todo = [reservation.id]
    while todo:
        guid = todo.pop()
        for item in held.reservations.values():
            if guid in item.successors and item.id not in found:
                found[item.id] = item
                todo.append(item.id)
    return tuple(found.values())


def _under_way(item: Reservation) -> Iterator[LeftOut]:
    if item.state != current.SUCCEEDED:
        text = f"it reads {item.state}: what is under way may be a return; rebuild again once it has ended"
        yield LeftOut(reservation_id=item.id, quantity=item.quantity, reason="under-way", text=text)


def _ended(item: Reservation, raw: dict[str, dict[str, Any]], held: current.Customer) -> Ended | LeftOut:
    body = raw[item.id]
    reason, text = "", ""
    merged, swapped, parts = bodies.merged_into(body), bodies.swapped_into(body), bodies.split_into(body)
    given = _given(item, parts, held)
    if item.state in _NO_RETURN:
        reason, text = _NO_RETURN[item.state], f"it reads {item.state}, which brings no refund"
    elif merged or item.state == "Merged":
        reason, text = "merged", f"it goes on as {merged or 'another one'}, into which it was merged"
    elif swapped:
        reason, text = "swapped", f"it goes on as {swapped}, for which it was swapped free of charge"
    elif given <= 0 or item.state == "Split":
        reason, text = "split", f"it goes on as {', '.join(parts) or 'its parts'}, into which it was split"
    if reason:
        return LeftOut(reservation_id=item.id, quantity=item.quantity, reason=reason, text=text)
    return Ended(
        reservation=item,
        quantity=given,
        origin=bodies.split_from(body),
        changed_on=bodies.last_changed_on(body),
    )


def _given(item: Reservation, parts: tuple[str, ...], held: current.Customer) -> int:
    """Return the units that a reservation held and did not pass on."""
    absent = [part for part in parts if part not in held.reservations]
    if absent:
        raise ProviderError(f"reservation {item.id} was split into {absent[0]}, which was not in the list")
    return item.quantity - sum(held.reservations[part].quantity for part in parts)


def _unaccounted(held: current.Customer, raw: dict[str, dict[str, Any]], since: date) -> Iterator[str]:
    """Say where an order's units are not all in its reservations: something took them that no reservation shows."""
    for order in sorted(held.orders.values(), key=lambda item: item.id):
        mine = [item for item in held.reservations.values() if item.order_id == order.id]
        if not mine or order.expires_on < since:
            continue
        there = sum(item.quantity if item.active else _left(item, raw, held) for item in mine)
        missing = order.original_quantity - there
        if missing > 0:
            yield (
                f"order {order.id} was bought for {order.original_quantity} units, and {missing} of them are in no "
                "reservation that Azure lists: if they were given back, nothing here shows when"
            )


def _left(item: Reservation, raw: dict[str, dict[str, Any]], held: current.Customer) -> int:
    """Return the units of an ended reservation that went on nowhere."""
    body = raw[item.id]
    if bodies.merged_into(body) or bodies.swapped_into(body):
        return 0
    return max(0, _given(item, bodies.split_into(body), held))
