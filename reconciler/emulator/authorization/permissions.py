"""What the caller may do: GET permissions, and the check that every request has to pass.

An estate says it for each customer under ``caller``; where it does not, the caller may do everything. The Azure
Resource Manager derives an action from the address and the method of a request, and asks whether a role allows it.

Source: Microsoft Learn, "Permissions to view and manage Azure reservations": an Azure Lighthouse delegation gives
no right to reservations, and a guest account cannot refund or exchange. MicrosoftDocs/azure-docs issue 61495 and
Azure/azure-powershell issue 16807 for the refusal. That the usage of a reservation may be read by whoever may read
the reservation, and that anyone may ask for his own permissions and for the operations of the provider, is ours.
"""

import re

from ..bodies import Body
from ..calls import Answer, Call, Route
from ..errors import ArmError
from ..estate import Customer
from ..roles import BY_NAME, Role
from ..tokens import Identity
from .addresses import everywhere, scope

_FREE = ("microsoft.authorization/permissions/read", "microsoft.capacity/operations/read")
_AS = {"microsoft.consumption/reservationsummaries/read": "Microsoft.Capacity/reservationOrders/reservations/read"}
_NO_GUESTS = (
    "microsoft.capacity/reservationorders/calculaterefund/action",
    "microsoft.capacity/reservationorders/return/action",
    "microsoft.capacity/calculateexchange/action",
    "microsoft.capacity/exchange/action",
)
_VERBS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete", "POST": "action"}


def show(call: Call) -> Answer:
    """Answer with what each of the caller's roles allows."""
    scope(call)
    roles = _roles(call.customer)
    if roles is None:
        return Answer(200, {"value": [permission(("*",), ())]})
    return Answer(200, {"value": [permission(role.actions, role.not_actions) for role in roles]})


def permission(actions: tuple[str, ...], not_actions: tuple[str, ...]) -> Body:
    """Return actions in the form of the API; none is about data."""
    return {"actions": list(actions), "notActions": list(not_actions), "dataActions": [], "notDataActions": []}


def refuse(customer: Customer, route: Route, path: str, who: Identity) -> None:
    """Refuse a request that the caller may not make.

    Errors: ArmError 403 if none of its roles allows it, or if it is a guest who would refund or exchange.
    """
    action = action_of(route)
    if action.lower() in _FREE:
        return
    roles = _roles(customer)
    asked = _AS.get(action.lower(), action)
    guest = (customer.body.get("caller") or {}).get("guest") and action.lower() in _NO_GUESTS
    if not guest and (roles is None or any(role.allows(asked) for role in roles)):
        return
    raise not_authorized(who, action, _over(route, path))


def not_authorized(who: Identity, action: str, over: str) -> ArmError:
    """Return the refusal of an action over a scope, in the words of the Azure Resource Manager."""
    message = (
        f"The client '{who.client}' with object id '{who.object_id}' does not have authorization to perform action "
        f"'{action}' over scope '{over}' or the scope is invalid. If access was recently granted, "
        "please refresh your credentials."
    )
    return ArmError(403, "AuthorizationFailed", message, {"x-ms-failure-cause": "gateway"})


def action_of(route: Route) -> str:
    """Return the action that a route asks for, such as Microsoft.Capacity/reservationOrders/read."""
    named = route.path.rpartition("/providers/")[2]
    return "/".join([*re.sub(r"/\{\w+\}", "", named).split("/"), _VERBS[route.method]])


def _over(route: Route, path: str) -> str:
    """Return the resource that is asked for; a list and an action are asked of what holds them."""
    path = path.rstrip("/")
    return path if route.path.endswith("}") else path.rpartition("/")[0]


def _roles(customer: Customer) -> list[Role] | None:
    """Return the caller's roles for reservations, or None where nothing is said of them."""
    caller = customer.body.get("caller") or {}
    if caller.get("lighthouse"):
        return []
    names = caller.get("roles")
    return None if names is None else [BY_NAME[name] for name in names]


ROUTES = everywhere("GET", "permissions", show)
