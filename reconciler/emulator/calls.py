"""One request, its answer, and the table row that joins a request to what answers it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .bodies import Body
from .errors import ArmError
from .estate import Customer
from .tokens import NOBODY, Identity
from .world import World

WRITES = ("PUT", "PATCH", "POST", "DELETE")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I | re.A)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire; a body of None is an empty one."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request: who asks, for what, of which world.

    ``customer`` is the tenant that is asked, ``who`` the client; ``base`` is the scheme and host the client used, for
    absolute links; ``path`` is decoded, in the case that was sent; ``url`` is the path with its query, as sent; the
    names in ``query``, which ARM takes in any case, and the ids in ``parts`` are in lower case.
    """

    world: World
    customer: Customer
    base: str
    path: str
    url: str
    query: Mapping[str, str]
    parts: Mapping[str, str]
    body: Any
    who: Identity = NOBODY

    def order(self) -> Body:
        """Return the order named in the path.

        Errors: ArmError 404 if the tenant has none of that id.
        """
        return self.find_order(self.parts["order"])

    def reservation(self) -> Body:
        """Return the reservation named in the path.

        Errors: ArmError 404 if the order has none of that id.
        """
        return self.find_reservation(self.parts["order"], self.parts["reservation"])

    def find_order(self, order: str) -> Body:
        """Return one of the tenant's orders by its id in lower case."""
        found = self.customer.orders.get(order)
        if found is None:
            _well_formed(order, "InvalidReservationOrderId", "reservation order id")
            raise ArmError(404, "ReservationOrderNotFound", f"The reservation order '{order}' was not found.")
        return found

    def find_reservation(self, order: str, reservation: str) -> Body:
        """Return one of an order's reservations by its id in lower case."""
        self.find_order(order)
        found = self.customer.reservations.get(reservation)
        if found is None or f"/{order}/" not in found["id"].lower():
            _well_formed(reservation, "InvalidReservationId", "reservation id")
            message = f"The reservation '{reservation}' was not found in the reservation order '{order}'."
            raise ArmError(404, "ReservationIdNotInReservationOrder", message)
        return found

    def subscription(self) -> str:
        """Return the id of the subscription in the path, in lower case.

        Errors: ArmError 400 if it is not a GUID.
        """
        subscription = self.parts["subscription"]
        _well_formed(subscription, "InvalidSubscriptionId", "subscription id")
        return subscription

    def link(self, path: str) -> str:
        """Return an absolute URL with this call's api-version."""
        return f"{self.base}{path}?api-version={self.query['api-version']}"


def is_guid(text: str) -> bool:
    """Tell whether *text* is a GUID with its hyphens, in any case."""
    return _GUID.fullmatch(text) is not None


def _well_formed(text: str, code: str, what: str) -> None:
    if not is_guid(text):
        raise ArmError(400, code, f"The {what} '{text}' is invalid.")


Handler: TypeAlias = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """Join a method and a path with ids, such as ``.../reservationOrders/{order}``, to a handler.

    Fixed segments match in any case, as ARM's do.
    """

    method: str
    path: str
    handler: Handler
    versions: tuple[str, ...] = ("2022-11-01",)

    def pattern(self) -> re.Pattern[str]:
        """Return the expression that a path must match, with a group for each id."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path.replace(".", r"\.")) + "/?", re.I)
