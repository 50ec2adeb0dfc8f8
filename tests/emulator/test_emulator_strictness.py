"""What breaks the definition is refused as Azure refuses it, whatever it is."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import Bought, at, customer, estate, order_id, path, product, purchase
from tests.emulator.wire import Wire

CAPACITY = "/providers/Microsoft.Capacity"
CATALOG = [product("Standard_D4s_v5", "3000.00")]
STRANGER = "33333333-0000-0000-0000-000000000003"


@pytest.fixture
def wire() -> Wire:
    return Wire(Azure(estate(customer(Bought(1), catalog=CATALOG)), at("2026-07-01")))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"{CAPACITY}/reservationOrders/order-1", (400, "InvalidReservationOrderId")),
        (f"{CAPACITY}/reservationOrders/{order_id(9)}", (404, "ReservationOrderNotFound")),
        (f"{CAPACITY}/reservationOrders/{order_id(1)}/reservations/x", (400, "InvalidReservationId")),
        (f"{CAPACITY}/reservationOrders/{order_id(1)}/reservations/{order_id(1)}", (404, "ReservationIdNot")),
        ("/subscriptions/prod/providers/Microsoft.Capacity/catalogs", (400, "InvalidSubscriptionId")),
        ("/subscriptions/prod/providers/Microsoft.Capacity/appliedReservations", (400, "InvalidSubscriptionId")),
        (f"{CAPACITY}/reservationOrders/a%0Ab/split/more", (404, "InvalidResourceType")),
    ],
)
def test_an_id_that_is_none_differs_from_one_that_is_not_there(wire: Wire, url: str, code: tuple[int, str]) -> None:
    refused = wire.get(url)
    assert (refused.status, refused.body["error"]["code"][: len(code[1])]) == code


@pytest.mark.parametrize("quantity", [2**31, -(2**31) - 1, 10**400, 1.0, "1", True])
def test_an_integer_has_32_bits(wire: Wire, quantity: Any) -> None:
    wanted = purchase("Standard_D4s_v5", quantity=quantity)
    assert wire.post(f"{CAPACITY}/calculatePrice", wanted).code() == (400, "InvalidRequestContent")
    assert wire.quote(1, quantity).code() == (400, "InvalidRequestContent")


def test_an_instant_reads_back_in_utc(wire: Wire) -> None:
    changed = wire.patch(1, reviewDateTime="2026-08-01T14:00:00+02:00").body["properties"]
    assert changed["reviewDateTime"] == "2026-08-01T12:00:00.0000000Z"
    assert wire.patch(1, reviewDateTime="2026-08-01T12:00:00Z").code() == (400, "PatchValuesSameAsExisting")
    assert wire.patch(1, reviewDateTime="next year").code() == (400, "InvalidRequestContent")


def test_a_stranger_can_leave_nothing_behind(wire: Wire) -> None:
    url = f"{CAPACITY}/providers/Microsoft.Authorization/roleAssignments/cccccccc-0000-0000-0000-000000000001"
    refused = Wire(wire.azure, STRANGER).send("PUT", url, {"properties": {}}, version="2022-04-01")
    assert refused.code() == (403, "AuthorizationFailed")


def test_a_request_is_answered_whatever_its_method(wire: Wire) -> None:
    assert wire.send("OPTIONS", path(1)).code() == (405, "HttpMethodNotSupported")
    assert wire.send("DELETE", "/_emulator/clock", version=None).code() == (404, "NotFound")
