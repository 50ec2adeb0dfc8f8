"""What expires and renews itself is bought anew when the clock moves."""

from __future__ import annotations

from typing import Any

from reconciler.emulator.app import Azure
from tests.emulator.estates import SUBSCRIPTION, Bought, at, customer, estate, path, price, product, purchase
from tests.emulator.wire import Wire

CATALOG = [product("Standard_D2s_v5", "1500.00", "P1Y"), product("Standard_D4s_v5", "3000.00")]


def line(renew: bool = True, day: str = "2026-12-31", **more: Any) -> Wire:
    document = estate(customer(Bought(1, quantity=2, **more), catalog=CATALOG), taken=day)
    properties = document["customers"][0]["reservations"][0]["properties"]
    properties |= {"renew": renew, "userFriendlyRenewState": "On" if renew else "Off"}
    return Wire(Azure(document, at(day)))


def move(wire: Wire, day: str) -> None:
    wire.send("POST", "/_emulator/clock", {"at": f"{day}T12:00:00Z"}, version=None)


def reservations(wire: Wire) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = wire.get("/providers/Microsoft.Capacity/reservations").body["value"]
    return value


def test_buys_the_same_again_from_the_end_of_the_term() -> None:
    wire = line()
    move(wire, "2027-01-01")
    assert [item["properties"]["provisioningState"] for item in reservations(wire)] == ["Succeeded"]
    move(wire, "2027-01-02")
    old, new = (item for item in reservations(wire))
    assert (old["properties"]["provisioningState"], old["properties"]["userFriendlyRenewState"]) == (
        "Expired",
        "Renewed",
    )
    assert old["properties"]["renewDestination"].lower() == new["id"].lower()
    properties = new["properties"]
    assert properties["renewSource"].lower() == path(1).lower()
    assert properties["purchaseDateTime"] == "2027-01-01T09:00:00.0000000Z"
    assert properties["expiryDateTime"] == "2028-01-01T09:00:00.0000000Z"
    kept = ("quantity", "term", "displayName", "reservedResourceType", "billingPlan", "billingScopeId")
    assert [properties[key] for key in kept] == [old["properties"][key] for key in kept]
    assert (properties["renew"], properties["provisioningState"]) == (False, "Succeeded")
    [first, second] = wire.get("/providers/Microsoft.Capacity/reservationOrders").body["value"]
    assert (first["properties"]["provisioningState"], second["properties"]["provisioningState"]) == (
        "Expired",
        "Succeeded",
    )
    assert new["id"].startswith(second["id"])


def test_buys_what_was_chosen_for_the_renewal_at_its_locked_price() -> None:
    wire = line(renew=False)
    chosen = purchase("Standard_D4s_v5", "P3Y", "Monthly", 3, displayName="vm-next")
    wire.patch(1, renew=True, renewProperties={"purchaseProperties": chosen})
    move(wire, "2027-03-05")
    _, new = reservations(wire)
    assert (new["sku"], new["properties"]["quantity"], new["properties"]["term"]) == (
        {"name": "Standard_D4s_v5"},
        3,
        "P3Y",
    )
    url = f"{new['id'].partition('/reservations/')[0]}?$expand=planInformation"
    plan = wire.get(url).body["properties"]["planInformation"]
    # 3 x 3,000 over 36 months is 250 a month; due on the first of January, February and March
    assert plan["pricingCurrencyTotal"] == price(9000.0)
    paid = [item for item in plan["transactions"] if item["status"] == "Succeeded"]
    assert [item["dueDate"] for item in paid] == ["2027-01-01", "2027-02-01", "2027-03-01"]
    assert {item["billingCurrencyTotal"]["amount"] for item in paid} == {250.0}
    assert plan["nextPaymentDueDate"] == "2027-04-01"


def test_what_was_renewed_comes_to_its_own_end() -> None:
    wire = line()
    move(wire, "2028-06-01")
    assert [item["properties"]["provisioningState"] for item in reservations(wire)] == ["Expired", "Expired"]


def test_a_renewal_without_a_price_does_not_take_place() -> None:
    wire = line(kind="SqlDatabases")
    move(wire, "2027-01-02")
    [old] = reservations(wire)
    assert old["properties"]["userFriendlyRenewState"] == "NotRenewed"
    assert "renewDestination" not in old["properties"]


def test_what_does_not_renew_itself_expires() -> None:
    wire = line(renew=False)
    move(wire, "2027-01-02")
    [old] = reservations(wire)
    assert (old["properties"]["provisioningState"], old["properties"]["userFriendlyRenewState"]) == ("Expired", "Off")


def test_a_renewal_keeps_the_scope() -> None:
    wire = line()
    wire.patch(1, appliedScopeType="Single", appliedScopes=[f"/subscriptions/{SUBSCRIPTION}"])
    move(wire, "2027-01-02")
    _, new = reservations(wire)
    assert new["properties"]["appliedScopeProperties"] == {"subscriptionId": f"/subscriptions/{SUBSCRIPTION}"}
