from __future__ import annotations

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
    usd,
)
from tests.emulator.returning import MONTHLY, line, session
from tests.emulator.wire import Wire


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


def test_takes_fee_and_days_from_the_estate() -> None:
    # 365 USD for a year, returned on day 6: 359.00
    bought = Bought(1, start="2026-01-01", billing=("USD", 365.0), pricing=("USD", 365.0))
    wire = line(bought, day="2026-01-07", feeRate="0.05", feeAfterDays=5)
    assert wire.quote(1).body["properties"]["billingRefundAmount"] == price(341.05)
    wire = line(bought, day="2026-01-07", feeRate="0.05", feeAfterDays=6)
    assert wire.quote(1).body["properties"]["billingRefundAmount"] == price(359.0)


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
