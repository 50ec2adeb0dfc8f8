"""What an identity may do on a customer's orders, and which role is missing.

Source: Microsoft Learn, "Permissions to view and manage Azure reservations" and "Azure built-in roles";
Partner Center, "Manage, cancel, exchange, or refund Microsoft Azure reservations": the roles that its page
names; Microsoft Learn, "View Azure reservations as a Cloud Solution Provider": Azure Lighthouse and guests.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reconciler.model import desired
from reconciler.model.checkup import Checkup, Permission
from reconciler.model.desired import Wanted
from reconciler.views.doctor.checks import Check, State, well

_ORDERS = "Microsoft.Capacity/reservationOrders"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
PAGE_ROLES = "Admin agent, Global admin, Helpdesk agent, Sales agent, User management admin"
REMINDER = (
    f"Partner Center's page names the roles {PAGE_ROLES}. An Admin agent has rights in the customer's tenant unless "
    "the customer removed them; a Helpdesk agent or Sales agent needs a role there as well; a Global admin or User "
    "management admin can make somebody an Admin agent. Roles by Azure Lighthouse do not work for reservations, and "
    "a guest account in the customer's tenant cannot refund or exchange, not even an Admin agent's"
)


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is done on an order, the actions of Azure that it takes, and the roles that have them."""

    name: str
    actions: tuple[str, ...]
    roles: str


PLAN = Need(
    name="plan",
    actions=(f"{_ORDERS}/read", f"{_ORDERS}/reservations/read"),
    roles="Reservations Reader on the order (or Admin agent)",
)
UPDATE = Need(
    name="scope, rename and renew",
    actions=(f"{_ORDERS}/reservations/write",),
    roles="Reservations Administrator, Contributor or Owner on the order (or Admin agent)",
)
GIVE_BACK = Need(
    name="return and exchange",
    actions=(
        f"{_ORDERS}/calculateRefund/action",
        f"{_ORDERS}/return/action",
        "Microsoft.Capacity/calculateExchange/action",
        "Microsoft.Capacity/exchange/action",
    ),
    roles="Reservations Administrator or Owner on the order (or Admin agent)",
)
ACCESS = Need(
    name="access",
    actions=tuple(f"{_ASSIGNMENTS}/{verb}" for verb in ("read", "write", "delete")),
    roles="Reservations Administrator, User Access Administrator or Owner on the order (or Admin agent)",
)
SUPPORT = Need(
    name="support requests",
    actions=("Microsoft.Support/supportTickets/write",),
    roles="Support Request Contributor, Contributor or Owner (or Admin agent)",
)


def right_checks(customer: desired.Customer, found: Checkup) -> Iterator[Check]:
    """Judge every right; one that is missing is a problem where the customer's file needs it, else a warning."""
    for need, needed in _needs(customer):
        yield _check(need, needed, found)


def _needs(customer: desired.Customer) -> Iterator[tuple[Need, bool]]:
    acts = not customer.frozen
    entries = customer.reservations
    yield PLAN, True
    yield UPDATE, acts and any(map(_updates, entries))
    yield GIVE_BACK, acts and customer.channel != "supportRequest" and any(map(_gives_back, entries))
    yield ACCESS, acts and any(item.access is not None for item in entries)
    by_support = customer.channel == "supportRequest" or (customer.channel == "auto" and customer.contact is not None)
    yield SUPPORT, acts and by_support and any(map(_gives_back, entries))


def _updates(item: desired.Reservation) -> bool:
    managed = (item.display_name, item.scope, item.instance_flexibility, item.renew)
    return any(value is not None for value in managed)


def _gives_back(item: desired.Reservation) -> bool:
    return item.state is not Wanted.ACTIVE or item.cancel is not None or item.exchange is not None


def _check(need: Need, needed: bool, found: Checkup) -> Check:
    name = f"right: {need.name}"
    told = {order: rights for order, rights in found.permissions.items() if rights is not None}
    if not told:
        return Check(name=name, state=State.SKIPPED, text="the rights on its orders could not be read")
    lacking = [order for order, rights in sorted(told.items()) if not _may(rights, need)]
    if not lacking:
        return well(name, f"allowed on {_orders(len(told))}")
    where = "all" if len(lacking) == len(told) else lacking[0] if len(lacking) == 1 else f"{len(lacking)}"
    text = f"missing on {where} of {_orders(len(told))}" if len(told) > 1 else f"missing on order {lacking[0]}"
    state = State.PROBLEM if needed else State.WARNING
    unneeded = "" if needed else "; the files do not need it"
    return Check(name=name, state=state, text=f"{text}{unneeded}", to_do=f"give the identity {need.roles}")


def _may(rights: tuple[Permission, ...], need: Need) -> bool:
    return all(any(item.allows(action) for item in rights) for action in need.actions)


def _orders(number: int) -> str:
    return f"{number} order{'' if number == 1 else 's'}"


def trap_checks(customer: desired.Customer, found: Checkup) -> Iterator[Check]:
    """Tell what is known to go wrong although every right is there."""
    needed = any(need is GIVE_BACK and wanted for need, wanted in _needs(customer))
    told = [rights for rights in found.permissions.values() if rights is not None]
    may = bool(told) and any(_may(rights, GIVE_BACK) for rights in told)
    if found.guest or (found.quote_refused and may):
        how = "the token says so" if found.guest else "its roles allow returns, and the service refuses to quote one"
        yield Check(
            name="guest account",
            state=State.PROBLEM if needed else State.WARNING,
            text=f"this identity is a guest in the customer's tenant ({how}); a guest cannot refund or exchange",
            to_do="leave the customer's tenant as a guest, have the guest added on the order, or use another identity",
        )
    if told and not any(rights for rights in told):
        yield Check(
            name="no role",
            state=State.WARNING,
            text="the identity has no role at all on the orders; an Azure Lighthouse delegation looks like this",
            to_do="have the customer give it a role on the orders themselves, or be an Admin agent",
        )
