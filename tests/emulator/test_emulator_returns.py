from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import (
    OTHER_TENANT,
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
from tests.emulator.wire import Wire

MONTHLY = Bought(
    1,
    start="2026-05-31",
    term="P3Y",
    plan="Monthly",
    quantity=4,
    paid=6,
    billing=("EUR", 120.0),
    pricing=("USD", 132.0),
)


def line(*bought: Bought, day: str = "2026-11-20", refunds: Any = (), **service: Any) -> Wire:
    world = estate(customer(*bought, refunds=list(refunds)), taken=day, **service)
    return Wire(Azure(world, at(day)))


def session(wire: Wire, number: int = 1, quantity: int = 1) -> str:
    found: str = wire.quote(number, quantity).body["properties"]["sessionId"]
    return found


def state(wire: Wire, number: int = 1) -> tuple[str, str]:
    """Return what an order and its first reservation read as, without a read of either."""
    body = wire.estate()["customers"][0]
    return (
        body["reservationOrders"][number - 1]["properties"]["provisioningState"],
        body["reservations"][number - 1]["properties"]["provisioningState"],
    )


def test_quotes_in_the_shape_of_the_definition() -> None:
    # 31 Oct to 30 Nov, 10 of 30 days unused: 4 x 30 x 10/30 = 40.00, fee 4.80; 132 USD: 44.00 - 5.28 = 38.72
    refund = {"on": "2026-02-01", "refund": usd("11800.00"), "canceledCommitment": usd("20100.00"), "exchange": False}
    quoted = line(MONTHLY, refunds=[refund]).quote(1, 4).body
    opened = quoted["properties"].pop("sessionId")
    assert len(opened) == 36
    assert quoted == {
        "id": f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/reservations/{reservation_id(1)}",
        "properties": {
            "quantity": 4,
            "billingRefundAmount": price(35.2, "EUR"),
            "pricingRefundAmount": price(38.72),
            "policyResult": {
                "properties": {
                    "consumedRefundsTotal": price(11800.0),
                    "maxRefundLimit": price(50000.0),
                    "policyErrors": [],
                }
            },
            "billingInformation": {
                "billingPlan": "Monthly",
                "completedTransactions": 6,
                "totalTransactions": 36,
                "billingCurrencyTotalPaidAmount": price(720.0, "EUR"),
                "billingCurrencyProratedAmount": price(684.8, "EUR"),
                "billingCurrencyRemainingCommitmentAmount": price(3600.0, "EUR"),
            },
        },
    }


def test_accepts_a_return_with_the_quote_again_and_the_order_as_location() -> None:
    wire = line(MONTHLY)
    quoted = wire.quote(1, 4).body
    reply = wire.give_back(1, 4, quoted["properties"]["sessionId"])
    assert (reply.status, reply.body) == (202, quoted)
    assert reply.headers["location"] == (
        f"http://emulator/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}?api-version=2022-11-01"
    )
    assert not {"azure-asyncoperation", "retry-after"} & set(reply.headers)


def test_reads_as_pending_three_times_and_then_as_cancelled() -> None:
    wire = line(MONTHLY)
    wire.give_back(1, 4, session(wire, 1, 4))
    reads = [wire.order(1), wire.reservation(1), wire.get("/providers/Microsoft.Capacity/reservationOrders").body]
    assert reads[0]["properties"]["provisioningState"] == "Pending"
    assert reads[1]["properties"]["provisioningState"] == "Pending"
    assert reads[2]["value"][0]["properties"]["provisioningState"] == "Pending"
    assert wire.order(1)["properties"]["provisioningState"] == "Cancelled"
    gone = wire.reservation(1)["properties"]
    assert gone["provisioningState"] == gone["displayProvisioningState"] == "Cancelled"
    assert gone["utilization"] == {"aggregates": []}
    assert "capabilities" not in gone
    assert "splitProperties" not in gone


def test_cancels_the_instalments_of_an_order_with_nothing_left() -> None:
    wire = line(MONTHLY)
    wire.give_back(1, 4, session(wire, 1, 4))
    plan = wire.read_until_settled(1)["properties"]["planInformation"]
    assert [item["status"] for item in plan["transactions"]] == ["Succeeded"] * 6 + ["Cancelled"] * 30
    assert plan["nextPaymentDueDate"] is None


def test_leaves_the_rest_of_a_partial_return_under_a_new_id() -> None:
    wire = line(MONTHLY)
    before, plan = wire.reservation(1), wire.order(1, "planInformation")["properties"]["planInformation"]
    wire.give_back(1, 3, session(wire, 1, 3))
    order = wire.read_until_settled(1)["properties"]
    assert (order["provisioningState"], order["originalQuantity"]) == ("Succeeded", 4)
    assert order["planInformation"] == plan
    old, new = wire.get(f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/reservations").body["value"]
    assert old["properties"]["splitProperties"] == {"splitDestinations": [new["name"]]}
    assert (old["properties"]["provisioningState"], old["properties"]["quantity"]) == ("Cancelled", 4)
    assert order["reservations"][1]["id"] == (
        f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/reservations/{new['name']}"
    )
    now = "2026-11-20T12:00:00.0000000Z"
    assert new["name"] not in (old["name"], before["name"])
    assert new["properties"] == before["properties"] | {
        "quantity": 1,
        "splitProperties": {"splitSource": path(1).replace("microsoft.capacity", "Microsoft.Capacity")},
        "effectiveDateTime": now,
        "lastUpdatedDateTime": now,
    }


def test_quotes_the_rest_at_the_unit_of_the_original_quantity() -> None:
    wire = line(MONTHLY)
    wire.give_back(1, 3, session(wire, 1, 3))
    wire.read_until_settled(1)
    rest = wire.get(f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/reservations").body["value"][1]
    body = {"properties": {"reservationToReturn": {"reservationId": rest["id"], "quantity": 1}}}
    url = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/calculateRefund"
    assert wire.post(url, body).body["properties"]["billingRefundAmount"] == price(8.8, "EUR")


def test_keeps_what_was_used_of_the_whole_as_used_of_the_rest() -> None:
    wire = line(Bought(1, start="2026-11-18", quantity=3), day="2026-11-20")
    wire.give_back(1, 1, session(wire))
    wire.read_until_settled(1)
    rest = wire.estate()["customers"][0]["reservations"][1]["name"]
    assert wire.estate()["customers"][0]["usage"][1:] == [{"reservationId": rest, "usedHours": 10.0}]


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


def test_takes_fee_and_days_from_the_estate() -> None:
    # 365 USD for a year, returned on day 6: 359.00
    bought = Bought(1, start="2026-01-01", billing=("USD", 365.0), pricing=("USD", 365.0))
    wire = line(bought, day="2026-01-07", feeRate="0.05", feeAfterDays=5)
    assert wire.quote(1).body["properties"]["billingRefundAmount"] == price(341.05)
    wire = line(bought, day="2026-01-07", feeRate="0.05", feeAfterDays=6)
    assert wire.quote(1).body["properties"]["billingRefundAmount"] == price(359.0)


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


def test_moves_on_by_the_reads_of_its_own_tenant_only() -> None:
    azure = Azure(estate(customer(Bought(1)), customer(Bought(2), tenant=OTHER_TENANT)), at("2026-07-01"))
    mine, other = Wire(azure), Wire(azure, OTHER_TENANT)
    mine.give_back(1, 1, session(mine))
    for _ in range(9):
        assert other.get("/providers/Microsoft.Capacity/reservations").status == 200
    states = [mine.order(1)["properties"]["provisioningState"] for _ in range(4)]
    assert states == ["Pending", "Pending", "Pending", "Cancelled"]


def test_gives_back_no_more_than_was_paid_before_the_term_starts() -> None:
    # bought and returned on 31 December, used as nobody knows better; the term starts the day after
    bought = Bought(1, start="2026-01-01", purchased="2025-12-31", used_hours=None)
    assert line(bought, day="2025-12-31").quote(1).body["properties"]["billingRefundAmount"] == price(1200.0)
