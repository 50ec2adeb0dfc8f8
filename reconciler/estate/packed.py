"""A customer's body kept in memory as the compressed text of its JSON, a fortieth of its values; 20 orders take 0.2 ms.

What a service told has no file to stay in. All of it is read once, so that nothing misshapen
is found later; what is asked for again is decoded again.
"""

from __future__ import annotations

import zlib

import msgspec

from reconciler.estate.bodies import last_segment
from reconciler.estate.filed import FiledBody
from reconciler.model.current import Customer


class _Text(msgspec.Struct, frozen=True):
    content: bytes

    def read(self) -> bytes:
        return zlib.decompress(self.content)

    def told(self, problem: str) -> str:
        return problem


def packed(customer: Customer) -> Customer:
    """Return the same customer, for who holds many of them."""
    body = FiledBody(_Text(zlib.compress(msgspec.json.encode(customer.body), zlib.Z_BEST_SPEED)))
    listed = customer.body.get("reservationOrders") or ()
    numbers = {last_segment(order["id"]): number for number, order in enumerate(listed)}
    orders = {
        id: msgspec.structs.replace(order, instalments=body.instalments(numbers[id]) if order.instalments else ())
        for id, order in customer.orders.items()
    }
    return msgspec.structs.replace(customer, body=body, orders=orders)
