"""Returns: POST return, and what becomes of it.

Source: API definition Microsoft.Capacity 2022-11-01 and recorded traffic of the Azure CLI's reservation
tests: 202 with the quote again as its body and the order itself as Location, no Azure-AsyncOperation, no
Retry-After.
"""

from . import sessions
from .bodies import Body, ids
from .calls import Answer, Call, Route
from .caps import policy_result
from .credits import Figures, Return
from .errors import ArmError, session_error, wrong_state
from .estate import Customer
from .lineage import book, give_back, hold
from .pending import accept
from .refunds import RETURNED, find
from .shapes import require
from .world import World

_REQUEST = {"properties!": {"sessionId!": str, "scope": str, "reservationToReturn!": RETURNED, "returnReason": str}}


def give(call: Call) -> Answer:
    """Accept the return that a live session quoted, if the cap still allows it."""
    properties = require(call.body, _REQUEST)["properties"]
    asked, session = properties["reservationToReturn"], properties["sessionId"]
    call.order()
    terms = sessions.live(call.world, call.customer, "refund", session)
    wanted = (*ids(asked["reservationId"]), asked["quantity"])
    if wanted != (terms["order"], terms["reservation"], terms["quantity"]) or wanted[0] != call.parts["order"]:
        raise session_error("other", session)
    given = find(call, asked)
    refuse_busy(given)
    pricing = Figures.read(terms["pricing"])
    result = policy_result(call.customer, call.world.estate.service, given, pricing)
    for error in result["properties"]["policyErrors"]:
        raise ArmError(400, error["code"], error["message"])
    sessions.spend(call.world, session)
    take_back(call.world, call.customer, given, pricing)
    kept = {name: terms[name] for name in ("order", "reservation", "quantity")}
    accept(call.world, call.customer, "return", kept)
    location = call.link(f"/providers/Microsoft.Capacity/reservationOrders/{call.parts['order']}")
    return Answer(202, terms["answer"], {"Location": location})


def refuse_busy(given: Return) -> None:
    """Refuse to give back from an order of which something else is still being given back."""
    if given.order["properties"].get("provisioningState") == "Pending":
        raise wrong_state(ids(given.order["id"])[0], "Pending")


def take_back(world: World, customer: Customer, given: Return, pricing: Figures) -> None:
    """Hold what is given back, and book its refund against the cap; ``complete`` lets it take effect."""
    hold(world, given)
    book(customer, given, pricing, exchange=False)
    world.touch(customer)


def complete(world: World, customer: Customer, terms: Body) -> None:
    """Let an accepted return take effect."""
    order, reservation = customer.orders[terms["order"]], customer.reservations[terms["reservation"]]
    give_back(world, customer, Return(order, reservation, terms["quantity"], world.clock.today()))


ROUTES = (Route("POST", "/providers/Microsoft.Capacity/reservationOrders/{order}/return", give),)
