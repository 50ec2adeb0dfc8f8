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
    yield from repeated(((node, "reservationId") for node in everything), "the reservationId", about)
    firsts = [node for nodes in reservations for node in _first_of_each_order(nodes)]
    yield from repeated(((node, "orderId") for node in firsts), "by two customers, the orderId", about)


def _first_of_each_order(reservations: list[Node]) -> Iterator[Node]:
    seen: set[str] = set()
    for node in reservations:
        order = node.text("orderId")
        if order is not None and order.lower() not in seen:
            seen.add(order.lower())
            yield node
