from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import SUBSCRIPTION, Bought, at, customer, estate, price, product, purchase
from tests.emulator.wire import Wire

CALCULATE = "/providers/Microsoft.Capacity/calculatePrice"
CATALOG = [product("Standard_B1ls", "31.92", "P1Y"), product("Standard_D4s_v5", "3000.00")]


STANDS = {
    "reservedResourceType": "VirtualMachines",
    "displayName": "clitest",
    "skuDescription": "Reserved VM Instance, Standard_B1ls, westeurope, 1 Year",
    "quantity": 2,
    "term": "P1Y",
    "billingPlan": "Monthly",
    "billingScopeId": f"/subscriptions/{SUBSCRIPTION}",
    "appliedScopeType": "Shared",
    "userFriendlyAppliedScopeType": "Shared",
    "provisioningState": "Succeeded",
    "displayProvisioningState": "Succeeded",
    "archived": False,
    "renew": False,
    "userFriendlyRenewState": "Off",
    "instanceFlexibility": "On",
    "capabilities": "ApiReturnEnabled, ApiExchangeEnabled",
    "purchaseDate": "2026-01-31",
    "purchaseDateTime": "2026-01-31T12:00:00.0000000Z",
    "benefitStartTime": "2026-01-31T12:00:00.0000000Z",
    "effectiveDateTime": "2026-01-31T12:00:00.0000000Z",
    "lastUpdatedDateTime": "2026-01-31T12:00:00.0000000Z",
    "expiryDate": "2027-01-31",
    "expiryDateTime": "2027-01-31T12:00:00.0000000Z",
    "utilization": {"trend": "", "aggregates": []},
}


def line(*bought: Bought, day: str = "2026-01-31") -> Wire:
    return Wire(Azure(estate(customer(*bought, catalog=CATALOG), taken=day), at(day)))


def test_quotes_a_price_with_its_schedule_and_mints_the_order_id() -> None:
    quoted = line().post(CALCULATE, purchase("standard_b1ls", "P1Y", "Monthly", 2)).body["properties"]
    schedule = quoted.pop("paymentSchedule")
    assert len(quoted.pop("reservationOrderId")) == 36
    assert quoted == {
        "billingCurrencyTotal": price(63.84),
        "netTotal": 0.0,
        "taxTotal": 0.0,
        "grandTotal": 0.0,
        "skuTitle": "Reserved VM Instance, standard_b1ls, westeurope, 1 Year",
        "skuDescription": "standard_b1ls",
        "pricingCurrencyTotal": price(63.84),
    }
    first = {"dueDate": "2026-01-31", "status": "Scheduled", "pricingCurrencyTotal": price(5.32)}
    assert schedule[0] == first | {"billingCurrencyTotal": price(5.32)}
    assert schedule[1] == first | {"dueDate": "2026-02-28"}
    assert [item["dueDate"] for item in schedule[2:4]] == ["2026-03-31", "2026-04-30"]


def test_buys_what_was_quoted_over_several_reads() -> None:
    wire = line(Bought(1, start="2026-01-01", billing=("EUR", 600.0), pricing=("USD", 1200.0)))
    wanted = purchase("Standard_B1ls", "P1Y", "Monthly", 2, displayName="clitest")
    order = wire.post(CALCULATE, wanted).body["properties"]["reservationOrderId"]
    url = f"/providers/Microsoft.Capacity/reservationOrders/{order}"
    reply = wire.send("PUT", url, wanted)
    assert (reply.status, reply.headers["location"]) == (202, f"http://emulator{url}?api-version=2022-11-01")
    assert reply.body["properties"]["provisioningState"] == "Creating"
    assert (reply.body["etag"], "benefitStartTime" in reply.body["properties"]) == (1, False)
    states = [wire.get(url).body["properties"]["provisioningState"] for _ in range(4)]
    assert states == ["PendingCapacity", "ConfirmedCapacity", "PendingBilling", "Succeeded"]
    stands = wire.get(f"{url}?$expand=planInformation").body
    plan = stands["properties"]["planInformation"]
    assert plan["pricingCurrencyTotal"] == price(63.84)
    assert plan["transactions"][0] == {
        "dueDate": "2026-01-31",
        "status": "Succeeded",
        "paymentDate": "2026-01-31",
        "pricingCurrencyTotal": price(5.32),
        "billingCurrencyTotal": price(2.66, "EUR"),
    }
    [reservation] = wire.get(f"{url}/reservations").body["value"]
    assert reservation["id"].lower() == stands["properties"]["reservations"][0]["id"].lower()
    assert reservation["properties"] == STANDS


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": 3}, "InvalidRequestContent"),
        ({"term": "P1Y"}, "InvalidRequestContent"),
        ({"quantity": 0}, "InvalidRequestContent"),
        ({"quantity": None}, "InvalidRequestContent"),
    ],
)
def test_refuses_to_buy_something_else_than_was_quoted(change: dict[str, Any], code: str) -> None:
    wire = line()
    order = wire.post(CALCULATE, purchase("Standard_D4s_v5")).body["properties"]["reservationOrderId"]
    url = f"/providers/Microsoft.Capacity/reservationOrders/{order}"
    assert wire.send("PUT", url, purchase("Standard_D4s_v5") | {"properties": _changed(change)}).code() == (400, code)
    assert wire.get(url).status == 404


def _changed(change: dict[str, Any]) -> dict[str, Any]:
    return {**purchase("Standard_D4s_v5")["properties"], **change}


def test_refuses_to_buy_without_a_fresh_price_or_twice() -> None:
    wire = line()
    wanted = purchase("Standard_D4s_v5")
    order = wire.post(CALCULATE, wanted).body["properties"]["reservationOrderId"]
    url = "/providers/Microsoft.Capacity/reservationOrders/"
    refused = wire.send("PUT", url + "3f0f3c54-0000-0000-0000-000000000000", wanted)
    assert refused.code() == (400, "SessionTimedOut")
    assert refused.body["error"]["message"].startswith("Session timed out - Call CalculatePrice again")
    assert wire.send("PUT", url + order, wanted).status == 202
    assert wire.send("PUT", url + order, wanted).code() == (400, "ReservationOrderIdAlreadyExists")
    late = wire.post(CALCULATE, wanted).body["properties"]["reservationOrderId"]
    wire.send("POST", "/_emulator/clock", {"advance": "PT16M"}, version=None)
    assert wire.send("PUT", url + late, wanted).code() == (400, "SessionTimedOut")


def test_refuses_a_price_that_the_catalog_does_not_have() -> None:
    assert line().post(CALCULATE, purchase("Standard_Z99")).code() == (400, "CalculatePriceFailed")
    assert line().post(CALCULATE, purchase("Standard_B1ls", "P5Y")).code() == (400, "CalculatePriceFailed")


def test_lists_the_catalog_in_the_recorded_shape() -> None:
    catalog = [product(f"Standard_{number}", "1.50", "P1Y", location="westus") for number in range(60)]
    catalog.append(product("elsewhere", "2.00"))
    wire = Wire(Azure(estate(customer(catalog=catalog)), at("2026-07-01")))
    url = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Capacity/catalogs"
    first = wire.get(f"{url}?location=westus&reservedResourceType=VirtualMachines").body
    assert (len(first["value"]), first["totalItems"]) == (50, 60)
    assert first["nextLink"] == (
        f"http://emulator{url}?location=westus&reservedResourceType=VirtualMachines&api-version=2022-11-01&%24skip=50"
    )
    second = wire.get(first["nextLink"]).body
    assert (len(second["value"]), "nextLink" in second) == (10, False)
    assert first["value"][0] == {
        "resourceType": "virtualMachines",
        "name": "Standard_0",
        "terms": ["P1Y"],
        "locations": ["westus"],
        "billingPlans": {"p1Y": ["Upfront", "Monthly"]},
        "msrp": {"p1Y": price(1.5)},
        "skuProperties": [],
        "restrictions": [],
    }
