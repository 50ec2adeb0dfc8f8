"""What makes a customer's current state this one and no other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

# What changes by itself without anybody acting, so that it must not make a plan stale.
_VOLATILE = frozenset({"utilization", "lastUpdatedDateTime"})
_ENCODER = msgspec.json.Encoder(order="sorted")


def customer_digest(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 over a tenant's orders and reservations, without what changes by itself.

    It is the same whatever the order of keys and of bodies, and however the JSON was written.
    """
    document = {
        "tenantId": body["tenantId"].lower(),
        "reservationOrders": _settled(body.get("reservationOrders")),
        "reservations": _settled(body.get("reservations")),
    }
    return _sha256(_ENCODER.encode([document]))


def _settled(bodies: Iterable[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return sorted([_without_volatile(body) for body in bodies or ()], key=_id)


def _id(body: dict[str, Any]) -> str:
    lower: str = body["id"].lower()
    return lower


def _without_volatile(body: dict[str, Any]) -> dict[str, Any]:
    properties = body["properties"]
    if _VOLATILE.isdisjoint(properties):
        return body
    properties = properties.copy()
    for key in _VOLATILE:
        properties.pop(key, None)
    return {**body, "properties": properties}


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
