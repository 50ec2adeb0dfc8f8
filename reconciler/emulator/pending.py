"""What was accepted and is still in progress: returns and purchases.

Both are answered with 202 and the order's own address; the order and its reservations then read as in
progress for a few reads before the outcome stands (in recorded traffic the order read "Pending" two minutes
after a return was accepted). Each read of the order, of its reservations, or of a list they are in counts.
"""

from uuid import uuid4

from .bodies import Body
from .estate import Customer
from .world import World

READS = 3


def accept(world: World, customer: Customer, kind: str, terms: Body) -> None:
    """Begin what ends after a few reads; *terms* name the order, in lower case, and what to do then."""
    world.memory("pending")[str(uuid4())] = {
        "kind": kind,
        "tenantId": customer.tenant,
        "reads": READS + world.lingering,
        "terms": terms,
    }


def count(world: World, customer: Customer, order: str | None) -> list[Body]:
    """Count one read of an order (None: of every order) and return what that moved.

    What has fewer than no ``reads`` left is due now, and no longer pending.
    """
    waiting = world.estate.memory("pending")
    moved = []
    for name, item in list(waiting.items()):
        if item["tenantId"] == customer.tenant and order in (None, item["terms"]["order"]):
            world.memory("pending")[name]["reads"] -= 1
            moved.append(item)
            if item["reads"] < 0:
                del waiting[name]
    return moved
