"""Savings plans bought by an exchange: an hourly commitment, over the term."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.estates import SUBSCRIPTION, price, purchase
from tests.emulator.exchanging import CALCULATE, EXCHANGE, asked, line, result


def plan(amount: float = 15.23, currency: str = "EUR", term: str = "P1Y") -> dict[str, Any]:
    commitment = {"currencyCode": currency, "amount": amount, "grain": "Hourly"}
    scope = {"resourceGroupId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"}
    properties = {"displayName": "plan", "billingScopeId": f"/subscriptions/{SUBSCRIPTION}", "term": term}
    properties |= {"appliedScopeType": "Single", "appliedScopeProperties": scope, "commitment": commitment}
    return {"sku": {"name": "Compute_Savings_Plan"}, "properties": properties}


def with_plans(*plans: dict[str, Any], reservations: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    body = asked(*reservations)
    body["properties"]["savingsPlansToPurchase"] = list(plans)
    return body


def test_a_plan_costs_its_hourly_commitment_over_the_term() -> None:
    quote = result(line(), with_plans(plan(), reservations=(purchase("Standard_D4s_v5"),)))["properties"]
    # 15.23 x 8,760 = 133,414.80; the reservation is 1,500.00, and 184.13 comes back
    assert quote["savingsPlansToPurchase"] == [{"properties": plan(), "billingCurrencyTotal": price(133414.8, "EUR")}]
    assert (quote["purchasesTotal"], quote["netPayable"]) == (price(134914.8, "EUR"), price(134730.67, "EUR"))


def test_a_plan_alone_is_enough() -> None:
    body = with_plans(plan(0.01, term="P3Y"))
    del body["properties"]["reservationsToPurchase"]
    quote = result(line(), body)["properties"]
    # 0.01 x 26,280 hours of three years
    assert quote["purchasesTotal"] == price(262.8, "EUR")
    assert quote["reservationsToPurchase"] == []


def test_a_plan_is_named_once_it_is_bought() -> None:
    wire = line()
    session = result(wire, with_plans(plan()))["properties"]["sessionId"]
    location = wire.post(EXCHANGE, {"properties": {"sessionId": session}}).headers["location"]
    [bought] = [wire.get(location).body for _ in range(5)][-1]["properties"]["savingsPlansToPurchase"]
    assert bought["status"] == "Succeeded"
    assert bought["savingsPlanId"].startswith(f"{bought['savingsPlanOrderId']}/savingsPlans/")


def test_a_plan_that_commits_to_too_little_is_a_policy_error() -> None:
    [error] = result(line(), with_plans(plan(0.01)))["properties"]["policyResult"]["policyErrors"]
    # 87.60 against 184.13
    assert error["code"] == "NewCommitmentBelowReturned"


def test_a_plan_in_another_currency_fails() -> None:
    assert result(line(), with_plans(plan(currency="USD")))["error"]["code"] == "BillingCustomerInputError"


@pytest.mark.parametrize("change", [{"term": "P5Y"}, {"commitment": None}, {"billingPlan": "Upfront"}])
def test_refuses_what_is_no_plan(change: dict[str, Any]) -> None:
    wrong = plan()
    wrong["properties"] |= change
    assert line().post(CALCULATE, with_plans(wrong)).code() == (400, "InvalidRequestContent")


def test_refuses_a_plan_of_nothing() -> None:
    assert line().post(CALCULATE, with_plans(plan(0.0))).code() == (400, "InvalidRequestContent")
