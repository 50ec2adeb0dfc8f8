from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import (
    Bought,
    at,
    customer,
    estate,
    order_id,
    path,
    price,
    reservation_id,
    siblings,
    usd,
)
from tests.emulator.returning import MONTHLY, line, session, state
from tests.emulator.wire import Wire


@pytest.mark.parametrize("quantity", [0, -1, 5])
def test_refuses_a_quantity_that_is_not_held(quantity: int) -> None:
    assert line(MONTHLY).quote(1, quantity).code() == (400, "InvalidRefundQuantity")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("reservationToReturn",), None),
        (("reservationToReturn", "quantity"), None),
        (("reservationToReturn", "quantity"), "4"),
        (("reservationToReturn", "quantity"), True),
        (("reservationToReturn", "reservationId"), 7),
        (("reservationToReturn", "reservationId"), reservation_id(1)),
        (("scope",), 7),
    ],
)
def test_refuses_a_quote_that_breaks_the_definition(place: tuple[str, ...], value: Any) -> None:
    properties: dict[str, Any] = {"scope": "Reservation"}
    properties["reservationToReturn"] = {"reservationId": path(1), "quantity": 4}
    inside = properties if len(place) == 1 else properties[place[0]]
    inside[place[-1]] = value
    url = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/calculateRefund"
    assert line(MONTHLY).post(url, {"properties": properties}).code() == (400, "InvalidRequestContent")


def test_refuses_a_session_that_is_not_of_this_quote() -> None:
    wire = line(MONTHLY, Bought(2))
    opened = session(wire, 1, 3)
    assert wire.give_back(1, 4, opened).code() == (400, "InvalidRequestContent")
    assert wire.give_back(2, 1, opened).code() == (400, "InvalidRequestContent")
    assert wire.give_back(1, 3, "3f0f3c54-0000-0000-0000-000000000000").code() == (400, "InvalidRequestContent")
    assert state(wire) == ("Succeeded", "Succeeded")


def test_uses_a_session_once() -> None:
    wire = line(MONTHLY)
    opened = session(wire, 1, 1)
    assert wire.give_back(1, 1, opened).status == 202
    wire.read_until_settled(1)
    assert wire.give_back(1, 1, opened).code() == (400, "InvalidRequestContent")
    assert len(wire.estate()["customers"][0]["refunds"]) == 1


@pytest.mark.parametrize("which", ["emulator", "real"])
def test_refuses_a_session_older_than_fifteen_minutes_by_either_clock(which: str) -> None:
    wire = line(MONTHLY)
    opened = session(wire, 1, 4)
    if which == "emulator":
        wire.send("POST", "/_emulator/clock", {"advance": "PT15M1S"}, version=None)
    else:
        kept = wire.azure.world.estate.memory("sessions")[opened]
        kept["realAt"] = kept["realAt"].replace("20", "19", 1)
    assert wire.give_back(1, 4, opened).code() == (400, "SessionTimedOut")


def test_keeps_a_session_for_fifteen_minutes() -> None:
    wire = line(MONTHLY)
    opened = session(wire, 1, 4)
    wire.send("POST", "/_emulator/clock", {"advance": "PT15M"}, version=None)
    assert wire.give_back(1, 4, opened).status == 202


def test_refuses_a_second_return_while_the_first_is_in_progress() -> None:
    wire = line(MONTHLY)
    first, second = session(wire, 1, 4), session(wire, 1, 1)
    assert wire.give_back(1, 4, first).status == 202
    assert wire.give_back(1, 1, second).code() == (400, "OperationCannotBePerformedInCurrentState")
    assert wire.quote(1, 1).code() == (400, "OperationCannotBePerformedInCurrentState")


@pytest.mark.parametrize(("basis", "code"), [("refund", None), ("commitment", "RefundLimitExceeded")])
def test_tests_the_cap_in_the_quote_and_again_at_the_return(basis: str, code: str | None) -> None:
    # refund 38.72 USD, commitment 44 + 30 x 132 = 4,004 USD; the limit lies between
    wire = line(MONTHLY, capBasis=basis, capLimit="4003.99 USD")
    quoted = wire.quote(1, 4).body["properties"]
    errors = [error["code"] for error in quoted["policyResult"]["properties"]["policyErrors"]]
    assert errors == ([code] if code else [])
    reply = wire.give_back(1, 4, quoted["sessionId"])
    assert (reply.code() if code else reply.status) == ((400, code) if code else 202)


def test_refuses_at_the_return_what_another_return_used_up_since_the_quote() -> None:
    wire = line(
        Bought(1, start="2026-11-18", used_hours=0.0),
        Bought(2, start="2026-11-18", used_hours=0.0),
        capLimit="1200.00 USD",
    )
    first, second = session(wire, 1), session(wire, 2)
    assert wire.give_back(1, 1, first).status == 202
    assert wire.give_back(2, 1, second).code() == (400, "RefundLimitExceeded")
    assert state(wire, 2) == ("Succeeded", "Succeeded")


@pytest.mark.parametrize("capabilities", [None, "", "ApiExchangeEnabled"])
def test_says_inside_the_quote_that_a_product_cannot_be_returned(capabilities: str | None) -> None:
    wire = line(Bought(1, capabilities=capabilities), day="2026-07-01")
    reply = wire.quote(1)
    [error] = reply.body["properties"]["policyResult"]["properties"]["policyErrors"]
    assert (reply.status, error["code"]) == (200, "SelfServiceRefundNotSupported")
    refused = wire.give_back(1, 1, reply.body["properties"]["sessionId"])
    assert refused.code() == (400, "SelfServiceRefundNotSupported")


def test_does_not_count_exchanges_against_the_cap_but_counts_undated_refunds() -> None:
    rows = [
        {"on": "2026-11-01", "refund": usd("7.00"), "canceledCommitment": usd("70.00"), "exchange": True},
        {"on": None, "refund": usd("5.00"), "canceledCommitment": usd("50.00"), "source": "service"},
    ]
    quoted = line(MONTHLY, refunds=rows).quote(1, 1).body["properties"]["policyResult"]["properties"]
    assert quoted["consumedRefundsTotal"] == price(5.0)


def test_refuses_to_quote_what_the_cap_cannot_count() -> None:
    wire = line(Bought(1, pricing=("EUR", 1200.0)), day="2026-07-01")
    assert wire.quote(1).code() == (400, "CreateQuoteFailed")


def test_refuses_to_quote_an_order_without_payments() -> None:
    world = estate(customer(Bought(1)))
    del world["customers"][0]["reservationOrders"][0]["properties"]["planInformation"]
    assert Wire(Azure(world, at("2026-07-01"))).quote(1).code() == (400, "CreateQuoteFailed")


def test_refuses_a_return_from_an_order_of_which_another_is_in_progress() -> None:
    wire = Wire(Azure(siblings(), at("2026-07-01")))
    url = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}"
    returned = {"reservationId": f"{url}/reservations/{reservation_id(2)}", "quantity": 2}
    quoted = wire.post(f"{url}/calculateRefund", {"properties": {"reservationToReturn": returned}}).body["properties"]
    body = {"properties": {"sessionId": quoted["sessionId"], "reservationToReturn": returned}}
    assert wire.give_back(1, 2, session(wire, 1, 2)).status == 202
    assert wire.post(f"{url}/return", body).code() == (400, "OperationCannotBePerformedInCurrentState")
    assert wire.read_until_settled(1)["properties"]["provisioningState"] == "Succeeded"
    assert wire.post(f"{url}/return", body).status == 202
    assert wire.read_until_settled(1)["properties"]["provisioningState"] == "Cancelled"
