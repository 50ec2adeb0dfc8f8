"""Let what is in progress move on as it is read."""

from . import purchases, returns
from .calls import Call
from .pending import count

_PROGRESS = {"return": returns.progress, "purchase": purchases.progress}
_OUTCOME = {"return": returns.complete, "purchase": purchases.complete}


def observe(call: Call, order: str | None = None) -> None:
    """Count one read of an order, or of all the tenant's, and let what is due come about."""
    for item in count(call.world, call.customer, order):
        step = (_PROGRESS if item["reads"] >= 0 else _OUTCOME)[item["kind"]]
        step(call.world, call.customer, item)
        call.world.touch(call.customer)
