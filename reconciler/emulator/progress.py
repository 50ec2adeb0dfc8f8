"""Let what is in progress move on as it is read."""

from . import purchases, returns
from .calls import Call
from .pending import count

_OUTCOMES = {"return": returns.complete, "purchase": purchases.complete}


def observe(call: Call, order: str | None = None) -> None:
    """Count one read of an order, or of all the tenant's, and let what is due come about.

    A purchase shows how far it is; a return reads as Pending until it is done.
    """
    for item in count(call.world, call.customer, order):
        if item["reads"] < 0:
            _OUTCOMES[item["kind"]](call.world, call.customer, item["terms"])
        elif item["kind"] == "purchase":
            purchases.progress(call.customer, item["terms"], item["reads"])
        call.world.touch(call.customer)
