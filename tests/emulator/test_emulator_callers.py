"""What a caller may do is what the estate says of it, and is refused in the words of the Azure Resource Manager."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from reconciler.emulator.errors import EmulatorError
from tests.emulator.estates import Bought, at, customer, estate, order_id, path
from tests.emulator.wire import Reply, Wire

CAPACITY = "/providers/Microsoft.Capacity"
ORDER = f"{CAPACITY}/reservationOrders/{order_id(1)}"
EVERYTHING = {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}


def line(**caller: Any) -> Wire:
    more = {"caller": caller} if caller else {}
    return Wire(Azure(estate(customer(Bought(1), **more)), at("2026-07-01")))


def permissions(wire: Wire) -> list[dict[str, Any]]:
    answer = wire.send("GET", f"{ORDER}/providers/Microsoft.Authorization/permissions", version="2022-04-01")
    value: list[dict[str, Any]] = answer.body["value"]
    return value


def grant(wire: Wire) -> Reply:
    role = "/providers/Microsoft.Authorization/roleDefinitions/582fc458-8989-419f-a480-75249bc5db7e"
    body = {"properties": {"principalId": "99999999-0000-0000-0000-000000000001", "roleDefinitionId": role}}
    url = f"{ORDER}/providers/Microsoft.Authorization/roleAssignments/cccccccc-0000-0000-0000-000000000001"
    return wire.send("PUT", url, body, version="2022-04-01")


def exchange(wire: Wire) -> Reply:
    return wire.post(f"{CAPACITY}/calculateExchange", {"properties": {}})


def usage(wire: Wire) -> Reply:
    url = f"{path(1)}/providers/Microsoft.Consumption/reservationSummaries?grain=monthly"
    return wire.send("GET", url, version="2023-05-01")


def test_where_nothing_is_said_the_caller_may_do_everything() -> None:
    wire = line()
    assert permissions(wire) == [EVERYTHING]
    assert [one.status for one in (wire.get(ORDER), wire.quote(1), wire.patch(1, renew=True), grant(wire))] == [
        200,
        200,
        200,
        201,
    ]


@pytest.mark.parametrize(
    ("roles", "read", "quote", "patch", "assign"),
    [
        ([], 403, 403, 403, 403),
        (["Reservations Reader"], 200, 403, 403, 403),
        (["Reader"], 200, 403, 403, 403),
        (["Reservation Purchaser"], 403, 403, 403, 403),
        (["Reservations Administrator"], 200, 200, 200, 201),
        (["Contributor"], 200, 200, 200, 403),
        (["Owner"], 200, 200, 200, 201),
        (["User Access Administrator"], 200, 403, 403, 201),
        (["Contributor", "User Access Administrator"], 200, 200, 200, 201),
    ],
)
def test_a_role_allows_its_actions_and_no_other(
    roles: list[str], read: int, quote: int, patch: int, assign: int
) -> None:
    wire = line(roles=roles)
    answers = [wire.get(ORDER), wire.quote(1), wire.patch(1, renew=True), grant(wire)]
    assert [one.status for one in answers] == [read, quote, patch, assign]
    assert {one.status for one in (wire.get(f"{CAPACITY}/reservations"), usage(wire))} == {read}


def test_a_refusal_names_the_action_and_the_scope() -> None:
    wire = line(roles=["Reservations Reader"])
    refused = wire.patch(1, renew=True)
    assert refused.code() == (403, "AuthorizationFailed")
    assert refused.headers["x-ms-failure-cause"] == "gateway"
    nobody = "00000000-0000-0000-0000-000000000000"
    assert refused.body["error"]["message"] == (
        f"The client '{nobody}' with object id '{nobody}' does not have authorization to perform action "
        f"'Microsoft.Capacity/reservationOrders/reservations/write' over scope '{path(1)}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials."
    )
    assert f"over scope '{ORDER}' or" in wire.quote(1).body["error"]["message"]
    listed = line(roles=[]).get(f"{CAPACITY}/reservationOrders").body["error"]["message"]
    assert "'Microsoft.Capacity/reservationOrders/read' over scope '/providers/Microsoft.Capacity' or" in listed


def test_a_refusal_comes_before_a_look_at_the_body_or_at_what_is_there() -> None:
    wire = line(roles=["Reservations Reader"])
    assert wire.send("POST", f"{ORDER}/return", "{").status == 403
    assert wire.post(f"{CAPACITY}/reservationOrders/{order_id(9)}/return", {}).status == 403


def test_a_guest_may_change_but_neither_refund_nor_exchange() -> None:
    wire = line(roles=["Owner"], guest=True)
    assert permissions(wire) == [EVERYTHING]
    assert wire.patch(1, renew=True).status == 200
    refused = [wire.quote(1), wire.give_back(1, 1, "s"), exchange(wire), wire.post(f"{CAPACITY}/exchange", {})]
    assert [one.code() for one in refused] == [(403, "AuthorizationFailed")] * 4


def test_rights_by_lighthouse_are_none_for_reservations() -> None:
    wire = line(roles=["Owner"], lighthouse=True)
    assert permissions(wire) == []
    assert [one.status for one in (wire.get(ORDER), wire.quote(1), grant(wire))] == [403, 403, 403]


def test_permissions_are_those_of_the_roles() -> None:
    wire = line(roles=["Reservations Reader", "Reader"])
    assert [one["actions"] for one in permissions(wire)] == [
        ["Microsoft.Capacity/*/read", "Microsoft.Authorization/roleAssignments/read"],
        ["*/read"],
    ]


@pytest.mark.parametrize(
    ("caller", "place"),
    [({"roles": ["Reservations Contributor"]}, "roles[0]"), ({"roles": "Owner"}, "roles"), ({"guest": 1}, "guest")],
)
def test_an_estate_that_says_nonsense_of_the_caller_is_refused(caller: dict[str, Any], place: str) -> None:
    with pytest.raises(EmulatorError) as refused:
        line(**caller)
    assert str(refused.value).startswith(f"customers[0].caller.{place}: must be ")
