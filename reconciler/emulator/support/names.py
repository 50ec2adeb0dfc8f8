"""Names of tickets: what they may be, and POST checkNameAvailability.

A name is chosen by the client and is good once in a tenant, for ever: it is the natural key by which a client that
lost an answer finds out whether its ticket was created. The definition asks for uniqueness in a subscription or in
the tenant; that one tenant's forms share their names is our own, stricter choice.

Source: recorded traffic of the Azure CLI's support tests for the refusal of a name, in its own words; the
definition's example CheckNameAvailability for a name in use.
"""

import re

from ..bodies import Body
from ..calls import Answer, Call
from ..errors import ArmError
from ..estate import Customer
from ..shapes import require
from ..world import World
from . import operations
from .addresses import both

_REQUEST = {"name!": str, "type!": ("Microsoft.Support/supportTickets", "Microsoft.Support/communications")}
# The recorded words quote nothing between ':' and '?'; the Azure Resource Manager forbids a backslash in any name.
_FORBIDDEN = re.compile(r"[<>%&:\\?/\x00-\x1f\x7f-\x9f]")
_RULES = (
    "The name cannot include: '<', '>', '%', '&', ':', '', '?', '/' or any control characters. "
    "It cannot be all digits and cannot start with 'tmp-'. The max length is 255 characters."
)


def check(call: Call) -> Answer:
    """Answer whether a ticket could have this name."""
    name = require(call.body, _REQUEST)["name"]
    return Answer(200, _verdict(call.world, call.customer, name))


def refuse(world: World, customer: Customer, name: str) -> None:
    """Refuse a name that breaks the rules, or that a ticket of this tenant has.

    Both refusals are ours, as no recording shows them: the code of the first is recorded for the name of a
    communication, the second is the Azure Resource Manager's for what exists already.
    """
    if not _allowed(name):
        raise ArmError(400, "ResourceNameInvalid", f"Resource name is invalid. {_RULES}")
    if _taken(world, customer, name):
        raise ArmError(409, "Conflict", f"A support ticket with the name '{name}' exists already.")


def _verdict(world: World, customer: Customer, name: str) -> Body:
    if not _allowed(name):
        message = f"Name {name} is invalid. {_RULES}"
        return {"message": message, "nameAvailable": False, "reason": "Invalid"}
    if _taken(world, customer, name):
        return {"nameAvailable": False, "reason": "Name is already in use", "message": "Name not available"}
    return {"nameAvailable": True}


def _allowed(name: str) -> bool:
    start_is_free = not name.lower().startswith("tmp-")
    return 0 < len(name) <= 255 and start_is_free and not name.isdigit() and not _FORBIDDEN.search(name)


def _taken(world: World, customer: Customer, name: str) -> bool:
    tickets = [*(customer.body.get("supportTickets") or []), *operations.in_progress(world, customer)]
    return name.lower() in {ticket["name"].lower() for ticket in tickets}


ROUTES = both("POST", "/checkNameAvailability", check)
