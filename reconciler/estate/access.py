"""Role assignments of a tenant's orders: from Azure's JSON to values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from reconciler.estate.bodies import last_segment, order_id_of
from reconciler.model.current import Assignment

Body = Mapping[str, Any]


def read_access(body: Body, orders: Collection[str]) -> dict[str, tuple[Assignment, ...]]:
    """Return the assignments of each order that *body* tells of.

    A body with ``roleAssignments`` tells of all *orders*, one with ``accessOf`` beside it of
    those alone: a live tenant is asked for no more than is wanted.
    """
    if body.get("roleAssignments") is None:
        return {}
    told = body.get("accessOf")
    found: dict[str, list[Assignment]] = {order: [] for order in (orders if told is None else told)}
    for item in body["roleAssignments"]:
        scope = item["properties"]["scope"].lower()
        order = _order_of(item, scope)
        for one in found if order is None else (order,):
            if one in found:
                found[one].append(_assignment(item, inherited=not scope.endswith(f"/reservationorders/{one}")))
    return {order: tuple(items) for order, items in found.items()}


def read_roles(body: Body) -> dict[str, str]:
    """Return the roles that the tenant has told, by lower-case name."""
    return {
        item["properties"]["roleName"].lower(): last_segment(item["id"]) for item in body.get("roleDefinitions") or ()
    }


def _order_of(item: Body, scope: str) -> str | None:
    """Return the order an assignment is about; None for one that holds for all of the tenant's."""
    for text in (scope, item["id"].lower()):
        if "/reservationorders/" in text:
            return order_id_of(text)
    return None


def _assignment(item: Body, *, inherited: bool) -> Assignment:
    properties = item["properties"]
    return Assignment(
        name=last_segment(item["id"]),
        principal_id=properties["principalId"].lower(),
        principal_type=properties.get("principalType") or "",
        role_id=last_segment(properties["roleDefinitionId"]),
        inherited=inherited,
    )
