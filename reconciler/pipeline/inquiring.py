"""What a request to Microsoft Support is about: an entry, what Azure holds there, what the plan does with it."""

from __future__ import annotations

from datetime import date

import msgspec

from reconciler.errors import UsageError
from reconciler.model import current, desired
from reconciler.model.inputs import Memory, Selection
from reconciler.model.plan import Action
from reconciler.pipeline.asking import Request, instant
from reconciler.pipeline.planning import plan
from reconciler.pipeline.remembering import memories
from reconciler.planner.lineage import follow
from reconciler.providers import LiveProvider, Provider


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of YAML, the reservation that it names now, and the return or exchange that the plan has for it.

    ``on`` is the day of the action's figures.
    """

    customer: desired.Customer
    entry: desired.Reservation
    held: current.Reservation
    action: Action | None
    on: date


def subject_of(
    request: Request,
    provider: Provider,
    customer: desired.Customer,
    held: current.Customer,
    entry: desired.Reservation,
) -> Subject:
    """Return what is known of *entry*; the whole customer is planned, as its returns share one cap.

    Errors: UsageError if Azure has no such reservation, or more than one after a split.
    """
    memory = Memory()
    if isinstance(provider, LiveProvider):
        memory = memories(request.config, [held]).get(held.name, memory)
    reservation = _reservation(entry, held, memory)
    asked = msgspec.structs.replace(request, selection=Selection(customers=frozenset({customer.name})))
    actions = [action for part in plan(asked, provider).customers for action in part.actions]
    return Subject(
        customer=customer,
        entry=entry,
        held=reservation,
        action=next((action for action in actions if _gives_back(action, entry.address)), None),
        on=instant(request, provider).day,
    )


def _reservation(entry: desired.Reservation, held: current.Customer, memory: Memory) -> current.Reservation:
    found = follow(entry.reservation_id, held, memory)
    if len(found) > 1:
        ids = " and ".join(sorted(item.id for item in found))
        raise UsageError(
            f"{entry.address}: reservation {entry.reservation_id} was split into {ids}; name the one that is meant"
        )
    if not found and entry.reservation_id in held.reservations:
        return held.reservations[entry.reservation_id]  # it ended, and may be asked about
    if not found:
        raise UsageError(f"{entry.address}: Azure has no reservation {entry.reservation_id}; correct its id")
    return found[0]


def _gives_back(action: Action, address: str) -> bool:
    named = {action.address, *(item.address for item in action.returns or ())}
    return action.action in ("cancel", "exchange") and address in named
