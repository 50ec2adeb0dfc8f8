"""Exchanges that the support agent carries out."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import SUBSCRIPTION, TENANT, Bought, at, customer, estate, product, purchase, usd
from tests.emulator.exchanging import CATALOG, EXCHANGE, YEAR, line, result
from tests.emulator.exchanging import asked as exchanged
from tests.emulator.supporting import asked, block, created, decide, read
from tests.emulator.wire import Wire

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-web"


def bought(
    text: str = "4 x Standard_D4s_v5", plan: str = "Monthly", scope: str = "Shared", name: str = "vm-new"
) -> str:
    kind = f"VirtualMachines, westeurope, P3Y, {plan}, {scope}, subscription {SUBSCRIPTION}, name {name}"
    return f"Purchase: {text}, {kind}\n"


def request(*parts: str) -> dict[str, Any]:
    return asked("Request: exchange\n" + "\n".join(parts) + "\nReason: Moving to Dv5\n")


def reservations(wire: Wire) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wire.estate()["customers"][0]["reservations"]
    return found


def test_exchanges_what_the_description_asks_for() -> None:
    wire = line()
    created(wire, "ticket", request(block(1, "3 of 3"), bought()))
    assert decide(wire, "ticket").body["properties"]["status"] == "Closed"
    old, new = reservations(wire)
    assert (old["properties"]["provisioningState"], new["properties"]["provisioningState"]) == (
        "Cancelled",
        "Succeeded",
    )
    kept = {key: new["properties"][key] for key in ("quantity", "displayName", "term", "billingPlan", "billingScopeId")}
    assert (new["sku"], new["location"], kept) == (
        {"name": "Standard_D4s_v5"},
        "westeurope",
        {
            "quantity": 4,
            "displayName": "vm-new",
            "term": "P3Y",
            "billingPlan": "Monthly",
            "billingScopeId": f"/subscriptions/{SUBSCRIPTION}",
        },
    )
    # 730.50 USD x 184/365 = 368.2520...; no fee, and it does not count against the cap
    [row] = wire.estate()["customers"][0]["refunds"]
    assert (row["refund"], row["canceledCommitment"], row["exchange"]) == (usd("368.25"), usd("368.25"), True)
    # 4 x 3,000 USD at half a euro: 6,000 EUR in 36 parts, 166.67 and, last, 6,000 - 35 x 166.67 = 166.55
    plan = wire.estate()["customers"][0]["reservationOrders"][1]["properties"]["planInformation"]["transactions"]
    assert [item["billingCurrencyTotal"]["amount"] for item in plan] == [166.67] * 35 + [166.55]
    assert [item["status"] for item in plan] == ["Succeeded"] + ["Scheduled"] * 35


def test_leaves_the_tenant_as_an_exchange_through_the_api_does() -> None:
    by_support, by_client = line(), line()
    created(by_support, "ticket", request(block(1, "2 of 3"), bought("1 x Standard_D4s_v5", "Upfront")))
    assert decide(by_support, "ticket").status == 200
    wanted = exchanged(purchase("Standard_D4s_v5"), returns=((1, 2),))
    session = result(by_client, wanted)["properties"]["sessionId"]
    location = by_client.post(EXCHANGE, {"properties": {"sessionId": session}}).headers["location"]
    assert [by_client.get(location).body["status"] for _ in range(5)][-1] == "Succeeded"
    views = []
    for wire in (by_support, by_client):
        found = wire.estate()["customers"][0]
        drawn = {item["name"] for item in found["reservationOrders"] + found["reservations"]}
        text = str({key: found[key] for key in ("reservationOrders", "reservations", "refunds")})
        fixed = {YEAR.order()["name"], YEAR.reservation()["name"]}
        for number, name in enumerate(sorted(drawn - fixed, key=text.index)):
            text = text.replace(name, f"drawn-{number}")
        views.append(text)
    assert views[0] == views[1]


def test_exchanges_several_into_several() -> None:
    wire = line(YEAR, Bought(2, billing=("EUR", 600.0)))
    purchases = bought(name="one"), bought("2 x Standard_D4s_v5", "Upfront", name="two")
    created(wire, "ticket", request(block(1, "1 of 3"), block(2, "1 of 1"), *purchases))
    assert decide(wire, "ticket").status == 200
    shown = [(item["properties"]["provisioningState"], item["properties"]["quantity"]) for item in reservations(wire)]
    assert shown == [("Cancelled", 3), ("Cancelled", 1), ("Succeeded", 2), ("Succeeded", 4), ("Succeeded", 2)]
    assert [row["exchange"] for row in wire.estate()["customers"][0]["refunds"]] == [True, True]


@pytest.mark.parametrize(
    ("scope", "friendly", "details"),
    [
        ("Shared", "Shared", None),
        (f"Single {SUBSCRIPTION}", "Single", {"subscriptionId": f"/subscriptions/{SUBSCRIPTION}"}),
        (f"ResourceGroup {GROUP}", "ResourceGroup", {"resourceGroupId": GROUP}),
        (
            "ManagementGroup mg-emea",
            "ManagementGroup",
            {"tenantId": TENANT, "managementGroupId": "/providers/Microsoft.Management/managementGroups/mg-emea"},
        ),
    ],
)
def test_reads_each_scope(scope: str, friendly: str, details: Any) -> None:
    wire = line()
    created(wire, "ticket", request(block(1, "3 of 3"), bought(scope=scope)))
    assert decide(wire, "ticket").status == 200
    properties = reservations(wire)[1]["properties"]
    assert (properties["userFriendlyAppliedScopeType"], properties.get("appliedScopeProperties")) == (friendly, details)


def test_takes_it_for_an_exchange_when_it_names_a_purchase() -> None:
    wire = line()
    created(wire, "ticket", asked(block(1, "3 of 3") + bought()))
    assert decide(wire, "ticket").status == 200
    assert len(reservations(wire)) == 2


def test_refunds_when_a_refund_is_what_is_asked_for() -> None:
    wire = line()
    created(wire, "ticket", asked("Request: refund\n" + block(1, "3 of 3") + bought()))
    assert decide(wire, "ticket").status == 200
    assert [row["exchange"] for row in wire.estate()["customers"][0]["refunds"]] == [False]
    assert len(reservations(wire)) == 1


@pytest.mark.parametrize("service", [{}, {"selfServiceExchanges": False}])
def test_exchanges_what_a_client_may_not_exchange_itself(service: dict[str, Any]) -> None:
    held = Bought(1, capabilities=None if not service else "ApiExchangeEnabled")
    wire = Wire(Azure(estate(customer(held, catalog=CATALOG), **service), at("2026-07-01")))
    created(wire, "ticket", request(block(1, "1 of 1"), bought("1 x Standard_D4s_v5")))
    assert decide(wire, "ticket").status == 200
    assert len(reservations(wire)) == 2


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        # 9,000 USD x 184/365 = 4,536.99 of commitment against 3,000
        ((block(2, "1 of 1"), bought("1 x Standard_D4s_v5")), "NewCommitmentBelowReturned"),
        ((block(3, "1 of 1"), bought()), "ExchangeAcrossFamilies"),
        ((block(1, "1 of 1"), bought("4 x Standard_Z99")), "CalculatePriceFailed"),
        ((block(1, "1 of 1"), block(4, "1 of 1"), bought()), "BillingCustomerInputError"),
        ((block(1, "2 of 1"), bought()), "InvalidRefundQuantity"),
        ((block(1, "1 of 1"), bought("0 x Standard_D4s_v5")), "InvalidRequestContent"),
        ((block(1, "1 of 1"), bought(scope="Everywhere")), "InvalidRequestContent"),
        ((block(1, "1 of 1"), bought(plan="Weekly")), "InvalidRequestContent"),
        ((block(1, "1 of 1"), bought(), "Purchase: something nice"), "InvalidRequestContent"),
        (
            (block(1, "1 of 1"), "Purchase: 4 x A, VirtualMachines, westeurope, P3Y, Monthly, Shared"),
            "InvalidRequestContent",
        ),
        ((block(1, "1 of 1"),), "InvalidRequestContent"),
    ],
)
def test_exchanges_nothing_when_a_part_cannot_be_done(parts: tuple[str, ...], code: str) -> None:
    dear = Bought(2, billing=("USD", 9000.0), pricing=("USD", 9000.0))
    held = [Bought(1), dear, Bought(3, kind="SqlDatabases"), Bought(4, billing=("EUR", 1200.0))]
    catalog = [product("Standard_D4s_v5", "3000.00")]
    wire = Wire(Azure(estate(customer(*held, catalog=catalog)), at("2026-07-01")))
    created(wire, "ticket", request(*parts))
    before = wire.estate()
    assert decide(wire, "ticket").code() == (409, code)
    assert wire.estate() == before
    assert read(wire, "ticket").body["properties"]["status"] == "Open"
