"""Change where a reservation's discount applies."""

from __future__ import annotations

from typing import Any

from reconciler.actions.kind import update
from reconciler.model.plan import Action
from reconciler.model.scope import Scope, ScopeType


def applied(scope: Scope, tenant_id: str) -> dict[str, Any]:
    """Return the properties that Azure's API takes for a scope."""
    if scope.type == ScopeType.SHARED:
        return {"appliedScopeType": "Shared"}
    if scope.type == ScopeType.MANAGEMENT_GROUP:
        group = f"/providers/Microsoft.Management/managementGroups/{scope.management_group}"
        return {
            "appliedScopeType": "ManagementGroup",
            "appliedScopeProperties": {"tenantId": tenant_id, "managementGroupId": group},
        }
    subscription = f"/subscriptions/{scope.subscription}"
    if scope.type == ScopeType.SINGLE:
        where = {"subscriptionId": subscription}
    else:
        where = {"resourceGroupId": f"{subscription}/resourceGroups/{scope.resource_group}"}
    return {"appliedScopeType": "Single", "appliedScopeProperties": where}


def _patch(action: Action, tenant_id: str) -> dict[str, Any]:
    assert action.scope is not None  # the planner writes it beside the changes
    return applied(action.scope, tenant_id)


ACTION = update("scope", 20, "/scope", _patch)
