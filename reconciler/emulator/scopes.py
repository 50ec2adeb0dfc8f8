"""Where a reservation applies: what a request may ask for, and how it reads back.

Source: recorded traffic of the Azure CLI's reservation tests: a request with ``appliedScopes`` reads back as
``appliedScopeProperties`` with "/subscriptions/..."; a resource group is type Single and reads back with
userFriendlyAppliedScopeType ResourceGroup.
"""

import re
from typing import Any

from .bodies import Body
from .calls import Answer, Call, Route
from .errors import ArmError, bad_content
from .estate import Customer
from .shapes import require

SCOPE_KEYS = ("appliedScopeType", "appliedScopes", "appliedScopeProperties")
SCOPE_SHAPE = {
    "appliedScopeType": ("Single", "Shared", "ManagementGroup"),
    "appliedScopes": [str],
    "appliedScopeProperties": {
        "tenantId": str, "managementGroupId": str, "subscriptionId": str, "resourceGroupId": str,
        "displayName": str,
    },
}  # fmt: skip

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_SCOPE = re.compile(rf"/subscriptions/{_GUID}(?P<group>/resourceGroups/[^/]+)?/?", re.I)
_MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/"
_AVAILABLE = re.compile(rf"{_SCOPE.pattern}|{re.escape(_MANAGEMENT_GROUP)}[^/]+", re.I)


def scope_of(asked: Body, existing: Body) -> Body:
    """Return the properties that the scope in *asked* reads back as; what it leaves out is as in *existing*.

    Errors: ArmError 400 if the scope lacks what its type needs.
    """
    kind = asked.get("appliedScopeType") or existing.get("appliedScopeType") or "Shared"
    details = {key: value for key, value in (asked.get("appliedScopeProperties") or {}).items() if value}
    if kind == "Shared":
        return {"appliedScopeType": kind, "userFriendlyAppliedScopeType": "Shared"}
    if kind == "ManagementGroup":
        friendly, read = kind, _management_group(details)
    else:
        friendly, read = _single(asked, details, existing)
    if details.get("displayName"):
        read["displayName"] = details["displayName"]
    return {
        "appliedScopeType": kind, "userFriendlyAppliedScopeType": friendly, "appliedScopeProperties": read,
    }  # fmt: skip


def same_scope(one: Body, other: Body) -> bool:
    """Tell whether two sets of properties apply to the same place, whatever it is called."""
    return _place(one) == _place(other)


def available(call: Call) -> Answer:
    """Answer which scopes could be applied: the well-formed ones, in a subscription that the customer has."""
    call.reservation()
    body = require(call.body, {"properties!": {"scopes!": [str]}})
    scopes = body["properties"]["scopes"]
    answers = [
        {"scope": scope, "valid": _AVAILABLE.fullmatch(scope) is not None and is_held(scope, call.customer)}
        for scope in scopes
    ]
    return Answer(200, {"properties": {"scopes": answers}})


def require_held(scope: Body, customer: Customer) -> None:
    """Refuse a scope, as it reads back, in a subscription that the customer does not have.

    Errors: ArmError 400.
    """
    details = scope.get("appliedScopeProperties") or {}
    named = details.get("resourceGroupId") or details.get("subscriptionId") or ""
    if not is_held(named, customer):
        message = f"The applied scope '{named}' is not associated with the commerce account of the reservation."
        raise ArmError(400, "AppliedScopesNotAssociatedWithCommerceAccount", message)


def is_held(scope: str, customer: Customer) -> bool:
    """Tell whether a scope is in a subscription of the customer; where none are listed, every one is."""
    listed = customer.body.get("subscriptions")
    match = _SCOPE.fullmatch(scope)
    if listed is None or match is None:
        return True
    return scope.strip("/").split("/")[1].lower() in {item.lower() for item in listed}


def _single(asked: Body, details: Body, existing: Body) -> tuple[str, Body]:
    listed = asked.get("appliedScopes") or []
    if len(listed) > 1:
        message = "Exactly one applied scope is needed for the applied scope type Single."
        raise ArmError(400, "InvalidSingleAppliedScopesCount", message)
    known = existing.get("appliedScopeProperties") or {} if existing.get("appliedScopeType") == "Single" else {}
    for source in (details, {"subscriptionId": listed[0]} if listed else {}, known):
        scope = source.get("resourceGroupId") or source.get("subscriptionId")
        if scope:
            return _subscription(scope if scope.startswith("/") else f"/subscriptions/{scope}")
    message = "An applied scope is needed for the applied scope type Single."
    raise ArmError(400, "MissingAppliedScopesForSingle", message)


def _subscription(scope: str) -> tuple[str, Body]:
    match = _SCOPE.fullmatch(scope)
    if match is None:
        raise bad_content(f"{scope!r} is neither a subscription nor a resource group")
    if match["group"]:
        return "ResourceGroup", {"resourceGroupId": scope}
    return "Single", {"subscriptionId": scope}


def _management_group(details: Body) -> Body:
    if not details.get("tenantId") or not details.get("managementGroupId"):
        raise bad_content("appliedScopeProperties needs tenantId and managementGroupId for ManagementGroup")
    group = details["managementGroupId"]
    path = group if group.startswith("/") else _MANAGEMENT_GROUP + group
    return {"tenantId": details["tenantId"], "managementGroupId": path}


def _place(properties: Body) -> dict[str, Any]:
    details = properties.get("appliedScopeProperties") or {}
    listed = properties.get("appliedScopes") or []
    if not details and listed:
        details = _subscription(listed[0])[1]
    place = {key: str(value).lower().strip("/") for key, value in details.items() if key != "displayName"}
    for key in ("subscriptionId", "managementGroupId"):
        if key in place:
            place[key] = place[key].rpartition("/")[2]
    if "resourceGroupId" in place:
        place.pop("subscriptionId", None)
    return {"type": properties.get("appliedScopeType") or "Shared", **place}


_RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}"
ROUTES = (Route("POST", f"{_RESERVATION}/availableScopes", available),)
