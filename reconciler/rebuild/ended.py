"""Which reservations ended lately, and how many units each of them gave back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from reconciler.estate.history import last_changed_on
from reconciler.model import current
from reconciler.model.current import Reservation
from reconciler.model.recovery import LeftOut
from reconciler.rebuild.passing import Passing, passing

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
    became = passing(held)
    ended: list[Ended] = []
    left_out: list[LeftOut] = []
    older = 0
    for item in sorted(held.reservations.values(), key=lambda item: item.id):
        changed_on = last_changed_on(became.bodies[item.id])
        ended_on = item.expires_on if item.state == "Expired" else changed_on
        if not item.active and ended_on is not None and ended_on < since:
            # It cannot have been cancelled after it last changed.
            older += 1
        elif why := _left_out(item, became):
            left_out += why
        elif not item.active:
            origin, quantity = became.origin(item), became.left(item)
            ended.append(Ended(reservation=item, quantity=quantity, origin=origin, changed_on=changed_on))
    return Sight(
        ended=tuple(ended), left_out=tuple(left_out), older=older, remarks=tuple(_unaccounted(held, became, since))
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


def _left_out(item: Reservation, became: Passing) -> list[LeftOut]:
    """Return why a reservation gets no entry; nothing where it was given back or simply goes on."""
    reason = None
    if item.active:
        if item.state != current.SUCCEEDED:
            text = f"it reads {item.state}: what is under way may be a return; rebuild again once it has ended"
            reason = ("under-way", text)
    elif item.state in _NO_RETURN:
        reason = (_NO_RETURN[item.state], f"it reads {item.state}, which brings no refund")
    else:
        reason = became.goes_on(item)
    if reason is None:
        return []
    return [LeftOut(reservation_id=item.id, quantity=item.quantity, reason=reason[0], text=reason[1])]


def _unaccounted(held: current.Customer, became: Passing, since: date) -> Iterator[str]:
    """Say where an order's units are not all in its reservations: something took them that no reservation shows."""
    for order in sorted(held.orders.values(), key=lambda item: item.id):
        mine = [item for item in held.reservations.values() if item.order_id == order.id]
        if not mine or order.expires_on < since:
            continue
        missing = order.original_quantity - sum(_units(item, became) for item in mine)
        if missing > 0:
            yield (
                f"order {order.id} was bought for {order.original_quantity} units, and {missing} of them are in no "
                "reservation that Azure lists: if they were given back, nothing here shows when"
            )


def _units(item: Reservation, became: Passing) -> int:
    """Return the units that are a reservation's own to the end: not those that are in others of its order."""
    if item.active or item.state in _NO_RETURN:
        return item.quantity
    elsewhere = became.goes_on(item)
    if elsewhere is None:
        return became.left(item)
    # A swap leads to another order.
    return item.quantity if elsewhere[0] == "swapped" else 0
