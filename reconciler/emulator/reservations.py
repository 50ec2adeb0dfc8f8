"""Reading orders and reservations.

Source: recorded traffic of the Azure CLI's reservation tests: orders come in pages of 50, with nextLink the
same URL and ``&%24skiptoken=50``; the last page has none; cancelled items are in the lists; planInformation
and renewProperties are there only when expanded.
"""

from typing import Any

from .bodies import Body
from .calls import Answer, Call, Route
from .progress import observe
from .queries import ordered, page, selected, summary

ORDERS_A_PAGE = 50
RESERVATIONS_A_PAGE = 100


def list_orders(call: Call) -> Answer:
    """Answer with the tenant's orders, a page at a time."""
    if "$skiptoken" not in call.query:
        observe(call)
    value, link = page(call, call.customer.body["reservationOrders"], ORDERS_A_PAGE)
    return Answer(200, {"value": [_order(order, "") for order in value], **link})


def list_reservations(call: Call) -> Answer:
    """Answer with the reservations of all the tenant's orders, a page at a time."""
    if "$skiptoken" not in call.query:
        observe(call)
    everything = call.customer.body["reservations"]
    value, link = page(call, ordered(call, selected(call, everything)), RESERVATIONS_A_PAGE)
    body: dict[str, Any] = {"value": [_reservation(item, "") for item in value], **link}
    if call.query.get("refreshsummary", "").lower() == "true":
        body["summary"] = summary(everything)
    return Answer(200, body)


def get_order(call: Call) -> Answer:
    """Answer with one order."""
    order = call.order()
    observe(call, call.parts["order"])
    return Answer(200, _order(order, call.query.get("$expand", "")))


def list_of_order(call: Call) -> Answer:
    """Answer with the reservations of one order."""
    call.order()
    observe(call, call.parts["order"])
    items = call.customer.reservations_of(call.parts["order"])
    return Answer(200, {"value": [_reservation(item, "") for item in items]})


def get_reservation(call: Call) -> Answer:
    """Answer with one reservation."""
    reservation = call.reservation()
    observe(call, call.parts["order"])
    return Answer(200, _reservation(reservation, call.query.get("$expand", "")))


def _order(order: Body, expand: str) -> Body:
    # The definition's own example expands by "schedule"; the documented value is planInformation.
    return _without(order, "" if expand.lower() in ("planinformation", "schedule") else "planInformation")


def _reservation(reservation: Body, expand: str) -> Body:
    return _without(reservation, "" if expand.lower() == "renewproperties" else "renewProperties")


def _without(thing: Body, name: str) -> Body:
    properties = thing["properties"]
    if name not in properties:
        return thing
    return {**thing, "properties": {key: value for key, value in properties.items() if key != name}}


_ORDERS = "/providers/Microsoft.Capacity/reservationOrders"
ROUTES = (
    Route("GET", _ORDERS, list_orders),
    Route("GET", "/providers/Microsoft.Capacity/reservations", list_reservations),
    Route("GET", f"{_ORDERS}/{{order}}", get_order),
    Route("GET", f"{_ORDERS}/{{order}}/reservations", list_of_order),
    Route("GET", f"{_ORDERS}/{{order}}/reservations/{{reservation}}", get_reservation),
)
