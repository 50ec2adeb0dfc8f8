"""The history of a reservation: each write adds a revision in progress and one that stands.

Source: recorded traffic of the Azure CLI's reservation tests: the etag of a reservation rises by two with
each PATCH, as a Pending revision goes first; revisions are numbered by etag, newest first, and carry fewer
properties, of which the ids in splitProperties and mergeProperties are full ones.
"""

from typing import Any

from .bodies import Body, ids
from .calls import Answer, Call, Route
from .days import written
from .world import World

_KEPT = (
    "appliedScopeType", "quantity", "provisioningState", "expiryDateTime", "benefitStartTime", "displayName",
    "effectiveDateTime", "lastUpdatedDateTime", "reservedResourceType", "instanceFlexibility", "skuDescription",
    "splitProperties", "mergeProperties", "swapProperties", "renew", "archived", "appliedScopeProperties",
)  # fmt: skip
_PENDING = {
    "statusCode": "Pending",
    "message": "An operation is in progress on your benefit. "
    "Please wait for operation to complete before taking further action.",
}


def begin(world: World, reservation: Body) -> None:
    """Record that a write of *reservation* is in progress, as it stands before the write."""
    history = world.memory("revisions").setdefault(ids(reservation["id"])[1], [_revision(reservation)])
    _raise(world, reservation)
    pending = _revision(reservation)
    pending["properties"] |= {"provisioningState": "Pending", "extendedStatusInfo": _PENDING}
    history.insert(0, pending)


def finish(world: World, reservation: Body, status: Body | None = None) -> Body:
    """Record how *reservation* stands after the write, and return that revision.

    *status* says why it no longer stands; the service tells it in revisions alone.
    """
    _raise(world, reservation)
    reservation["properties"]["effectiveDateTime"] = reservation["properties"]["lastUpdatedDateTime"]
    history = world.memory("revisions").setdefault(ids(reservation["id"])[1], [])
    last = _revision(reservation)
    if status:
        last["properties"]["extendedStatusInfo"] = status
    history.insert(0, last)
    return last


def show(call: Call) -> Answer:
    """Answer with the revisions of a reservation, newest first."""
    reservation = call.reservation()
    history = call.world.estate.memory("revisions").get(call.parts["reservation"])
    return Answer(200, {"value": history or [_revision(reservation)]})


def _raise(world: World, reservation: Body) -> None:
    reservation["etag"] = int(reservation.get("etag") or 0) + 1
    reservation["properties"]["lastUpdatedDateTime"] = written(world.clock.now())


def _revision(reservation: Body) -> dict[str, Any]:
    number = reservation.get("etag") or 0
    properties = reservation["properties"]
    kept = {key: properties[key] for key in _KEPT if key in properties}
    for key in ("splitProperties", "mergeProperties", "swapProperties"):
        if kept.get(key):
            kept[key] = {name: _full(reservation, value) for name, value in kept[key].items()}
    return {
        "id": f"{reservation['id']}/revisions/{number}",
        "name": str(number),
        "type": "Microsoft.Capacity/reservationOrders/reservations/revisions",
        "etag": number,
        "location": reservation.get("location"),
        "sku": reservation.get("sku"),
        "properties": kept,
    }


def _full(reservation: Body, value: Any) -> Any:
    """Return one id, or each of several, as a full id below the reservation's order."""
    if isinstance(value, list):
        return [_full(reservation, one) for one in value]
    order, name = ids(value) if "/" in value else (ids(reservation["id"])[0], value)
    return f"/providers/microsoft.capacity/reservationOrders/{order}/reservations/{name}"


_RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}"
ROUTES = (Route("GET", f"{_RESERVATION}/revisions", show),)
