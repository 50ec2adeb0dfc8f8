"""What becomes of a reservation when all or part of it is given back.

Source: recorded traffic of the Azure CLI's reservation tests: a reservation that is gone stays in the lists
as Cancelled, without capabilities and with no utilization; splitDestinations are bare GUIDs, splitSource is
a full id. Microsoft Learn, "Manage Azure reservations": a partial refund creates new reservations, and ids
change.
"""

import copy
from uuid import uuid4

from . import revisions
from .bodies import Body, ids
from .credits import Figures, Return
from .days import written
from .estate import Customer
from .world import World


def hold(world: World, given: Return) -> None:
    """Show the order and the reservation as in progress."""
    revisions.begin(world, given.reservation)
    given.order["etag"] = int(given.order.get("etag") or 0) + 1
    given.order["properties"]["provisioningState"] = "Pending"
    given.reservation["properties"] |= {"provisioningState": "Pending", "displayProvisioningState": "Pending"}


def give_back(world: World, customer: Customer, given: Return) -> None:
    """Cancel the reservation, leave the rest of it under a new id, and close an order that is empty."""
    properties = given.reservation["properties"]
    left = properties["quantity"] - given.quantity
    if left:
        rest = _remainder(world, customer, given.reservation, left)
        properties["splitProperties"] = (properties.get("splitProperties") or {}) | {"splitDestinations": [rest]}
    properties |= {"provisioningState": "Cancelled", "displayProvisioningState": "Cancelled"}
    properties |= {
        "renew": False,
        "userFriendlyRenewState": "NotApplicable",
        "utilization": {"aggregates": []},
    }
    properties.pop("capabilities", None)
    revisions.finish(world, given.reservation)
    _close(customer, given.order)
    world.touch(customer)


def book(customer: Customer, given: Return, pricing: Figures, exchange: bool) -> None:
    """Write the refund into the customer's history, in the pricing currency."""
    customer.rows("refunds").append(
        {
            "on": str(given.on),
            "reservationId": ids(given.reservation["id"])[1],
            "refund": pricing.refund.record(),
            "canceledCommitment": pricing.canceled_commitment.record(),
            "exchange": exchange,
        }
    )


def _remainder(world: World, customer: Customer, source: Body, quantity: int) -> str:
    """Put the rest of *source* into the world and return its new id."""
    order, old = ids(source["id"])
    new = str(uuid4())
    rest = copy.deepcopy(source)
    now = written(world.clock.now())
    rest |= {"id": _path("microsoft.capacity", order, new), "name": new, "etag": 2}
    rest["properties"] |= {
        "quantity": quantity,
        "provisioningState": "Succeeded",
        "displayProvisioningState": "Succeeded",
        "splitProperties": {"splitSource": _path("Microsoft.Capacity", order, old)},
        "effectiveDateTime": now,
        "lastUpdatedDateTime": now,
    }
    customer.add_reservation(rest)
    # What was used of the whole was used of the rest: a new id must not make it look untouched.
    hours = customer.used_hours(old)
    if hours is not None:
        customer.rows("usage").append({"reservationId": new, "usedHours": float(hours)})
    return new


def _path(provider: str, order: str, reservation: str) -> str:
    return f"/providers/{provider}/reservationOrders/{order}/reservations/{reservation}"


def _close(customer: Customer, order: Body) -> None:
    """Show the order as it stands: with what is left of it, or Cancelled with its instalments."""
    properties = order["properties"]
    siblings = customer.reservations_of(ids(order["id"])[0])
    states = {item["properties"].get("provisioningState") for item in siblings}
    left = states - {"Cancelled"}
    properties["provisioningState"] = ("Expired" if left == {"Expired"} else "Succeeded") if left else "Cancelled"
    order["etag"] = int(order.get("etag") or 0) + 1
    if properties["provisioningState"] == "Cancelled" and properties.get("planInformation"):
        plan = properties["planInformation"]
        for item in plan.get("transactions") or []:
            if item.get("status") == "Scheduled":
                item["status"] = "Cancelled"
        plan["nextPaymentDueDate"] = None
