"""A customer of a service, kept as text: the same customer, and nothing misshapen is found later."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from reconciler.estate.customers import read_customer, unread_customer
from reconciler.estate.packed import packed
from tests.providers.samples import CONTOSO, price, purchase, tenant

ON = date(2026, 11, 20)


def unpaid(purchased: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order, reservation = purchased
    del order["properties"]["planInformation"]
    return [order, reservation]


BODIES: dict[str, dict[str, Any]] = {
    "nothing": {"tenantId": CONTOSO},
    "two orders": tenant("contoso", CONTOSO, purchase(1), purchase(2), unlistedOrders=["x"]),
    "no payments": tenant("contoso", CONTOSO, unpaid(purchase(1)), purchase(2)),
    # Text of JSON and back: a float keeps its shortest digits.
    "amounts": tenant("contoso", CONTOSO, purchase(1), note=[0.1, 1e22, 12.30, 7300.0, -0.0, price(0.07)]),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_is_the_same_customer(body: dict[str, Any]) -> None:
    held = read_customer(body, ON)
    found = packed(held)
    assert msgspec.structs.replace(found, body=held.body) == held
    assert dict(found.body) == body
    assert {id: tuple(order.instalments) for id, order in found.orders.items()} == {
        id: tuple(order.instalments) for id, order in held.orders.items()
    }


def test_a_customer_that_could_not_be_read_is_the_same() -> None:
    held = unread_customer("contoso", CONTOSO, ON, "no")
    assert dict(packed(held).body) == held.body


def test_no_values_of_its_body_are_kept() -> None:
    found = packed(read_customer(BODIES["two orders"], ON))
    assert found.body["reservationOrders"] is not BODIES["two orders"]["reservationOrders"]
    assert not isinstance(found.body, dict)
