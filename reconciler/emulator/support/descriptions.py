"""What a ticket's description asks for, read as a person would.

A request names reservations, each followed by a quantity, and, for an exchange, what to buy instead; every other
text is passed over:

    Request: exchange
    Reservation ID: 0e0e0e0e-0000-0000-0000-000000000001
    Quantity: 2 of 5
    Purchase: 4 x Standard_D4s_v5, VirtualMachines, westeurope, P3Y, Monthly, Shared, subscription GUID, name vm-new
"""

import re
from dataclasses import dataclass
from itertools import zip_longest

from ..bodies import Body
from ..errors import bad_content
from ..estate import Customer
from ..purchases import PURCHASE_SHAPE, normalized
from ..shapes import require

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_ANY_GUID = re.compile(rf"(?<![0-9a-z-]){_GUID}(?![0-9a-z-])", re.I)
_QUANTITY = re.compile(r"\bquantity\s*:\s*(\d+)", re.I)
_REQUEST = re.compile(r"^\W*request\s*:\s*(refund|exchange)\b", re.I | re.M)
_PURCHASE = re.compile(r"^\W*purchase\s*:(.*)$", re.I | re.M)
_COUNTED = re.compile(r"(\d+)\s*x\s*(\S+)", re.I)
_SCOPE = re.compile(
    rf"(?P<shared>Shared)|Single (?P<single>{_GUID})|ResourceGroup (?P<group>/\S+)|ManagementGroup (?P<management>.+)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A reservation to give back, by its id in lower case, and how many of it; None: all that it holds."""

    reservation: str
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Request:
    """What a description asks for: an exchange into ``purchases``, or a refund."""

    exchange: bool
    targets: list[Target]
    purchases: list[Body]


def read(description: str, customer: Customer) -> Request:
    """Return what *description* asks for, of this customer's reservations.

    Without a line that says which, it is an exchange when it names something to buy.
    Errors: ArmError 400 if a line of a purchase cannot be read: fewer things must not be bought than were asked for.
    """
    said = _REQUEST.search(description)
    lines = _PURCHASE.findall(description)
    exchange = said[1].lower() == "exchange" if said else bool(lines)
    purchases = [_purchase(line.strip(), customer) for line in lines] if exchange else []
    return Request(exchange, _targets(description, customer), purchases)


def _targets(description: str, customer: Customer) -> list[Target]:
    """Return the reservations in the order in which they are first named.

    A quantity belongs to the reservation that was named last before it; the first one counts.
    """
    known = customer.reservations
    found = [match for match in _ANY_GUID.finditer(description) if match[0].lower() in known]
    quantities: dict[str, int | None] = {}
    for match, after in zip_longest(found, found[1:]):
        end = after.start() if after else len(description)
        name, quantity = match[0].lower(), _QUANTITY.search(description, match.end(), end)
        if quantities.get(name) is None:
            quantities[name] = int(quantity[1]) if quantity else None
    return [Target(name, quantity) for name, quantity in quantities.items()]


def _purchase(line: str, customer: Customer) -> Body:
    """Return the purchase that a line names, as a client of the API would send it."""
    first, *rest = [part.strip() for part in line.split(",")]
    counted, named = _COUNTED.fullmatch(first), dict(_named(part) for part in rest[5:])
    scope = _SCOPE.fullmatch(rest[4]) if len(rest) > 4 else None
    if counted is None or scope is None or not re.fullmatch(_GUID, named.get("subscription", ""), re.I):
        raise bad_content(f"the purchase {line!r} cannot be read")
    kind, location, term, plan = rest[:4]
    properties = {
        "reservedResourceType": kind,
        "billingScopeId": f"/subscriptions/{named['subscription']}",
        "term": term.upper(),
        "billingPlan": plan.capitalize(),
        "quantity": int(counted[1]),
        "renew": False,
        **({"displayName": named["name"]} if named.get("name") else {}),
        **_scope(scope, customer),
    }
    purchase = {"sku": {"name": counted[2]}, "location": location, "properties": properties}
    return normalized(require(purchase, PURCHASE_SHAPE))


def _named(part: str) -> tuple[str, str]:
    word, _, value = part.partition(" ")
    return word.lower(), value.strip()


def _scope(scope: re.Match[str], customer: Customer) -> Body:
    if scope["shared"]:
        return {"appliedScopeType": "Shared"}
    if scope["management"]:
        details = {"tenantId": customer.tenant, "managementGroupId": scope["management"]}
        return {"appliedScopeType": "ManagementGroup", "appliedScopeProperties": details}
    if scope["group"]:
        return {"appliedScopeType": "Single", "appliedScopeProperties": {"resourceGroupId": scope["group"]}}
    details = {"subscriptionId": f"/subscriptions/{scope['single']}"}
    return {"appliedScopeType": "Single", "appliedScopeProperties": details}
