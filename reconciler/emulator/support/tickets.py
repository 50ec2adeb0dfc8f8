"""Tickets: PUT, GET, list and PATCH supportTickets.

Source: API definition Microsoft.Support 2024-04-01 and recorded traffic of the Azure CLI's support tests: PUT is
answered with 202, an empty body and the addresses of an operation; the ticket then reads back with its display
names, its agreement on service and its number; the newest is first in the list; PATCH is answered at once, and a
status that it sets reads in its answer as it was sent ("closed"), later as "Closed".
"""

from itertools import count

from ..bodies import Body
from ..calls import Answer, Call
from ..days import instant
from ..errors import ArmError
from ..estate import Customer
from ..queries import page
from ..world import World
from . import contents, names, operations
from .addresses import PROVIDER, both, scope
from .filters import selected

_DEFAULT_PAGE, _LARGEST_PAGE = 25, 100
_FIRST_SERIAL = 10_000_001


def create(call: Call) -> Answer:
    """Accept a new ticket under the name that the client chose."""
    name = _name(call)
    if call.customer.tenant not in call.world.estate.customers:
        message = "The client does not have authorization to perform action 'Microsoft.Support/supportTickets/write'."
        raise ArmError(403, "AuthorizationFailed", message)
    number, now = _next_number(call.world), call.world.clock.now()
    properties = contents.new(call.body, number, now)
    names.refuse(call.world, call.customer, name)
    path = f"{scope(call)}{PROVIDER}/supportTickets/{name}"
    ticket = {"id": path, "name": name, "type": "Microsoft.Support/supportTickets", "properties": properties}
    return operations.begin(call, ticket)


def get(call: Call) -> Answer:
    """Answer with one ticket."""
    operations.look(call.world, call.customer, _name(call))
    return Answer(200, _find(call))


def list_tickets(call: Call) -> Answer:
    """Answer with the tickets of the tenant, or of a subscription, the newest first, a page at a time."""
    if "$skiptoken" not in call.query:
        operations.look(call.world, call.customer)
    rows = selected(_below(call), call.query.get("$filter", ""))
    # Turned round after the sort: of tickets of one second the later row is the later ticket.
    newest = sorted(rows, key=lambda row: instant(row["properties"]["createdDate"]))[::-1]
    size = _LARGEST_PAGE if call.query.get("$top") else _DEFAULT_PAGE
    value, link = page(call, newest, size, "$skiptoken", "$top")
    return Answer(200, {"value": value, **link})


def patch(call: Call) -> Answer:
    """Change what the request names, and answer with the whole ticket."""
    ticket = _find(call)
    changed = contents.changes(call.body, ticket["properties"])
    if not changed:
        return Answer(200, ticket)
    update(call.world, call.customer, ticket, changed)
    shown = {"status": call.body["status"]} if "status" in changed else {}
    return Answer(200, {**ticket, "properties": ticket["properties"] | shown})


def update(world: World, customer: Customer, ticket: Body, changed: Body) -> None:
    """Change properties of a ticket, now."""
    ticket["properties"] |= changed | {"modifiedDate": contents.seconds(world.clock.now())}
    world.touch(customer)


def _name(call: Call) -> str:
    # As it was sent: it reads back in the same case, although any case finds it.
    return call.path.rstrip("/").rpartition("/")[2]


def _below(call: Call) -> list[Body]:
    """Return the tickets of the call's tenant, or of its subscription."""
    path = f"{scope(call)}{PROVIDER}/supportTickets/".lower()
    return [row for row in call.customer.body.get("supportTickets") or [] if row["id"].lower().startswith(path)]


def _find(call: Call) -> Body:
    name = _name(call)
    for row in _below(call):
        if row["name"].lower() == name.lower():
            return row
    # The code is ours: the Azure Resource Manager's for what is not there.
    raise ArmError(404, "ResourceNotFound", f"The support ticket '{name}' was not found.")


def _next_number(world: World) -> str:
    """Return a supportTicketId that no ticket has: the day and ten digits, as recorded."""
    taken, day = operations.numbers(world), f"{world.clock.today():%y%m%d}"
    drawn = (f"{day}{serial:010d}" for serial in count(_FIRST_SERIAL))
    return next(number for number in drawn if number not in taken)


ROUTES = (
    *both("GET", "/supportTickets", list_tickets),
    *both("PUT", "/supportTickets/{name}", create),
    *both("GET", "/supportTickets/{name}", get),
    *both("PATCH", "/supportTickets/{name}", patch),
)
