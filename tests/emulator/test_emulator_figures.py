"""The tables worked by hand, quoted from the emulator: it knows neither the rulebooks nor the product's code."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.emulator.app import Azure
from reconciler.emulator.days import add_months
from tests.emulator.estates import Bought, at, customer, estate, path, product, purchase, usd
from tests.emulator.wire import Wire

CASES = Path(__file__).parent.parent / "cases"
SERVICE = {
    "csp-2020-08": {"feeRate": "0.12", "capBasis": "refund"},
    "csp-2026-08": {"feeRate": "0", "capBasis": "commitment"},
}


def cases(*folders: str) -> list[Any]:
    files = [file for folder in folders for file in sorted((CASES / folder).glob("*.yaml"))]
    listed = [case for file in files for case in yaml.safe_load(file.read_text())]
    return [pytest.param(case, id=case["name"]) for case in listed]


def expired(case: dict[str, Any]) -> bool:
    return case["at"] > case["order"]["expiresOn"]


def price(text: str) -> dict[str, Any]:
    amount, currency = text.split()
    return {"currencyCode": currency, "amount": float(amount)}


def transactions(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a case's instalments as Azure lists them, and its failed tries among them."""
    listed, start = [], date.fromisoformat(case["order"]["startsOn"])
    for row in case["instalments"]:
        for number in range(row["count"]):
            item = {"dueDate": str(add_months(start, len(listed))), "pricingCurrencyTotal": price(row["pricing"])}
            if row["billing"]:
                item["billingCurrencyTotal"] = price(row["billing"])
            item["status"] = "Succeeded" if number < row["paid"] else "Scheduled"
            listed.append(item)
    failed = [{**listed[0], "dueDate": day, "status": "Failed"} for day in case.get("failed") or []]
    return sorted(listed + failed, key=lambda item: item["dueDate"])


def bought(case: dict[str, Any], number: int = 1) -> Bought:
    order = case["order"]
    return Bought(
        number,
        start=order["startsOn"],
        expires=order["expiresOn"],
        purchased=order["purchasedOn"],
        term=order["term"],
        plan=order["billingPlan"],
        quantity=case["held"],
        original_quantity=order["originalQuantity"],
        transactions=transactions(case),
        used_hours={True: 1.0, False: 0.0, None: None}[case["used"]],
    )


@pytest.mark.parametrize("case", cases("cancellation", "published"))
def test_quotes_what_was_worked_by_hand(case: dict[str, Any]) -> None:
    taken = case.get("takenAt", case["at"])
    wire = Wire(Azure(estate(customer(bought(case)), taken=taken, **SERVICE[case["rulebook"]]), at(case["at"])))
    reply = wire.quote(1, case["quantity"])
    if expired(case):
        assert reply.code() == (400, "OperationCannotBePerformedInCurrentState")
        return
    quoted, expected = reply.body["properties"], case["expect"]
    information = quoted["billingInformation"]
    remaining = information["billingCurrencyRemainingCommitmentAmount"]["amount"]
    assert quoted["billingRefundAmount"] == price(expected["refund"])
    assert quoted["pricingRefundAmount"] == price(expected["capUse"]["refund"])
    assert round(remaining + float(expected["credit"].split()[0]), 2) == price(expected["canceledCommitment"])["amount"]
    codes = [error["code"] for error in quoted["policyResult"]["properties"]["policyErrors"]]
    basis = "refund" if case["rulebook"] == "csp-2020-08" else "commitment"
    over = price(expected["capUse"][basis])["amount"] > 50000
    assert codes == (["RefundLimitExceeded"] if over else [])
    assert over is not expected.get("fits", not over)


@pytest.mark.parametrize("case", [one for one in cases("cancellation", "published") if not expired(*one.values)])
def test_books_against_the_cap_what_was_worked_by_hand(case: dict[str, Any]) -> None:
    taken = case.get("takenAt", case["at"])
    service = SERVICE[case["rulebook"]] | {"capLimit": "10000000.00 USD"}
    wire = Wire(Azure(estate(customer(bought(case)), taken=taken, **service), at(case["at"])))
    session = wire.quote(1, case["quantity"]).body["properties"]["sessionId"]
    assert wire.give_back(1, case["quantity"], session).status == 202
    refund, commitment = (case["expect"]["capUse"][basis].split()[0] for basis in ("refund", "commitment"))
    [row] = wire.estate()["customers"][0]["refunds"]
    assert (row["on"], row["refund"], row["canceledCommitment"], row["exchange"]) == (
        case["at"],
        usd(refund),
        usd(commitment),
        False,
    )


@pytest.mark.parametrize("case", cases("exchange"))
def test_quotes_an_exchange_as_worked_by_hand(case: dict[str, Any]) -> None:
    returns = [bought(item, number) for number, item in enumerate(case["returns"], 1)]
    wanted, catalog = [], []
    for number, item in enumerate(case["purchases"]):
        amount, currency = item["price"].split()
        sku = f"{item['sku']}_{number}"
        # The line's price as that of one unit, in the currency of the bill: no ratio of currencies takes part.
        msrp = {item["term"]: {"amount": amount, "currency": currency}}
        catalog.append(product(sku, "0", msrp=msrp))
        wanted.append(purchase(sku, item["term"], item["billingPlan"]))
    world = estate(customer(*returns, catalog=catalog), taken=case["at"], **SERVICE[case["rulebook"]])
    wire = Wire(Azure(world, at(case["at"])))
    given = [
        {"reservationId": path(number), "quantity": item["quantity"]} for number, item in enumerate(case["returns"], 1)
    ]
    body = {"properties": {"reservationsToExchange": given, "reservationsToPurchase": wanted}}
    location = wire.post("/providers/Microsoft.Capacity/calculateExchange", body).headers["location"]
    polled = [wire.get(location).body for _ in range(3)]
    assert [item["status"] for item in polled] == ["Pending", "Pending", "Succeeded"]
    quoted, expected = polled[-1]["properties"], case["expect"]
    assert quoted["refundsTotal"] == price(expected["floor"])
    assert quoted["netPayable"] == price(expected["netPayable"])
    assert (quoted["policyResult"]["policyErrors"] is None) is expected["allowed"]
    assert [item["billingRefundAmount"] for item in quoted["reservationsToExchange"]] == [
        price(item["expect"]["credit"]) for item in case["returns"]
    ]


@pytest.mark.parametrize("basis", ["refund", "commitment"])
@pytest.mark.parametrize("case", cases("cap"))
def test_counts_the_cap_as_worked_by_hand(case: dict[str, Any], basis: str) -> None:
    rows = [
        {
            "on": entry["on"],
            "reservationId": "gone",
            "refund": usd(entry["refund"].split()[0]),
            "canceledCommitment": usd(entry["commitment"].split()[0]),
            "exchange": False,
        }
        for entry in case["entries"]
    ]
    held = Bought(1, start=case["at"], used_hours=0.0)
    world = estate(customer(held, refunds=rows), taken=case["at"], capBasis=basis, capLimit=case["limit"])
    quoted = Wire(Azure(world, at(case["at"]))).quote(1).body["properties"]["policyResult"]["properties"]
    assert quoted["consumedRefundsTotal"] == price(case["expect"][basis]["consumed"])
    assert quoted["maxRefundLimit"] == price(case["limit"])
