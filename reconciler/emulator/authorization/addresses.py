"""Where access is given: the whole provider, an order, a reservation."""

from ..calls import Call, Handler, Route

VERSIONS = ("2022-04-01",)
_EXTENSION = "/providers/Microsoft.Authorization/"
_CAPACITY = "/providers/Microsoft.Capacity"
_ORDER = f"{_CAPACITY}/reservationOrders/{{order}}"
_SCOPES = (_CAPACITY, _ORDER, f"{_ORDER}/reservations/{{reservation}}")


def everywhere(method: str, path: str, handler: Handler, *more: str) -> tuple[Route, ...]:
    """Return the routes to *handler* at every scope; *path* begins below the extension's provider.

    *more* are further scopes; the empty one is the whole tenant.
    """
    scopes = (*_SCOPES, *more)
    return tuple(Route(method, f"{scope}{_EXTENSION}{path}", handler, VERSIONS) for scope in scopes)


def scope(call: Call) -> str:
    """Return the scope of a call, in the case that was sent.

    Errors: ArmError 404 or 400 if the tenant has no such order or reservation.
    """
    if "order" in call.parts:
        call.order()
    if "reservation" in call.parts:
        call.reservation()
    return call.path[: call.path.lower().rindex(_EXTENSION.lower())]
