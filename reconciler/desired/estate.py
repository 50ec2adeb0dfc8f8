"""What can only be seen over all files: two customers that claim the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from reconciler.desired.customers import repeated
from reconciler.desired.nodes import Node
from reconciler.model.finding import Problem


def check_estate(roots: Sequence[Node], about: Set[str] | None = None) -> Iterator[Problem]:
    """Give the problems between the files *roots*, in their order; with *about*, those of files with these names."""
    reservations = [list(root.child("spec", "reservations").items()) for root in roots]
    yield from repeated(((root.child("metadata"), "name") for root in roots), "the customer name", about)
    yield from repeated(((root.child("spec"), "tenantId") for root in roots), "the tenantId", about)
    everything = [node for nodes in reservations for node in nodes]
    twice = list(repeated(((node, "reservationId") for node in everything), "the reservationId", about))
    yield from twice
    # Whose reservation is another customer's, its order is as well: that is one mistake.
    told = {problem.location for problem in twice}
    firsts = [node for nodes in reservations for node in _first_of_each_order(nodes)]
    firsts = [node for node in firsts if node.place("reservationId") not in told]
    yield from repeated(((node, "orderId") for node in firsts), "the orderId", about, "used by two customers")


def _first_of_each_order(reservations: list[Node]) -> Iterator[Node]:
    seen: set[str] = set()
    for node in reservations:
        order = node.text("orderId")
        if order is not None and order.lower() not in seen:
            seen.add(order.lower())
            yield node
