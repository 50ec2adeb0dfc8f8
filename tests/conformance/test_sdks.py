"""Microsoft's SDKs, as they are, drive every operation against the emulator; both flavours see the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from tests.conformance import spec
from tests.conformance.clients import HTTP, Clients, clients, done
from tests.conformance.listening import definition_of
from tests.conformance.tour import CATALOG, READER, SINGLE
from tests.emulation import Emulator, running_emulator
from tests.emulator.estates import (
    OTHER_TENANT,
    SUBSCRIPTION,
    Bought,
    customer,
    estate,
    order_id,
    path,
    purchase,
    reservation_id,
)

ORDER = f"/providers/Microsoft.Capacity/reservationOrders/{order_id(1)}"
ONE = "cccccccc-0000-0000-0000-000000000001"
GROUP = "99999999-0000-0000-0000-000000000001"
FLAVOURS = ("sync", "async")


def drive(flavour: str, scenario: Any, **caller: Any) -> list[tuple[str, str]]:
    """Run a scenario with clients of a flavour, and return the requests that the emulator was sent."""
    bought = [Bought(1, quantity=3), Bought(2, quantity=2), Bought(3), Bought(4, expires="2026-06-01"), Bought(5)]
    more = {"caller": caller} if caller else {}
    rest = [Bought(number) for number in range(10, 70)]
    document = estate(customer(*bought, *rest, catalog=CATALOG, **more), customer(tenant=OTHER_TENANT))

    async def run(emulator: Emulator) -> None:
        async with clients(flavour, emulator.endpoint) as found:
            await scenario(found)

    with running_emulator(document, "2026-07-01T12:00:00+00:00") as emulator:
        asyncio.run(run(emulator))
        return [(one["method"], one["path"]) for one in emulator.get("requests")]


async def everything(found: Clients) -> None:
    await read(found.reservations)
    await change(found.reservations)
    await divide(found.reservations)
    await give_back(found.reservations)
    await exchange(found.reservations)
    await buy(found.reservations)
    moved = await done(
        found.reservations.reservation_order.change_directory(
            order_id(5), {"destinationTenantId": OTHER_TENANT}, **HTTP
        )
    )
    assert [moved.reservation_order.is_succeeded, moved.reservations[0].is_succeeded] == [True, True]


async def read(azure: Any) -> None:
    everyone = await done(azure.reservation.list_all(**HTTP))
    assert [item.name for item in everyone] == [reservation_id(n) for n in (*range(1, 6), *range(10, 70))]
    some = await done(azure.reservation.list_all(filter="properties/quantity eq 2", orderby="sku/name desc", **HTTP))
    assert [item.name for item in some] == [reservation_id(2)]
    orders = await done(azure.reservation_order.list(**HTTP))
    assert len(orders) == 65
    order = await done(azure.reservation_order.get(order_id(2), expand="planInformation", **HTTP))
    assert order.properties.plan_information.pricing_currency_total.amount == 1200.0
    [one] = await done(azure.reservation.list(order_id(1), **HTTP))
    got = await done(azure.reservation.get(order_id(1), one.name, expand="renewProperties", **HTTP))
    assert (got.etag, got.properties.quantity) == (11, 3)
    applied = await done(azure.get_applied_reservation_list(SUBSCRIPTION, **HTTP))
    assert len(applied.properties.reservation_order_ids.value) == 64
    products = await done(azure.get_catalog(SUBSCRIPTION, reserved_resource_type="VirtualMachines", **HTTP))
    assert [item.name for item in products] == ["Standard_D2s_v5", "Standard_D4s_v5"]
    operations = await done(azure.operation.list(**HTTP))
    assert "Microsoft.Capacity/reservationorders/split/action" in [item.name for item in operations]


async def change(azure: Any) -> None:
    first = order_id(1), reservation_id(1)
    changed = await done(azure.reservation.begin_update(*first, {"properties": SINGLE | {"name": "vm"}}, **HTTP))
    assert changed.properties.display_name == "vm"
    assert changed.properties.applied_scope_properties.subscription_id == f"/subscriptions/{SUBSCRIPTION}"
    history = await done(azure.reservation.list_revisions(*first, **HTTP))
    assert [item.name for item in history] == ["13", "12", "11"]
    scopes = {"properties": {"scopes": [f"/subscriptions/{SUBSCRIPTION}"]}}
    answer = await done(azure.reservation.begin_available_scopes(*first, scopes, **HTTP))
    assert [item.valid for item in answer.properties.scopes] == [True]
    ended = order_id(4), reservation_id(4)
    for method, archived in ((azure.reservation.archive, True), (azure.reservation.unarchive, False)):
        assert await done(method(*ended, **HTTP)) is None
        assert (await done(azure.reservation.get(*ended, **HTTP))).properties.archived is archived


async def divide(azure: Any) -> None:
    asked = {"properties": {"reservationId": path(1), "quantities": [1, 2]}}
    parts = await done(azure.reservation.begin_split(order_id(1), asked, **HTTP))
    # The client follows the Location, where the name has the order in it.
    assert [item.properties.quantity for item in parts] == [1, 2, 3]
    assert parts[2].properties.extended_status_info.status_code == "Split"
    assert {item.name.partition("/")[0] for item in parts} == {order_id(1)}
    sources = [item.id for item in parts[:2]]
    whole = await done(azure.reservation.begin_merge(order_id(1), {"properties": {"sources": sources}}, **HTTP))
    assert [item.properties.quantity for item in whole] == [1, 2, 3]
    assert whole[2].properties.merge_properties.merge_sources == sources


async def give_back(azure: Any) -> None:
    returned = {"reservationId": path(2), "quantity": 1}
    asked = {"scope": "Reservation", "reservationToReturn": returned}
    quoted = await done(azure.calculate_refund.post(order_id(2), {"properties": asked}, **HTTP))
    # 1,200 x 1/2 x 184/365 = 302.466 -> 302.47, less 12 % = 36.30
    assert quoted.properties.billing_refund_amount.amount == 266.17
    session = {"sessionId": quoted.properties.session_id, "returnReason": "PurchasedWrongProduct"}
    told = await done(azure.return_operations.begin_post(order_id(2), {"properties": asked | session}, **HTTP))
    # The client takes the Location's 200 for the end.
    assert told["properties"]["provisioningState"] == "Pending"
    states = [(await done(azure.reservation_order.get(order_id(2), **HTTP))) for _ in range(3)]
    assert states[-1].properties.provisioning_state == "Succeeded"


async def exchange(azure: Any) -> None:
    given = [{"reservationId": path(3), "quantity": 1}]
    wanted = {"reservationsToExchange": given, "reservationsToPurchase": [purchase("Standard_D4s_v5")]}
    quoted = await done(azure.calculate_exchange.begin_post({"properties": wanted}, **HTTP))
    # 1,200 x 184/365 = 604.93
    assert quoted.properties.refunds_total.amount == 604.93
    made = await done(azure.exchange.begin_post({"properties": {"sessionId": quoted.properties.session_id}}, **HTTP))
    assert (made.status, made.properties.reservations_to_purchase[0].status) == ("Succeeded", "Succeeded")


async def buy(azure: Any) -> None:
    wanted = purchase("Standard_D2s_v5", "P1Y")
    priced = await done(azure.reservation_order.calculate(wanted, **HTTP))
    minted = priced.properties.reservation_order_id
    assert (await done(azure.reservation_order.begin_purchase(minted, wanted, **HTTP))).name == minted
    for _ in range(4):
        order = await done(azure.reservation_order.get(minted, **HTTP))
    assert order.properties.provisioning_state == "Succeeded"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_reservations_sdk_drives_every_operation(flavour: str) -> None:
    asked = drive(flavour, everything)
    found = {one.id for method, where in asked if (one := definition_of(where).operation(method, where))}
    assert found >= {one.id for one in definition_of(spec.RESERVATIONS).operations}


async def grant(found: Clients) -> None:
    access, roles = found.authorization.role_assignments, found.authorization.role_definitions
    [reader] = await done(roles.list(ORDER, filter="roleName eq 'Reservations Reader'", **HTTP))
    assert reader.id == READER
    assert (await done(roles.get(ORDER, reader.name, **HTTP))).role_name == "Reservations Reader"
    assert (await done(roles.get_by_id(READER, **HTTP))).permissions[0].actions == [
        "Microsoft.Capacity/*/read",
        "Microsoft.Authorization/roleAssignments/read",
    ]
    body = {"properties": {"roleDefinitionId": reader.id, "principalId": GROUP, "principalType": "Group"}}
    made = await done(access.create(ORDER, ONE, body, **HTTP))
    assert (made.principal_id, made.scope.lower()) == (GROUP, ORDER.lower())
    for again in (access.create_by_id(made.id, body, **HTTP), access.get(ORDER, ONE, **HTTP)):
        assert (await done(again)).id == made.id
    assert (await done(access.get_by_id(made.id, **HTTP))).principal_type == "Group"
    # An assignment at the order is inherited by its reservation.
    for where, text in ((ORDER, "atScope()"), (path(1), f"principalId eq '{GROUP}'"), (path(1), None)):
        assert [row.name for row in await done(access.list_for_scope(where, filter=text, **HTTP))] == [ONE]
    assert (await done(access.delete(ORDER, ONE, **HTTP))).id == made.id
    assert await done(access.delete_by_id(made.id, **HTTP)) is None
    assert await done(access.list_for_scope(ORDER, **HTTP)) == []


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_authorization_sdk_gives_and_takes_access(flavour: str) -> None:
    drive(flavour, grant)


async def clash(found: Clients) -> None:
    access = found.authorization.role_assignments
    body = {"properties": {"roleDefinitionId": READER, "principalId": GROUP}}
    await done(access.create(ORDER, ONE, body, **HTTP))
    with pytest.raises(HttpResponseError) as refused:
        await done(access.create(ORDER, ONE.replace("1", "2"), body, **HTTP))
    assert (refused.value.status_code, refused.value.error.code) == (409, "RoleAssignmentExists")


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_authorization_sdk_raises_on_a_conflict(flavour: str) -> None:
    drive(flavour, clash)


async def forbidden(found: Clients) -> None:
    assert len(await done(found.reservations.reservation_order.list(**HTTP))) == 65
    with pytest.raises(HttpResponseError) as refused:
        asked = {"properties": {"reservationToReturn": {"reservationId": path(1), "quantity": 1}}}
        await done(found.reservations.calculate_refund.post(order_id(1), asked, **HTTP))
    assert (refused.value.status_code, refused.value.error.code) == (403, "AuthorizationFailed")


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_reservations_sdk_raises_on_what_a_role_does_not_allow(flavour: str) -> None:
    drive(flavour, forbidden, roles=["Reservations Reader"])


async def usage(found: Clients) -> None:
    summaries = found.consumption.reservations_summaries
    span = "properties/usageDate ge 2026-06-01 AND properties/usageDate le 2026-06-30"
    daily = await done(summaries.list_by_reservation_order(order_id(1), grain="daily", filter=span, **HTTP))
    monthly = await done(
        summaries.list_by_reservation_order_and_reservation(order_id(1), reservation_id(1), grain="monthly", **HTTP)
    )
    # 10 hours over the 182 days since 1 January, three units for 24 hours a day
    assert {(float(row.properties.used_hours), float(row.properties.reserved_hours)) for row in daily} == {
        (10 / 182, 72)
    }
    assert (len(daily), len(monthly), float(monthly[1].properties.reserved_hours)) == (30, 7, 28 * 72.0)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_consumption_sdk_reads_the_usage(flavour: str) -> None:
    drive(flavour, usage)
