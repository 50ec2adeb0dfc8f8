"""Archiving: POST archive and POST unarchive.

Source: recorded traffic of the Azure CLI's reservation tests: 200 with an empty body. Microsoft Learn, "Azure
permissions for General": archived is what is in a terminal state like Expired or Split. That archiving what is
archived already changes nothing and is no error is our choice.
"""

from .calls import Answer, Call, Route
from .errors import wrong_state

_TERMINAL = ("Cancelled", "Expired", "Failed", "BillingFailed", "Split", "Merged")


def archive(call: Call) -> Answer:
    """Put a reservation that has ended into the archive."""
    return _set(call, archived=True)


def unarchive(call: Call) -> Answer:
    """Take a reservation out of the archive."""
    return _set(call, archived=False)


def _set(call: Call, archived: bool) -> Answer:
    properties = call.reservation()["properties"]
    state = properties.get("provisioningState")
    if state not in _TERMINAL:
        raise wrong_state(call.parts["reservation"], str(state))
    properties["archived"] = archived
    call.world.touch(call.customer)
    return Answer(200)


_RESERVATION = "/providers/Microsoft.Capacity/reservationOrders/{order}/reservations/{reservation}"
ROUTES = (
    Route("POST", f"{_RESERVATION}/archive", archive),
    Route("POST", f"{_RESERVATION}/unarchive", unarchive),
)
