"""Revisions, and orders as they stood on a past day: from Azure's JSON to values."""

from __future__ import annotations

from datetime import date
from typing import Any

from reconciler.estate.bodies import Body, day, last_segment, read_order
from reconciler.model.current import SUCCEEDED, Order
from reconciler.model.history import Revision

_CANCELLED = "cancelled"
_SCHEDULED = "Scheduled"


def read_revision(body: Body) -> Revision:
    """Read one revision; of the two instants that it bears, the later one dates it.

    Recorded traffic: of a cancellation both are the same, of a split they are seconds apart,
    and a revision in progress still bears the one from which its forerunner took effect.
    """
    properties = body["properties"]
    borne = [properties[key] for key in ("effectiveDateTime", "lastUpdatedDateTime") if properties.get(key)]
    return Revision(
        number=int(body.get("etag") or body["name"]),
        on=max(map(day, borne)),
        state=properties.get("provisioningState") or "",
        status=(properties.get("extendedStatusInfo") or {}).get("statusCode") or "",
    )


def last_changed_on(body: Body) -> date | None:
    """Return the UTC day on which a reservation last changed, None where Azure does not say."""
    properties = body["properties"]
    changed = properties.get("lastUpdatedDateTime") or properties.get("effectiveDateTime")
    return day(changed) if changed else None


def split_into(body: Body) -> tuple[str, ...]:
    """Return the ids of the parts that a reservation was split into."""
    parts = (body["properties"].get("splitProperties") or {}).get("splitDestinations") or ()
    return tuple(last_segment(part) for part in parts)


def split_from(body: Body) -> str | None:
    """Return the id of the reservation that this is a part of, None if it is of none."""
    source = (body["properties"].get("splitProperties") or {}).get("splitSource")
    return last_segment(source) if source else None


def merged_into(body: Body) -> str | None:
    """Return the id of the reservation that this was merged into, None if it was not."""
    merged = (body["properties"].get("mergeProperties") or {}).get("mergeDestination")
    return last_segment(merged) if merged else None


def merged_from(body: Body) -> tuple[str, ...]:
    """Return the ids of the reservations that this was merged from."""
    sources = (body["properties"].get("mergeProperties") or {}).get("mergeSources") or ()
    return tuple(last_segment(source) for source in sources)


def swapped_into(body: Body) -> str | None:
    """Return the id of the reservation that this was swapped for, free of charge, None if it was not."""
    swapped = (body["properties"].get("swapProperties") or {}).get("swapDestination")
    return last_segment(swapped) if swapped else None


def renews(body: Body) -> bool:
    """Say whether a reservation was bought by the renewal of another one."""
    return bool(body["properties"].get("renewSource"))


def order_as_of(body: Body, on: date) -> Order:
    """Read an order as it stood at the end of a past day: what was paid later was still to pay.

    The payments that a Cancelled order reads as Cancelled were still to come before it
    was given back; in any other order a cancelled payment never was one.
    """
    properties = body["properties"]
    ended = str(properties.get("provisioningState") or "").lower() == _CANCELLED
    plan = properties.get("planInformation") or {}
    transactions = [_as_of(item, on, ended) for item in plan.get("transactions") or ()]
    return read_order({**body, "properties": {**properties, "planInformation": {**plan, "transactions": transactions}}})


def _as_of(transaction: dict[str, Any], on: date, ended: bool) -> dict[str, Any]:
    status = transaction["status"].lower()
    if status == SUCCEEDED.lower():
        paid_on = day(transaction.get("paymentDate") or transaction["dueDate"])
        return transaction if paid_on <= on else {**transaction, "status": _SCHEDULED}
    return {**transaction, "status": _SCHEDULED} if status == _CANCELLED and ended else transaction
