"""Access that a plan was to change and somebody changed meanwhile: stale, not forged.

Role assignments are no part of the digest that a plan is stale by (decision 14), so a
plan derived again tells of it.
"""

from __future__ import annotations

from typing import Any

from reconciler.model import current, desired
from reconciler.model.plan import Action
from reconciler.rules.roles import role_id_of

Spec = dict[str, Any]


def changed_meanwhile(
    action: Action, other: Action | None, entry: desired.Reservation | None, held: current.Customer
) -> list[str]:
    """Say what became of access since *action* was planned, *other* being what is to be done now.

    Nothing where that does not explain each difference: a grant that no file lists is
    nobody's doing in Azure.
    """
    there = None if action.reservation is None else held.access.get(action.reservation.order_id)
    if action.action != "access" or there is None or entry is None:
        return []
    assigned = {(item.principal_id, item.role_id) for item in there}
    planned, wanted = _specs(action), _specs(other)
    found = []
    for spec, grants in (item for item in planned if item not in wanted):
        is_there = (spec["principalId"], role_id_of(spec["role"], held.roles)) in assigned
        if is_there is not grants or (grants and not _listed(spec, entry)):
            return []
        found.append(f"{spec['principalId']} {'has' if grants else 'does not have'} {spec['role']}")
    for spec, grants in (item for item in wanted if item not in planned):
        found.append(f"{spec['principalId']} {'does not have' if grants else 'has'} {spec['role']}")
    return found


def _specs(action: Action | None) -> list[tuple[Spec, bool]]:
    """Return each assignment that is to change, and whether it is granted."""
    changes = () if action is None else action.changes
    return [(item.after or item.before, item.after is not None) for item in changes]


def _listed(spec: Spec, entry: desired.Reservation) -> bool:
    return any(
        spec == {"principalId": item.principal_id, "principalType": item.principal_type, "role": item.role}
        for item in entry.access or ()
    )
