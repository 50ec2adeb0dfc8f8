"""Tickets that are being created: GET operationsStatus and GET operationResults.

A ticket stands after two looks, as an exchange does after a few: at its operation, at the ticket, or at the list
that it will be in. A client that died after its PUT and comes back to look for the ticket thus finds it.

Source: recorded traffic of the Azure CLI's support tests: a status of InProgress, half a minute later Succeeded with
the ticket's id; ``id`` is the address as it was asked for; the address carries a signature of about 3,000
characters.
"""

import hashlib
from base64 import urlsafe_b64encode
from uuid import uuid4

from ..bodies import Body
from ..calls import Answer, Call
from ..days import instant, written
from ..errors import ArmError
from ..estate import Customer
from ..world import World
from .addresses import PROVIDER, both, scope

_LOOKS = 2
# Bytes of the certificate, the signature and the hash in a recorded address.
_SIGNED = {"c": 1868, "s": 256, "h": 32}
# Of .NET: steps of 100 nanoseconds since the year 1.
_TICKS_BEFORE_1970 = 621_355_968_000_000_000


def begin(call: Call, ticket: Body) -> Answer:
    """Begin to create *ticket*, and return the 202 that says where to poll."""
    operation = str(uuid4())
    call.world.memory("support")[operation] = {
        "tenantId": call.customer.tenant,
        "scope": scope(call),
        "startedAt": written(call.world.clock.now()),
        "looks": _LOOKS + call.world.lingering,
        "ticket": ticket,
    }
    return Answer(202, None, _addresses(call, operation))


def in_progress(world: World, customer: Customer) -> list[Body]:
    """Return the customer's tickets that are not there yet."""
    return [item["ticket"] for item in _waiting(world, customer)]


def look(world: World, customer: Customer, name: str | None = None) -> None:
    """Count one look at the ticket of this name (None: at every ticket), and let it stand when it is due."""
    for item in _waiting(world, customer):
        if name is None or item["ticket"]["name"].lower() == name.lower():
            _advance(world, customer, item)


def finish(world: World, customer: Customer) -> None:
    """Let every ticket of a customer stand now."""
    while _waiting(world, customer):
        look(world, customer)


def status(call: Call) -> Answer:
    """Answer how far the creation of a ticket is; each poll takes it one step further."""
    found = _polled(call)
    if found["looks"]:
        return Answer(200, {"id": call.url, "status": "InProgress"})
    properties = {"supportTicketCreationWarning": "", "supportTicketId": _number(found["ticket"])}
    return Answer(200, {"id": call.url, "status": "Succeeded", "properties": properties})


def result(call: Call) -> Answer:
    """Answer with the ticket once it is created, and until then where to poll.

    No recording shows a poll of this address; the answer is that of the Azure Resource Manager's contract for
    asynchronous operations.
    """
    found = _polled(call)
    if found["looks"]:
        return Answer(202, None, _addresses(call, call.parts["operation"]))
    rows = call.customer.body["supportTickets"]
    return Answer(200, next(row for row in rows if _number(row) == _number(found["ticket"])))


def numbers(world: World) -> set[str]:
    """Return the supportTicketId of every ticket of every tenant."""
    standing = [
        row for customer in world.estate.customers.values() for row in customer.body.get("supportTickets") or []
    ]
    return {_number(row) for row in standing + [item["ticket"] for item in world.estate.memory("support").values()]}


def _waiting(world: World, customer: Customer) -> list[Body]:
    found = world.estate.memory("support").values()
    return [item for item in found if item["tenantId"] == customer.tenant and item["looks"]]


def _advance(world: World, customer: Customer, item: Body) -> None:
    world.memory("support")
    item["looks"] -= 1
    if not item["looks"]:
        customer.rows("supportTickets").append(item["ticket"])
        # The ticket changes from here on; what is left of it says only which one it is.
        item["ticket"] = {"properties": {"supportTicketId": _number(item["ticket"])}}
        world.touch(customer)


def _polled(call: Call) -> Body:
    operation = call.parts["operation"]
    found: Body | None = call.world.estate.memory("support").get(operation)
    if found is None or (found["tenantId"], found["scope"]) != (call.customer.tenant, scope(call)):
        raise ArmError(404, "NotFound", f"The operation '{operation}' was not found.")
    signature = _signature(operation, found["startedAt"])
    if {name: call.query.get(name) for name in signature} != signature:
        # Our own refusal: it catches a client that does not keep the address as it was given.
        message = "The signature of the operation's address is missing or was changed; poll the address as given."
        raise ArmError(403, "Forbidden", message)
    if found["looks"]:
        _advance(call.world, call.customer, found)
    return found


def _addresses(call: Call, operation: str) -> dict[str, str]:
    started = call.world.estate.memory("support")[operation]["startedAt"]
    query = "".join(f"&{name}={value}" for name, value in _signature(operation, started).items())
    path = f"{scope(call)}{PROVIDER}"
    return {
        "Azure-AsyncOperation": call.link(f"{path}/operationsStatus/{operation}") + query,
        "Location": call.link(f"{path}/operationResults/{operation}") + query,
    }


def _signature(operation: str, started: str) -> dict[str, str]:
    """Return what the query of an operation's address is signed with.

    It is worked out anew each time: nothing signed is kept in the estate.
    """
    ticks = _TICKS_BEFORE_1970 + round(instant(started).timestamp() * 1_000_000) * 10
    parts = {"t": str(ticks)}
    for name, size in _SIGNED.items():
        drawn = hashlib.shake_256(f"{name} {operation} {started}".encode()).digest(size)
        parts[name] = urlsafe_b64encode(drawn).decode().rstrip("=")
    return parts


def _number(ticket: Body) -> str:
    number: str = ticket["properties"]["supportTicketId"]
    return number


ROUTES = (
    *both("GET", "/operationsStatus/{operation}", status),
    *both("GET", "/operationResults/{operation}", result),
)
