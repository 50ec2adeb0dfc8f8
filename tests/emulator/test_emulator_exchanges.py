from __future__ import annotations

from typing import Any

from reconciler.emulator.app import Azure
from tests.emulator.estates import (
    SUBSCRIPTION,
    Bought,
    at,
    customer,
    estate,
    order_id,
    path,
    price,
    purchase,
    reservation_id,
    siblings,
    transaction,
    usd,
)
from tests.emulator.exchanging import CALCULATE, CATALOG, EXCHANGE, asked, line, result
from tests.emulator.wire import Wire


def test_quotes_an_exchange_in_the_shape_of_the_definition() -> None:
    wire = line()
    reply = wire.post(CALCULATE, asked(purchase("Standard_D4s_v5")))
    assert (reply.status, reply.body) == (202, None)
    assert reply.headers["azure-asyncoperation"] == reply.headers["location"]
    operation = reply.headers["location"].rpartition("/")[2].partition("?")[0]
    base = {"id": f"/providers/Microsoft.Capacity/operationResults/{operation}", "name": operation}
    first, second, third = (wire.get(reply.headers["location"]) for _ in range(3))
    assert [first.status, first.body, second.body] == [200, base | {"status": "Pending"}, base | {"status": "Pending"}]
    assert first.headers["location"] == reply.headers["location"]
    assert "location" not in third.headers
    session = third.body["properties"].pop("sessionId")
    wanted = purchase("Standard_D4s_v5")
    wanted["properties"]["billingScopeId"] = f"/subscriptions/{SUBSCRIPTION}"
    # 365.25 x 184/365 = 184.126... -> 184.13; 3,000 USD at 1/2 = 1,500.00
    assert session != operation
    assert third.body == base | {
        "status": "Succeeded",
        "properties": {
            "netPayable": price(1315.87, "EUR"),
            "refundsTotal": price(184.13, "EUR"),
            "purchasesTotal": price(1500.0, "EUR"),
            "policyResult": {"policyErrors": None},
            "reservationsToPurchase": [{"properties": wanted, "billingCurrencyTotal": price(1500.0, "EUR")}],
            "savingsPlansToPurchase": [],
            "reservationsToExchange": [
                {
                    "reservationId": path(1),
                    "quantity": 3,
                    "billingRefundAmount": price(184.13, "EUR"),
                    "billingInformation": {
                        "billingCurrencyTotalPaidAmount": price(365.25, "EUR"),
                        "billingCurrencyProratedAmount": price(181.12, "EUR"),
                        "billingCurrencyRemainingCommitmentAmount": price(0.0, "EUR"),
                    },
                }
            ],
        },
    }
    assert wire.get(reply.headers["location"]).body["status"] == "Succeeded"


def test_refunds_first_and_purchases_after() -> None:
    wire = line()
    session = result(wire, asked(purchase("Standard_D4s_v5", plan="Monthly")))["properties"]["sessionId"]
    reply = wire.post(EXCHANGE, {"properties": {"sessionId": session}})
    assert (reply.status, reply.body) == (202, None)
    assert reply.headers["location"].endswith(f"/operationResults/{session}?api-version=2022-11-01")
    assert wire.reservation(1)["properties"]["provisioningState"] == "Pending"

    def poll() -> dict[str, Any]:
        body = wire.get(reply.headers["location"]).body
        assert isinstance(body, dict)
        return body

    def standing() -> list[str]:
        value = wire.get("/providers/Microsoft.Capacity/reservations").body["value"]
        return [item["properties"]["provisioningState"] for item in value]

    assert (poll()["status"], standing()) == ("PendingRefunds", ["Pending"])
    assert (poll()["status"], standing()) == ("PendingRefunds", ["Pending"])
    assert (poll()["status"], standing()) == ("PendingPurchases", ["Cancelled"])
    assert wire.estate()["customers"][0]["refunds"] == [
        {
            "on": "2026-07-01",
            "reservationId": path(1).rpartition("/")[2],
            "refund": usd("368.25"),
            "canceledCommitment": usd("368.25"),
            "exchange": True,
        }
    ]
    assert (poll()["status"], standing()) == ("PendingPurchases", ["Cancelled"])
    last = poll()
    assert (last["status"], standing()) == ("Succeeded", ["Cancelled", "Succeeded"])
    assert [item["status"] for item in last["properties"]["reservationsToExchange"]] == ["Succeeded"]
    [bought] = last["properties"]["reservationsToPurchase"]
    assert bought["status"] == "Succeeded"
    reservation = wire.get(bought["reservationId"]).body
    order = wire.get(bought["reservationOrderId"]).body
    assert order["properties"]["reservations"][0]["id"].lower() == bought["reservationId"].lower()
    assert (reservation["sku"], reservation["properties"]["displayName"]) == ({"name": "Standard_D4s_v5"}, "vm-new")
    assert wire.order(1)["properties"]["provisioningState"] == "Cancelled"


def test_splits_a_monthly_purchase_over_the_months() -> None:
    wire = line()
    session = result(wire, asked(purchase("Standard_D4s_v5", plan="Monthly")))["properties"]["sessionId"]
    location = wire.post(EXCHANGE, {"properties": {"sessionId": session}}).headers["location"]
    [bought] = [wire.get(location).body for _ in range(5)][-1]["properties"]["reservationsToPurchase"]
    order = wire.get(f"{bought['reservationOrderId']}?$expand=planInformation").body
    # 1,500 EUR over 36 months: 41.67 and, last, 1,500 - 35 x 41.67 = 41.55; 3,000 USD: 83.33 and 83.45
    lines = order["properties"]["planInformation"]["transactions"]
    assert [item["billingCurrencyTotal"]["amount"] for item in lines] == [41.67] * 35 + [41.55]
    assert [item["pricingCurrencyTotal"]["amount"] for item in lines] == [83.33] * 35 + [83.45]
    assert [item["status"] for item in lines] == ["Succeeded"] + ["Scheduled"] * 35
    assert order["properties"]["planInformation"]["nextPaymentDueDate"] == "2026-08-01"
    assert order["properties"]["expiryDateTime"] == "2029-07-01T12:00:00.0000000Z"


def test_charges_no_fee_and_does_not_use_the_cap() -> None:
    wire = line()
    session = result(wire, asked(purchase("Standard_D4s_v5")))["properties"]["sessionId"]
    location = wire.post(EXCHANGE, {"properties": {"sessionId": session}}).headers["location"]
    bought = [wire.get(location).body for _ in range(5)][-1]["properties"]["reservationsToPurchase"][0]
    body = {"properties": {"reservationToReturn": {"reservationId": bought["reservationId"], "quantity": 1}}}
    quoted = wire.post(f"{bought['reservationOrderId']}/calculateRefund", body).body["properties"]
    assert quoted["policyResult"]["properties"]["consumedRefundsTotal"] == price(0.0)
    # bought today, not used: everything comes back
    assert quoted["billingRefundAmount"] == price(1500.0, "EUR")


def test_leaves_the_rest_of_a_partial_exchange_under_a_new_id() -> None:
    wire = line()
    session = result(wire, asked(purchase("Standard_D4s_v5"), returns=((1, 2),)))["properties"]["sessionId"]
    location = wire.post(EXCHANGE, {"properties": {"sessionId": session}}).headers["location"]
    for _ in range(5):
        wire.get(location)
    old, rest = wire.get(f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}/reservations").body["value"]
    assert old["properties"]["splitProperties"] == {"splitDestinations": [rest["name"]]}
    assert (rest["properties"]["quantity"], rest["properties"]["provisioningState"]) == (1, "Succeeded")
    assert wire.order(1)["properties"]["provisioningState"] == "Succeeded"


def test_prices_by_the_newest_payment_of_what_is_returned() -> None:
    bought = Bought(1, start="2026-05-01", term="P1Y", plan="Monthly", paid=3)
    bought.transactions = [transaction(bought, number) for number in range(12)]
    for item, rate in zip(bought.transactions, (0.5, 0.7, 0.9), strict=False):
        item["billingCurrencyTotal"] = price(1200 * rate, "EUR")
    for item in bought.transactions[3:]:
        del item["billingCurrencyTotal"]
    wire = Wire(Azure(estate(customer(bought, catalog=CATALOG)), at("2026-07-01")))
    quoted = result(wire, asked(purchase("Standard_D4s_v5"), returns=((1, 1),)))["properties"]
    # 3,000 USD at 0.9; nine more instalments as the last paid one, 1,080, and all of July
    assert quoted["purchasesTotal"] == price(2700.0, "EUR")
    assert quoted["refundsTotal"] == price(10800.0, "EUR")


def test_exchanges_two_reservations_of_one_order_at_once() -> None:
    wire = Wire(Azure(siblings(catalog=CATALOG), at("2026-07-01")))
    body = asked(purchase("Standard_D4s_v5"), returns=((1, 2),))
    other = {"reservationId": path(1).replace(reservation_id(1), reservation_id(2)), "quantity": 2}
    body["properties"]["reservationsToExchange"].append(other)
    exchange = {"properties": {"sessionId": result(wire, body)["properties"]["sessionId"]}}
    location = wire.post(EXCHANGE, exchange).headers["location"]
    for _ in range(5):
        wire.get(location)
    assert wire.order(1)["properties"]["provisioningState"] == "Cancelled"
    assert len(wire.estate()["customers"][0]["refunds"]) == 2
