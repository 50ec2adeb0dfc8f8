"""Splitting a reservation into two, and merging two into one: POST split and POST merge.

Both are answered at once with the newest revision of each reservation that took part, and with a Location at
which the same reservations are told in another form.

Source: API definition Microsoft.Capacity 2022-11-01, and recorded traffic of the Azure CLI's reservation tests
for the shapes, the order of the items and how far each etag rises. Microsoft Learn, "Manage Azure reservations":
a split makes two of one, a merge needs the same order and the same properties; neither is a new transaction, nor
does the end of the term change.
"""

from . import revisions
from .bodies import Body, ids
from .calls import Answer, Call, Route
from .errors import ArmError, bad_content, wrong_state
from .lineage import descend, end, full_id
from .shapes import require

_SPLIT = {"properties!": {"reservationId!": str, "quantities!": [int]}}
_MERGE = {"properties!": {"sources!": [str]}}
_GONE = {
    "Split": {"statusCode": "Split", "message": "This reservation was split and is no longer active"},
    "Merged": {"statusCode": "Merged", "message": "This reservation was merged and is no longer active"},
}
# What two reservations must share to become one.
_SHARED = (
    "reservedResourceType", "term", "billingPlan", "appliedScopeType", "appliedScopeProperties",
    "instanceFlexibility", "renew", "expiryDateTime",
)  # fmt: skip


def split(call: Call) -> Answer:
    """Make two reservations of one."""
    call.order()
    asked = require(call.body, _SPLIT)["properties"]
    source = _active(call, asked["reservationId"], "properties.reservationId")
    quantities, held = asked["quantities"], source["properties"]["quantity"]
    if len(quantities) != 2:
        raise bad_content("properties.quantities: must be exactly two")
    if min(quantities) < 1 or sum(quantities) != held:
        raise bad_content(f"properties.quantities: must be 1 or more each and add up to {held}, which is held")
    begun = _begin(call, [source])
    told = {"splitSource": full_id("Microsoft.Capacity", *ids(source["id"]))}
    parts = [_child(call, [source], {"quantity": one, "splitProperties": told}) for one in quantities]
    into = [part["name"] for part in parts]
    _join(source, "splitProperties", {"splitDestinations": into})
    return _answer(call, "split", begun, [*(_born(call, part) for part in parts), _gone(call, source, "Split")])


def merge(call: Call) -> Answer:
    """Make one reservation of two of the same order."""
    call.order()
    named = require(call.body, _MERGE)["properties"]["sources"]
    if len(named) != 2 or len({one.lower() for one in named}) != 2:
        raise bad_content("properties.sources: must be exactly two reservations")
    sources = [_active(call, one, "properties.sources") for one in named]
    for key in _SHARED:
        if sources[0]["properties"].get(key) != sources[1]["properties"].get(key):
            raise ArmError(400, "BadRequest", f"The reservations cannot be merged: they differ in '{key}'.")
    if sources[0].get("sku") != sources[1].get("sku") or sources[0].get("location") != sources[1].get("location"):
        raise ArmError(400, "BadRequest", "The reservations cannot be merged: they are different products.")
    begun = _begin(call, sources)
    quantity = sum(source["properties"]["quantity"] for source in sources)
    told = {"mergeSources": [source["name"] for source in sources]}
    child = _child(call, sources, {"quantity": quantity, "mergeProperties": told})
    for source in sources:
        _join(source, "mergeProperties", {"mergeDestination": full_id("Microsoft.Capacity", *ids(child["id"]))})
    return _answer(call, "merge", begun, [*(_gone(call, one, "Merged") for one in sources), _born(call, child)])


def result(call: Call) -> Answer:
    """Answer what a split or a merge made, at the Location that it named."""
    kind = "split" if "splitoperationresults" in call.path.lower() else "merge"
    found = call.world.estate.memory("divisions").get(f"{kind} {call.parts['order']} {call.parts['operation']}")
    if found is None or found["tenantId"] != call.customer.tenant:
        raise ArmError(404, "NotFound", f"The operation '{call.parts['operation']}' was not found.")
    return Answer(200, found["value"])


def _active(call: Call, named: str, place: str) -> Body:
    """Return a reservation of the call's order on which nothing else is in progress."""
    order, name = ids(named)
    if not name:
        raise bad_content(f"{place}: {named!r} is not the id of a reservation")
    if order != call.parts["order"]:
        message = f"The reservation '{name}' is not in the reservation order '{call.parts['order']}'."
        raise ArmError(400, "ReservationIdNotInReservationOrder", message)
    reservation = call.find_reservation(order, name)
    for thing, of in ((call.order(), order), (reservation, name)):
        state = thing["properties"].get("provisioningState")
        if state != "Succeeded":
            raise wrong_state(of, str(state))
    return reservation


def _begin(call: Call, sources: list[Body]) -> str:
    """Record the work in progress, and return the name of its result: a reservation and its etag meanwhile."""
    for source in sources:
        revisions.begin(call.world, source)
    begun = f"{sources[0]['name']}_{sources[0]['etag']}"
    # The first one has two revisions in progress, as recorded: its etag rises by three.
    revisions.begin(call.world, sources[0])
    return begun


def _child(call: Call, sources: list[Body], properties: Body) -> Body:
    child = descend(call.world, call.customer, sources, {**properties, "utilization": {"aggregates": []}})
    child["etag"] = 1
    return child


def _join(source: Body, key: str, told: Body) -> None:
    source["properties"][key] = (source["properties"].get(key) or {}) | told
    end(source)


def _born(call: Call, child: Body) -> Body:
    return revisions.finish(call.world, child)


def _gone(call: Call, source: Body, status: str) -> Body:
    return revisions.finish(call.world, source, _GONE[status])


def _answer(call: Call, kind: str, begun: str, told: list[Body]) -> Answer:
    order = call.parts["order"]
    kept = {"tenantId": call.customer.tenant, "value": [_as_reservation(one) for one in told]}
    call.world.memory("divisions")[f"{kind} {order} {begun.lower()}"] = kept
    call.world.touch(call.customer)
    path = f"/providers/Microsoft.Capacity/reservationorders/{order}/{kind}operationresults/{begun}"
    return Answer(200, told, {"Location": call.link(path)})


def _as_reservation(revision: Body) -> Body:
    """Return a revision in the other form: the reservation's own id, a name with the order, a day of expiry."""
    path = revision["id"].partition("/revisions/")[0]
    properties = dict(revision["properties"])
    expiry = properties.pop("expiryDateTime", None)
    if expiry:
        properties["expiryDate"] = expiry[:10]
    told = {"id": path, "name": "/".join(ids(path)), "type": "Microsoft.Capacity/reservationOrders/reservations"}
    return {**revision, **told, "properties": properties}


_ORDER = "/providers/Microsoft.Capacity/reservationOrders/{order}"
ROUTES = (
    Route("POST", f"{_ORDER}/split", split),
    Route("POST", f"{_ORDER}/merge", merge),
    Route("GET", f"{_ORDER}/splitoperationresults/{{operation}}", result),
    Route("GET", f"{_ORDER}/mergeoperationresults/{{operation}}", result),
)
