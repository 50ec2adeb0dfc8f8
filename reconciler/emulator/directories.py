"""Moving an order to another tenant: POST changeDirectory.

Source: API definition Microsoft.Capacity 2022-11-01 and recorded traffic of the Azure CLI's reservation tests:
the verdict stands for each item inside a 200, with bare ids and without ``error`` where it succeeded. Microsoft
Learn, "Manage Azure reservations": the whole order moves with its reservations, and who had access to it before
loses it. The words of an error are ours.
"""

from .bodies import Body, ids
from .calls import Answer, Call, Route, is_guid
from .errors import ArmError, wrong_state
from .estate import Customer
from .shapes import require

_BUSY = ("Creating", "Pending", "PendingCapacity", "ConfirmedCapacity", "PendingBilling", "ConfirmedBilling")


def change(call: Call) -> Answer:
    """Move the order to a tenant of this estate; to another it cannot be moved."""
    order = call.order()
    tenant = require(call.body, {"destinationTenantId!": str})["destinationTenantId"].lower()
    if not is_guid(tenant):
        raise ArmError(400, "InvalidTenantId", f"The tenant id '{tenant}' is invalid.")
    reservations = call.customer.reservations_of(call.parts["order"])
    for thing in (order, *reservations):
        state = str(thing["properties"].get("provisioningState"))
        if state in _BUSY:
            raise wrong_state(thing["name"], state)
    destination = call.world.estate.customers.get(tenant)
    error = None
    if destination is None:
        error = f"The destination tenant '{tenant}' was not found."
    elif destination is call.customer:
        error = f"The reservation order is in the tenant '{tenant}' already."
    else:
        _move(call, destination)
    verdicts = [_verdict(item, ids(item["id"])[1], error) for item in reservations]
    return Answer(200, {"reservationOrder": _verdict(order, call.parts["order"], error), "reservations": verdicts})


def _verdict(thing: Body, name: str, error: str | None) -> Body:
    verdict = {"id": name, "name": thing["properties"].get("displayName"), "isSucceeded": error is None}
    return verdict | ({"error": error} if error else {})


def _move(call: Call, destination: Customer) -> None:
    call.customer.give_order(call.parts["order"], destination)
    for customer in (call.customer, destination):
        call.world.touch(customer)


ROUTES = (Route("POST", "/providers/Microsoft.Capacity/reservationOrders/{order}/changeDirectory", change),)
