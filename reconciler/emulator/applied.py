"""Which orders a subscription benefits from: GET appliedReservations.

Source: recorded traffic of the Azure CLI's reservation tests: full ids of orders with a small "orders", and 417
of them without a nextLink. API definition Microsoft.Capacity 2022-11-01: the pages are inside the properties. The
size of a page is ours. The estate does not know which subscriptions are in a management group: all of them.
"""

from .bodies import Body, ids
from .calls import Answer, Call, Route
from .queries import page

ORDERS_A_PAGE = 500


def show(call: Call) -> Answer:
    """Answer with the orders that have an active reservation which applies to the subscription."""
    subscription = call.subscription()
    found = {ids(item["id"])[0]: None for item in call.customer.body["reservations"] if _applies(item, subscription)}
    value, link = page(call, [{"order": order} for order in found], ORDERS_A_PAGE)
    orders = [f"/providers/Microsoft.Capacity/reservationorders/{one['order']}" for one in value]
    body = {
        "id": f"/subscriptions/{subscription}/providers/microsoft.capacity/AppliedReservations/default",
        "type": "Microsoft.Capacity/AppliedReservations",
        "name": "default",
        "properties": {"reservationOrderIds": {"value": orders, **link}},
    }
    return Answer(200, body)


def _applies(reservation: Body, subscription: str) -> bool:
    properties = reservation["properties"]
    if properties.get("provisioningState") != "Succeeded":
        return False
    if properties.get("appliedScopeType") != "Single":
        return True
    details = properties.get("appliedScopeProperties") or {}
    places = [details.get("subscriptionId"), details.get("resourceGroupId"), *(properties.get("appliedScopes") or [])]
    return any(f"{place}/".lower().startswith(f"/subscriptions/{subscription}/") for place in places if place)


ROUTES = (Route("GET", "/subscriptions/{subscription}/providers/Microsoft.Capacity/appliedReservations", show),)
