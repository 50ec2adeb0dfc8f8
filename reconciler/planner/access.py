"""Role assignments on orders: what is listed and missing is granted, what is not listed may be revoked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.model import current, desired
from reconciler.model.inputs import Memory
from reconciler.model.plan import Change
from reconciler.planner.lineage import follow
from reconciler.rules.roles import ADMINISTRATORS, role_id_of, role_name_of

PATH = "/access/"
Spec = dict[str, Any]


def spokesmen(customer: desired.Customer, held: current.Customer, memory: Memory) -> frozenset[str]:
    """Return the addresses that speak for their orders: of each order, the first entry that lists access.

    One whose reservation ended, or is in another order by now, speaks for nothing: its
    list holds all the same, where another entry of the order is there to speak.
    """
    first: dict[str, str] = {}
    for item in customer.reservations:
        if item.access is not None and item.order_id not in first:
            found = follow(item.reservation_id, held, memory)
            if len(found) == 1 and found[0].order_id == item.order_id:
                first[item.order_id] = item.address
    return frozenset(first.values())


def moved(
    customer: desired.Customer, held: current.Customer, memory: Memory
) -> Iterator[tuple[desired.Reservation, str]]:
    """Give each entry that lists access and whose reservation is in another order by now, with that order's id."""
    for item in customer.reservations:
        found = follow(item.reservation_id, held, memory) if item.access is not None else []
        if len(found) == 1 and found[0].id != item.reservation_id and found[0].order_id != item.order_id:
            yield item, found[0].order_id


def access_changes(wanted: desired.Reservation, held: current.Customer) -> tuple[Change, ...]:
    """Return what differs between the access that an entry lists for its order and what Azure has.

    Nothing where the order's assignments were not read. Azure compares no more than
    principal and role; what is inherited counts as granted and is never revoked.
    """
    assignments = held.access.get(wanted.order_id)
    if wanted.access is None or assignments is None:
        return ()
    specs = [(None, spec) for spec in _grants(wanted.access, assignments, held.roles)]
    revoked = _revoked(wanted.access, assignments, held.roles) if wanted.access_mode == "exclusive" else ()
    pairs: list[tuple[Spec | None, Spec | None]] = [*specs, *((spec, None) for spec in revoked)]
    return tuple(
        Change(path=f"{PATH}{number}", before=before, after=after) for number, (before, after) in enumerate(pairs)
    )


def _grants(
    access: Sequence[desired.Access], assignments: Sequence[current.Assignment], roles: dict[str, str]
) -> Iterator[Spec]:
    there = {(item.principal_id, item.role_id) for item in assignments}
    for item in access:
        grant = (item.principal_id, role_id_of(item.role, roles) or item.role)
        if grant not in there:
            there.add(grant)  # the same role may be listed by another spelling
            yield {"principalId": item.principal_id, "principalType": item.principal_type, "role": item.role}


def _revoked(
    access: Sequence[desired.Access], assignments: Sequence[current.Assignment], roles: dict[str, str]
) -> Iterator[Spec]:
    listed = {(item.principal_id, role_id_of(item.role, roles)) for item in access}
    # Whoever may assign roles goes last: if it is this program's own group, the others went before.
    order = sorted(assignments, key=lambda item: (item.role_id in ADMINISTRATORS, item.principal_id, item.role_id))
    for item in order:
        if not item.inherited and (item.principal_id, item.role_id) not in listed:
            listed.add((item.principal_id, item.role_id))  # it may be assigned under two names, and goes under both
            role = role_name_of(item.role_id, roles)
            yield {"principalId": item.principal_id, "principalType": item.principal_type, "role": role}
