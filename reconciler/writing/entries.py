"""Entries of ``spec.reservations``: what Azure holds, or an exchange bought, in YAML's keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from reconciler.model import current, desired
from reconciler.model.scope import Scope, ScopeType
from reconciler.writing.scalars import commented, inline, writable

_FLEXIBLE = "virtualmachines"
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_GROUP = re.compile(r"[^/\s\ufeff]{1,90}")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: its keys and values as in YAML, and the comment above it."""

    value: dict[str, Any]
    comment: str = ""

    def block(self, indent: int) -> list[str]:
        """Return its lines in a list whose dashes stand at column *indent*."""
        pad = " " * indent
        lines = [f"{pad}{'  ' if number else '- '}{key}: {inline(value)}" for number, (key, value) in self._items()]
        return [f"{pad}# {commented(self.comment)}", *lines] if self.comment else lines

    def flow(self) -> str:
        """Return it in braces, on one line; a comment has no place there."""
        return inline(self.value)

    def _items(self) -> list[tuple[int, tuple[str, Any]]]:
        return list(enumerate(self.value.items()))


def entry_of(name: str, held: current.Reservation, aliases: Mapping[str, str], protected: bool) -> Entry:
    """Return the entry that desires what Azure holds; what cannot be written in YAML is not managed.

    *aliases* gives the alias of a subscription by its id.
    """
    value: dict[str, Any] = {"name": name, "orderId": held.order_id, "reservationId": held.id}
    if writable(held.display_name):
        value["displayName"] = held.display_name
    if (scope := scope_of(held.scope, aliases)) is not None:
        value["scope"] = scope
    if held.resource_type.lower() == _FLEXIBLE and held.instance_flexibility in ("On", "Off"):
        value["instanceFlexibility"] = held.instance_flexibility
    value["renew"] = held.renew
    if protected:
        value["protected"] = True
    return Entry(value=value, comment=describe(held))


def bought_entry(purchase: desired.Purchase, held: current.Reservation, aliases: Mapping[str, str]) -> Entry:
    """Return the entry of what an exchange bought: what was wanted of it, with the ids that it has."""
    value: dict[str, Any] = {"name": purchase.name, "orderId": held.order_id, "reservationId": held.id}
    if (scope := scope_of(purchase.scope, aliases)) is not None:
        value["scope"] = scope
    if purchase.instance_flexibility is not None and held.resource_type.lower() == _FLEXIBLE:
        value["instanceFlexibility"] = purchase.instance_flexibility
    value["renew"] = purchase.renew
    return Entry(value=value, comment=describe(held))


def scope_of(scope: Scope, aliases: Mapping[str, str]) -> dict[str, str] | None:
    """Return a scope in YAML's keys; None where it is of a kind, or lacks what, YAML can say."""
    subscription = scope.subscription or ""
    group, management = scope.resource_group or "", scope.management_group or ""
    named = {"subscription": aliases.get(subscription, subscription)}
    known = _GUID.fullmatch(subscription)
    if scope.type == ScopeType.SHARED:
        return {"type": "Shared"}
    if scope.type == ScopeType.SINGLE and known:
        return {"type": "Single", **named}
    if scope.type == ScopeType.RESOURCE_GROUP and known and _is_group(group):
        return {"type": "ResourceGroup", **named, "resourceGroup": group}
    if scope.type == ScopeType.MANAGEMENT_GROUP and _is_group(management):
        return {"type": "ManagementGroup", "managementGroup": management}
    return None


def describe(held: current.Reservation) -> str:
    """Return what a reservation is, for the comment above its entry."""
    where = f" in {held.location}" if held.location else ""
    units = f"{held.quantity} unit{'' if held.quantity == 1 else 's'}"
    product = " ".join(filter(None, (held.resource_type, held.sku))) or "Reservation"
    parts = [f"{product}{where}", units, f"{held.term or 'a term'} until {held.expires_on.isoformat()}"]
    if held.utilization:
        days, percentage = held.utilization[-1]
        parts.append(f"used {percentage} % over {days} day{'' if days == 1 else 's'}")
    return ", ".join(parts)


def _is_group(text: str) -> bool:
    return writable(text) and _GROUP.fullmatch(text) is not None
