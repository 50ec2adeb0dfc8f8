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
        source = full_id("Microsoft.Capacity", *ids(given.reservation["id"]))
        changed = {"quantity": left, "splitProperties": {"splitSource": source}}
        rest = descend(world, customer, [given.reservation], changed)
        told = {"splitDestinations": [rest["name"]]}
        properties["splitProperties"] = (properties.get("splitProperties") or {}) | told
    end(given.reservation)
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


def descend(world: World, customer: Customer, sources: list[Body], properties: Body) -> Body:
    """Put what became of *sources* into the world under a new id, and return it.

    It is as the first of them, apart from *properties*; what it descends from is told there.
    """
    order, _ = ids(sources[0]["id"])
    new, now = str(uuid4()), written(world.clock.now())
    child = copy.deepcopy(sources[0])
    child |= {"id": full_id("microsoft.capacity", order, new), "name": new, "etag": 2}
    for key in ("splitProperties", "mergeProperties", "swapProperties"):
        child["properties"].pop(key, None)
    child["properties"] |= {
        "provisioningState": "Succeeded",
        "displayProvisioningState": "Succeeded",
        "effectiveDateTime": now,
        "lastUpdatedDateTime": now,
        **properties,
    }
    customer.add_reservation(child)
    # What was used of the whole was used of the rest: a new id must not make it look untouched.
    hours = [customer.used_hours(ids(source["id"])[1]) for source in sources]
    known = [one for one in hours if one is not None]
    if known and (len(known) == len(hours) or max(known)):
        customer.rows("usage").append({"reservationId": new, "usedHours": float(max(known))})
    return child


def end(reservation: Body) -> None:
    """Let a reservation read as one that is gone."""
    properties = reservation["properties"]
    properties |= {"provisioningState": "Cancelled", "displayProvisioningState": "Cancelled"}
    properties |= {
        "renew": False,
        "userFriendlyRenewState": "NotApplicable",
        "utilization": {"aggregates": []},
    }
    properties.pop("capabilities", None)


def full_id(provider: str, order: str, reservation: str) -> str:
    """Return the full id of a reservation, with the name of the provider in the case that is asked for."""
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
