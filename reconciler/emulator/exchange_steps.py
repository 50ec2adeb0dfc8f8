"""How an exchange comes about, step by step: refunds first, purchases after.

Source: recorded traffic of the Azure CLI's reservation tests: PendingRefunds, minutes later PendingPurchases,
then Succeeded; the result names what was bought.
"""

from uuid import uuid4

from . import savings_plans
from .bodies import Body
from .credits import Figures, Return
from .estate import Customer
from .fulfilment import Bought, create, fulfil
from .lineage import book, give_back
from .prices import Price
from .world import World

STATUSES = ["PendingRefunds", "PendingRefunds", "PendingPurchases", "PendingPurchases", "Succeeded"]


def reach(world: World, customer: Customer, operation: Body) -> None:
    """Let what an operation's new status says come about; a calculation changes nothing."""
    step = _STEPS.get(operation["status"])
    if step and "returns" in operation:
        step(world, customer, operation)


def _refund(world: World, customer: Customer, operation: Body) -> None:
    for item in operation["returns"]:
        order, reservation = customer.orders[item["order"]], customer.reservations[item["reservation"]]
        given = Return(order, reservation, item["quantity"], world.clock.today())
        give_back(world, customer, given)
        book(customer, given, Figures.read(item["pricing"]), exchange=True)
    _mark(operation, "reservationsToExchange")


def _purchase(world: World, customer: Customer, operation: Body) -> None:
    bought = operation["properties"]["reservationsToPurchase"]
    for item, shown in zip(operation["purchases"], bought, strict=True):
        one = Bought(item["purchase"], Price.read(item), str(uuid4()), str(uuid4()))
        now = world.clock.now()
        body = create(world, customer, one, now)
        fulfil(world, customer, one, now)
        shown["reservationOrderId"] = body["id"]
        shown["reservationId"] = f"{body['id']}/reservations/{one.reservation}"
    for shown in operation["properties"].get("savingsPlansToPurchase") or []:
        savings_plans.name(shown)
    _mark(operation, "reservationsToPurchase")
    _mark(operation, "savingsPlansToPurchase")


def _mark(operation: Body, name: str) -> None:
    for item in operation["properties"].get(name) or []:
        item["status"] = "Succeeded"


_STEPS = {"PendingPurchases": _refund, "Succeeded": _purchase}
