"""Role assignments on orders: Microsoft.Authorization 2022-04-01.

Source: the API's definition; Microsoft Learn, "Permissions to view and manage Azure reservations".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azure.core.rest import HttpRequest

from reconciler.errors import ProviderError
from reconciler.estate.access import read_access
from reconciler.model import desired
from reconciler.model.current import Assignment
from reconciler.providers.azure.background import together
from reconciler.providers.azure.credentials import claims_of
from reconciler.providers.azure.sending import send_once
from reconciler.providers.azure.tenant import Tenant, order_path
from reconciler.rules.roles import BUILT_IN, is_role_id

Body = dict[str, Any]

_AUTHORIZATION = "providers/Microsoft.Authorization"
_VERSION = {"api-version": "2022-04-01"}
_ALREADY_SO = "RoleAssignmentExists"


async def add_access(tenant: Tenant, customer: desired.Customer, body: Body) -> None:
    """Add to *body* the assignments of the orders whose access is wanted, and the roles that are no built-in ones.

    An order whose assignments this identity may not read is left out of ``accessOf``;
    ``accessReadBy`` is who it is, where its token tells.
    """
    wanted = sorted({item.order_id for item in customer.reservations if item.access is not None})
    if not wanted:
        return
    found = await together(_tolerant(tenant, order) for order in wanted)
    told = {order: items for order, items in zip(wanted, found, strict=True) if items is not None}
    body["accessOf"] = sorted(told)
    body["accessReadBy"] = await _object_id(tenant)
    body["roleAssignments"] = list({item["id"].lower(): item for items in told.values() for item in items}.values())
    known = {name.lower() for name in BUILT_IN}
    roles = {entry.role for item in customer.reservations for entry in item.access or ()}
    foreign = sorted(role for role in roles if role.lower() not in known and not is_role_id(role))
    if told and foreign:
        lists = await together(_definitions(tenant, min(told), role) for role in foreign)
        body["roleDefinitions"] = [item for items in lists for item in items]


async def look_at_access(tenant: Tenant, order_id: str) -> tuple[Assignment, ...]:
    """Read the role assignments that hold for an order."""
    items = await _assignments(tenant, order_id)
    try:
        return read_access({"roleAssignments": items, "accessOf": [order_id]}, ())[order_id]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        text = f"the role assignments of order {order_id} are not what the definition says"
        raise ProviderError(f"{text} ({type(error).__name__} {error})") from error


async def grant(tenant: Tenant, order_id: str, assignment: Assignment) -> None:
    """Assign a role, under a name that is the same for the same grant."""
    properties = {
        "roleDefinitionId": f"/{_AUTHORIZATION}/roleDefinitions/{assignment.role_id}",
        "principalId": assignment.principal_id,
        "principalType": assignment.principal_type,
    }
    put = HttpRequest("PUT", _path(order_id, assignment.name), params=_VERSION, json={"properties": properties})
    try:
        await send_once(tenant, put, f"role assignment on order {order_id}")
    except ProviderError as error:
        if not (error.refused and error.code == _ALREADY_SO):
            raise


async def revoke(tenant: Tenant, order_id: str, name: str) -> None:
    """Remove a role assignment; one that is gone already is answered with 204."""
    delete = HttpRequest("DELETE", _path(order_id, name), params=_VERSION)
    await send_once(tenant, delete, f"removal of role assignment {name} on order {order_id}")


async def _object_id(tenant: Tenant) -> str | None:
    """Return the object id of the identity that asks, as assignments name it."""
    token = await tenant.credential.get_token(f"{tenant.reach.endpoint}/.default")
    found = claims_of(token.token).get("oid")
    return found.lower() if isinstance(found, str) else None


async def _tolerant(tenant: Tenant, order_id: str) -> list[Body] | None:
    """Return an order's assignments, None where this identity may not read them: its reservations still are planned."""
    try:
        return await _assignments(tenant, order_id)
    except ProviderError as error:
        if error.code in ("AuthorizationFailed", "Forbidden"):
            return None
        raise


async def _assignments(tenant: Tenant, order_id: str) -> list[Body]:
    query = {**_VERSION, "$filter": "atScope()"}
    return await tenant.pages(f"{order_path(order_id)}/{_AUTHORIZATION}/roleAssignments", **query)


async def _definitions(tenant: Tenant, order_id: str, role: str) -> Sequence[Body]:
    name = role.replace("'", "''")
    query = {**_VERSION, "$filter": f"roleName eq '{name}'"}
    return await tenant.pages(f"{order_path(order_id)}/{_AUTHORIZATION}/roleDefinitions", **query)


def _path(order_id: str, name: str) -> str:
    return f"{order_path(order_id)}/{_AUTHORIZATION}/roleAssignments/{name}"
