"""Waiting until the reservation itself says that it is done.

A 202, or even a Location that answers 200, proves nothing: recorded traffic shows an
order still Pending two minutes after its return was accepted.
"""

from __future__ import annotations

import time

import msgspec

from reconciler.errors import Unsettled
from reconciler.model import current, desired
from reconciler.model.plan import Action, Target
from reconciler.providers import LiveProvider

MINUTES_30 = 1800.0


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often to look, and for how long, in seconds of real time."""

    pause: float
    deadline: float = MINUTES_30


def wait_for_return(
    provider: LiveProvider, customer: desired.Customer, target: Target, remaining: int, patience: Patience
) -> tuple[str, ...]:
    """Wait until a return is done and return the ids that continue the reservation.

    Done means: it reads as ended and, where *remaining* units stay, one active
    reservation that descends from it holds exactly those.

    Errors: Unsettled if it is not done by the deadline.
    """
    ends_at = time.monotonic() + patience.deadline
    while True:
        held = provider.look(customer, target)
        if held is not None and not held.active:
            if remaining == 0:
                return ()
            heirs = _heirs(provider, customer, target, held)
            if sum(item.quantity for item in heirs) == remaining:
                return tuple(item.id for item in heirs)
        elif held is not None and held.state == current.SUCCEEDED and 0 < held.quantity == remaining:
            return ()  # the service kept the id
        if time.monotonic() >= ends_at:
            state = held.state if held else "gone"
            raise Unsettled(f"the return was sent, but reservation {target.reservation_id} still reads {state}")
        time.sleep(patience.pause)


def wait_for_update(provider: LiveProvider, customer: desired.Customer, action: Action, patience: Patience) -> None:
    """Wait until the reservation is not busy any more.

    Errors: Unsettled if it still is at the deadline.
    """
    target = action.reservation
    assert target is not None
    ends_at = time.monotonic() + patience.deadline
    while True:
        held = provider.look(customer, target)
        if held is not None and held.state == current.SUCCEEDED:
            return
        if time.monotonic() >= ends_at:
            state = held.state if held else "gone"
            raise Unsettled(f"the update was sent, but reservation {target.reservation_id} still reads {state}")
        time.sleep(patience.pause)


def _heirs(
    provider: LiveProvider, customer: desired.Customer, target: Target, ended: current.Reservation
) -> list[current.Reservation]:
    named = set(ended.successors)
    return [
        item
        for item in provider.look_at_order(customer, target.order_id)
        if item.id in named and item.state == current.SUCCEEDED
    ]
