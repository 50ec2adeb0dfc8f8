"""A scope, as the properties that Azure's API takes for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.estate.bodies import Body, last_segment
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


def subscription_names(reservations: Iterable[Body]) -> dict[str, str]:
    """Return what Azure calls each subscription that one of *reservations* is applied to, by its id.

    Source: Microsoft.Capacity 2022-11-01, AppliedScopeProperties: displayName is that of the
            subscription only where no resource group is named.
    """
    applied_to = (item["properties"].get("appliedScopeProperties") or {} for item in reservations)
    return {
        last_segment(scope["subscriptionId"]): scope["displayName"]
        for scope in applied_to
        if scope.get("subscriptionId") and scope.get("displayName") and not scope.get("resourceGroupId")
    }


def addresses(scope: Scope) -> tuple[str, ...]:
    """Return what must exist for a reservation to apply to *scope*, and can be asked about; a group's subscription too.

    Nothing for a shared scope and for a management group: the definition of
    availableScopes (Microsoft.Capacity 2022-11-01) speaks of subscriptions.
    """
    if scope.type not in (ScopeType.SINGLE, ScopeType.RESOURCE_GROUP) or not scope.subscription:
        return ()
    subscription = f"/subscriptions/{scope.subscription}"
    if scope.type == ScopeType.SINGLE:
        return (subscription,)
    return (subscription, f"{subscription}/resourceGroups/{scope.resource_group}")
