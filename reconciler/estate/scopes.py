"""A scope, as the properties that Azure's API takes for it."""

from __future__ import annotations

from typing import Any

from reconciler.model.scope import Scope, ScopeType


def applied(scope: Scope, tenant_id: str) -> dict[str, Any]:
    """Return the properties of a PATCH or a purchase that apply a reservation to *scope*.

    Source: Microsoft.Capacity 2022-11-01, PatchProperties and PurchaseRequestProperties:
            a resource group is Single with a resourceGroupId.
    """
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
