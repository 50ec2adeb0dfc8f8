"""Archiving, moving to another tenant, what applies to a subscription, what the provider can be asked for."""

from __future__ import annotations

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import (
    OTHER_TENANT,
    SUBSCRIPTION,
    TENANT,
    Bought,
    at,
    customer,
    estate,
    order_id,
    path,
    reservation_id,
)
from tests.emulator.wire import Wire

ORDER = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}"
APPLIED = "/providers/Microsoft.Capacity/appliedReservations"


def two_tenants() -> tuple[Wire, Wire]:
    mine = customer(Bought(1, quantity=2), Bought(2), roleAssignments=[])
    azure = Azure(estate(mine, customer(Bought(9), tenant=OTHER_TENANT)), at("2026-07-01"))
    return Wire(azure, TENANT), Wire(azure, OTHER_TENANT)


def test_archives_what_has_ended_and_takes_it_out_again() -> None:
    wire = Wire(Azure(estate(customer(Bought(1, expires="2026-06-01"))), at("2026-07-01")))
    answer = wire.send("POST", f"{path(1)}/archive")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, None, "0")
    assert wire.reservation(1)["properties"]["archived"] is True
    assert wire.send("POST", f"{path(1)}/unarchive").status == 200
    assert wire.reservation(1)["properties"]["archived"] is False


def test_refuses_to_archive_what_is_active() -> None:
    wire = Wire(Azure(estate(customer(Bought(1))), at("2026-07-01")))
    assert wire.send("POST", f"{path(1)}/archive").code() == (400, "OperationCannotBePerformedInCurrentState")


def test_moves_an_order_with_its_reservations_to_another_tenant() -> None:
    mine, theirs = two_tenants()
    answer = mine.post(f"{ORDER}/changeDirectory", {"destinationTenantId": OTHER_TENANT})
    assert answer.status == 200
    assert answer.body == {
        "reservationOrder": {"id": order_id(1), "name": "order-1", "isSucceeded": True},
        "reservations": [{"id": reservation_id(1), "name": "reservation-1", "isSucceeded": True}],
    }
    assert mine.get(ORDER).code() == (404, "ReservationOrderNotFound")
    assert [item["name"] for item in theirs.get("/providers/Microsoft.Capacity/reservations").body["value"]] == [
        reservation_id(9),
        reservation_id(1),
    ]
    [gone, moved] = mine.estate()["customers"]
    assert [row["reservationId"] for row in gone["usage"]] == [reservation_id(2)]
    assert [row["reservationId"] for row in moved["usage"]] == [reservation_id(9), reservation_id(1)]
    assert theirs.quote(1).status == 200


@pytest.mark.parametrize("tenant", ["99999999-0000-0000-0000-000000000009", TENANT])
def test_tells_for_each_item_that_it_could_not_be_moved(tenant: str) -> None:
    mine, _ = two_tenants()
    answer = mine.post(f"{ORDER}/changeDirectory", {"destinationTenantId": tenant})
    assert answer.status == 200
    verdicts = [answer.body["reservationOrder"], *answer.body["reservations"]]
    assert [(one["isSucceeded"], tenant in one["error"]) for one in verdicts] == [(False, True)] * 2
    assert mine.get(ORDER).status == 200


def test_refuses_to_move_to_what_is_no_tenant_or_while_a_return_is_in_progress() -> None:
    mine, _ = two_tenants()
    assert mine.post(f"{ORDER}/changeDirectory", {"destinationTenantId": "x"}).code() == (400, "InvalidTenantId")
    mine.give_back(1, 1, mine.quote(1).body["properties"]["sessionId"])
    refused = mine.post(f"{ORDER}/changeDirectory", {"destinationTenantId": OTHER_TENANT})
    assert refused.code() == (400, "OperationCannotBePerformedInCurrentState")


def test_lists_the_orders_that_apply_to_a_subscription() -> None:
    bought = [Bought(number) for number in range(1, 5)]
    document = estate(customer(*bought, Bought(5, expires="2026-06-01")))
    scopes = [
        {"appliedScopeType": "Shared"},
        {"appliedScopeType": "Single", "appliedScopeProperties": {"subscriptionId": f"/subscriptions/{SUBSCRIPTION}"}},
        {
            "appliedScopeType": "Single",
            "appliedScopeProperties": {"resourceGroupId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"},
        },
        {"appliedScopeType": "Single", "appliedScopeProperties": {"subscriptionId": f"/subscriptions/{TENANT}"}},
    ]
    for item, scope in zip(document["customers"][0]["reservations"], scopes, strict=False):
        item["properties"].update(scope)
    answer = Wire(Azure(document, at("2026-07-01"))).get(f"/subscriptions/{SUBSCRIPTION}{APPLIED}")
    assert answer.body == {
        "id": f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.capacity/AppliedReservations/default",
        "type": "Microsoft.Capacity/AppliedReservations",
        "name": "default",
        "properties": {
            "reservationOrderIds": {
                "value": [f"/providers/Microsoft.Capacity/reservationorders/{order_id(n)}" for n in (1, 2, 3)]
            }
        },
    }


def test_pages_what_applies_inside_the_properties() -> None:
    document = estate(customer(*(Bought(number) for number in range(1, 502))))
    wire = Wire(Azure(document, at("2026-07-01")))
    first = wire.get(f"/subscriptions/{SUBSCRIPTION}{APPLIED}").body["properties"]["reservationOrderIds"]
    assert len(first["value"]) == 500
    last = wire.get(first["nextLink"]).body["properties"]["reservationOrderIds"]
    assert [one.rpartition("/")[2] for one in last["value"]] == [order_id(501)]
    assert "nextLink" not in last


def test_lists_what_the_provider_can_be_asked_for() -> None:
    wire = Wire(Azure(estate(customer()), at("2026-07-01")))
    value = wire.get("/providers/Microsoft.Capacity/operations").body["value"]
    assert "Microsoft.Capacity/reservationorders/calculaterefund/action" in [one["name"] for one in value]
    assert {tuple(one["display"]) for one in value} == {("provider", "resource", "operation", "description")}
