"""How an effect ended, read off the reservations themselves.

A 202, or even a Location that answers 200, proves nothing: recorded traffic shows an
order still Pending two minutes after its return was accepted.
"""

from __future__ import annotations

import time
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from reconciler.errors import Unsettled
from reconciler.ledger import CapEntry, Effect, EffectTarget
from reconciler.model import current, desired
from reconciler.model.plan import Target
from reconciler.providers import LiveProvider

MINUTES_30 = 1800.0
Detail = dict[str, Any]

# Recorded traffic: what is given back reads Cancelled, in part as well; the API definition has
# Split beside it. What expired, was merged or never billed is ended, and brings no refund.
_RETURNED = "Cancelled"
_SPLIT = "Split"


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often to look, and for how long, in seconds of real time."""

    pause: float
    deadline: float = MINUTES_30


class Sight(StrEnum):
    """What the service shows of an effect."""

    DONE = "done"
    UNDER_WAY = "under way"
    UNTOUCHED = "untouched"
    CONTRADICTORY = "contradictory"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen: ``lineage`` maps a replaced id to the ids that continue it.

    ``given`` are the units of a single reservation that read as given back, asked for or not, None
    where that cannot be told; ``ended`` the reservations that they ended in, as they read now.
    """

    sight: Sight
    text: str
    lineage: dict[str, tuple[str, ...]] = {}
    given: int | None = None
    ended: tuple[current.Reservation, ...] = ()


def wait_until_done(provider: LiveProvider, customer: desired.Customer, effect: Effect, patience: Patience) -> Seen:
    """Look until the reservations say that *effect* is done.

    Errors: Unsettled if they do not by the deadline.
    """
    seen = watch(provider, customer, effect, patience)
    if seen.sight is not Sight.DONE:
        raise Unsettled(f"it was sent, but {seen.text}; run `reconciler resume`")
    return seen


def watch(provider: LiveProvider, customer: desired.Customer, effect: Effect, patience: Patience) -> Seen:
    """Look until *effect* is done or the deadline has come, and return what was seen last."""
    ends_at = time.monotonic() + patience.deadline
    while True:
        seen = look(provider, customer, effect)
        if seen.sight is Sight.DONE or time.monotonic() >= ends_at:
            return seen
        time.sleep(patience.pause)


def look(provider: LiveProvider, customer: desired.Customer, effect: Effect) -> Seen:
    """Return what the service shows of *effect* now."""
    if "access" in effect.detail.get("wanted", {}):
        return _look_at_access(provider, customer, effect.detail["wanted"]["access"])
    if "wanted" in effect.detail:
        return _look_at_update(provider, customer, effect)
    parts = [_look_at_return(provider, customer, target) for target in effect.targets]
    for sight in (Sight.CONTRADICTORY, Sight.UNDER_WAY):
        for part in parts:
            if part.sight is sight:
                return part if len(parts) == 1 else Seen(sight=sight, text=part.text)
    if len({part.sight for part in parts}) > 1:
        return Seen(sight=Sight.UNDER_WAY, text="some of its reservations are given back and some are not yet")
    lineage = {old: new for part in parts for old, new in part.lineage.items()}
    ended = tuple(item for part in parts for item in part.ended)
    given = parts[0].given if len(parts) == 1 else None
    return msgspec.structs.replace(parts[0], lineage=lineage, given=given, ended=ended)


def cap_entry(effect: Effect, on: date | None = None) -> CapEntry | None:
    """Return what a confirmed effect used of the cap, on the service's day of its intent or on the day *on*."""
    if effect.cap_refund is None or effect.cap_commitment is None:
        return None
    return CapEntry(
        customer=effect.customer,
        on=on or date.fromisoformat(effect.detail["on"]),
        reservation_id=effect.reservation_id,
        refund=effect.cap_refund,
        commitment=effect.cap_commitment,
        effect_id=effect.id,
    )


def _look_at_return(provider: LiveProvider, customer: desired.Customer, target: EffectTarget) -> Seen:
    """Return what became of one reservation: ended and, where units stay, continued by exactly those."""
    held = provider.look(customer, _plan_target(target))
    name, remaining = f"reservation {target.reservation_id}", target.held - target.quantity
    if held is None:
        return Seen(sight=Sight.CONTRADICTORY, text=f"Azure does not have {name} any more")
    if held.active:
        if held.state != current.SUCCEEDED:
            return Seen(sight=Sight.UNDER_WAY, text=f"{name} still reads {held.state}")
        if held.quantity == target.held:
            return Seen(sight=Sight.UNTOUCHED, text=f"{name} still reads {held.state} with {held.quantity}")
        sight = Sight.DONE if held.quantity == remaining else Sight.CONTRADICTORY
        gone = target.held - held.quantity
        return Seen(sight=sight, text=f"{name} reads {held.quantity} of {target.held}", given=gone, ended=(held,))
    if held.state not in (_RETURNED, _SPLIT):
        return Seen(sight=Sight.CONTRADICTORY, text=f"{name} was not given back: it reads {held.state}")
    if remaining or held.successors or held.state == _SPLIT:
        return _look_at_heirs(provider, customer, target, held)
    return Seen(sight=Sight.DONE, text=f"{name} reads {held.state}", given=target.held, ended=(held,))


def _look_at_heirs(
    provider: LiveProvider, customer: desired.Customer, target: EffectTarget, ended: current.Reservation
) -> Seen:
    name, remaining = f"reservation {target.reservation_id}", target.held - target.quantity
    order = provider.look_at_order(customer, target.order_id)
    named = [item for item in order if item.id in ended.successors]
    heirs, over = [item for item in named if item.active], [item for item in named if not item.active]
    # Of units that went on in yet another one, or expired, nobody can say here that they were given back.
    strayed = [item.id for item in over if item.successors or item.state != _RETURNED]
    if strayed:
        text = f"{name} was divided, and {', '.join(strayed)} of it did not end by being given back"
        return Seen(sight=Sight.CONTRADICTORY, text=text)
    if len(named) < len(ended.successors) or any(item.state != current.SUCCEEDED for item in heirs):
        return Seen(sight=Sight.UNDER_WAY, text=f"{name} reads {ended.state} and its rest is not there yet")
    ids, left = tuple(item.id for item in heirs), sum(item.quantity for item in heirs)
    # Where the units given back have no reservation of their own, they ended with the whole.
    seen = Seen(
        sight=Sight.DONE,
        text=f"{name} goes on as {', '.join(ids)}" if ids else f"{name} reads {ended.state}, and so does all of it",
        lineage={target.reservation_id: ids},
        given=target.held - left,
        ended=tuple(over) or (ended,),
    )
    if left == remaining:
        return seen
    if left == 0:
        # Of what is split, the rest may show later than the end of the whole.
        text = f"{name} reads {ended.state} and its rest is not there yet"
        told = seen.given if ended.state == _RETURNED else None
        return msgspec.structs.replace(seen, sight=Sight.UNDER_WAY, text=text, given=told)
    text = f"{name} is ended, and {left} of {remaining} units go on"
    return msgspec.structs.replace(seen, sight=Sight.CONTRADICTORY, text=text)


def _look_at_update(provider: LiveProvider, customer: desired.Customer, effect: Effect) -> Seen:
    (target,) = effect.targets
    held = provider.look(customer, _plan_target(target))
    name = f"reservation {target.reservation_id}"
    if held is None or not held.active:
        return Seen(sight=Sight.CONTRADICTORY, text=f"{name} reads {held.state if held else 'gone'}")
    if held.state != current.SUCCEEDED:
        return Seen(sight=Sight.UNDER_WAY, text=f"{name} still reads {held.state}")
    if _is_so(held, effect.detail["wanted"]):
        return Seen(sight=Sight.DONE, text=f"{name} reads as wanted")
    return Seen(sight=Sight.UNTOUCHED, text=f"{name} does not read as wanted")


def _look_at_access(provider: LiveProvider, customer: desired.Customer, wanted: Detail) -> Seen:
    there = provider.look_at_access(customer, wanted["orderId"])
    if wanted["granted"]:
        done = any((item.principal_id, item.role_id) == (wanted["principalId"], wanted["roleId"]) for item in there)
    else:
        done = all(item.name != wanted["name"] for item in there)
    text = f"order {wanted['orderId']} {'shows' if done is wanted['granted'] else 'does not show'} the role assignment"
    return Seen(sight=Sight.DONE if done else Sight.UNTOUCHED, text=text)


def _is_so(held: current.Reservation, wanted: Detail) -> bool:
    """Say whether the reservation reads as *wanted*; names of groups compare without case, as in Azure."""
    facts: Detail = {
        "displayName": held.display_name,
        "renew": held.renew,
        "instanceFlexibility": held.instance_flexibility,
        "scope": {key: value and value.lower() for key, value in held.scope.spec().items()},
    }
    scope = wanted.get("scope")
    if scope is not None:
        wanted = {**wanted, "scope": {key: value and value.lower() for key, value in scope.items()}}
    return all(facts[key] == value for key, value in wanted.items())


def _plan_target(target: EffectTarget) -> Target:
    return Target(order_id=target.order_id, reservation_id=target.reservation_id, quantity=target.held)
