"""The support agent: works on a ticket, and closes it.

Microsoft's agent reads a ticket and refunds or exchanges what it asks for, or declines to. Here a test says which,
and the refund is made by the code, and to the cent with the figures, of a return through the API at this instant.
What a client may not do itself support does; but the cap, and the rules of an exchange, bind support as well.
"""

from typing import Any

from ..bodies import Body, ids
from ..calls import Answer, Call
from ..caps import over_the_cap
from ..credits import Return, worth
from ..errors import SUPPORT_MAY, ArmError
from ..estate import Customer
from ..exchange_steps import STATUSES, reach
from ..exchanges import priced, terms_of, valued
from ..lineage import hold
from ..refunds import find
from ..returns import complete, refuse_busy, take_back
from ..shapes import require
from ..world import World
from . import operations, tickets
from .descriptions import Target, read

_OUTCOME = {"outcome!": ("refunded", "declined"), "quantity": int}


def decide(world: World, name: str, body: Any) -> Answer:
    """Answer ``POST /_emulator/support/{name}``: give a ticket its outcome, and answer with it as it stands then.

    *name* is the ticket's name or its supportTicketId. With a ``quantity`` the agent gives back that many units of
    each reservation, whatever was asked for. Where the outcome cannot be given the ticket stays as it is:
    404 for an unknown ticket; 409 for a closed one, and for a refund that is not possible.
    """
    try:
        decided = require(body, _OUTCOME)
        customer, ticket = _find(world, name)
        if ticket["properties"]["status"].lower() == "closed":
            raise ArmError(409, "TicketClosed", f"The support ticket '{name}' is closed already.")
        if decided["outcome"] == "refunded":
            _carry_out(world, customer, ticket["properties"]["description"], decided.get("quantity"))
    except ArmError as error:
        return Answer(error.status, error.body())
    tickets.update(world, customer, ticket, {"status": "Closed"})
    return Answer(200, ticket)


def _find(world: World, name: str) -> tuple[Customer, Body]:
    """Return a ticket and whose it is; one that is still being created is there by the time an agent reads it."""
    found = []
    for customer in world.estate.customers.values():
        operations.finish(world, customer)
        for row in customer.body.get("supportTickets") or []:
            if name.lower() in (row["name"].lower(), row["properties"]["supportTicketId"].lower()):
                found.append((customer, row))
    if not found:
        raise ArmError(404, "ResourceNotFound", f"The support ticket '{name}' was not found.")
    if len(found) > 1:
        message = f"{len(found)} tenants have a support ticket '{name}': say which one by its supportTicketId."
        raise ArmError(409, "AmbiguousTicket", message)
    return found[0]


def _carry_out(world: World, customer: Customer, description: str, quantity: int | None) -> None:
    """Do what a description asks for, all of it, but with another *quantity* where one is given.

    Errors: ArmError 409 if any of it is not possible; then nothing is done.
    """
    call = Call(world, customer, "", "", "", {}, {}, None)
    try:
        wanted = read(description, customer)
        if not wanted.targets:
            message = f"The description names no reservation of the tenant '{customer.tenant}'."
            raise ArmError(409, "ReservationNotFound", message)
        targets = [Target(item.reservation, quantity or item.quantity) for item in wanted.targets]
        returns = [_held(call, target) for target in targets]
        for item in returns:
            refuse_busy(item)
        if wanted.exchange:
            _exchange(call, returns, wanted.purchases)
        else:
            _refund(call, returns)
    except ArmError as error:
        raise ArmError(409, error.code, error.message) from None


def _held(call: Call, target: Target) -> Return:
    reservation = call.customer.reservations[target.reservation]
    held = reservation["properties"].get("quantity") or 0
    quantity = held if target.quantity is None else target.quantity
    return find(call, {"reservationId": reservation["id"], "quantity": quantity})


def _refund(call: Call, returns: list[Return]) -> None:
    world, customer, service = call.world, call.customer, call.world.estate.service
    figures = [worth(customer, item, service).pricing for item in returns]
    for error in over_the_cap(customer, service, world.clock.today(), figures):
        raise ArmError(409, error["code"], error["message"])
    for item, pricing in zip(returns, figures, strict=True):
        order, reservation = ids(item.reservation["id"])
        take_back(world, customer, item, pricing)
        complete(world, customer, {"order": order, "reservation": reservation, "quantity": item.quantity})


def _exchange(call: Call, returns: list[Return], purchases: list[Body]) -> None:
    if not purchases:
        raise ArmError(409, "InvalidRequestContent", "The description names nothing to purchase.")
    given = valued(call, returns)
    terms = terms_of(call, given, priced(call, given, purchases))
    for error in terms["properties"]["policyResult"]["policyErrors"] or []:
        if error["code"] not in SUPPORT_MAY:
            raise ArmError(409, error["code"], error["message"])
    for item in returns:
        hold(call.world, item)
    for status in dict.fromkeys(STATUSES):
        reach(call.world, call.customer, terms | {"status": status})
    call.world.touch(call.customer)
