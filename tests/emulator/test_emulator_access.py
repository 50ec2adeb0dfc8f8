"""Role assignments at the provider, an order and a reservation, and the built-in roles."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import TENANT, Bought, at, customer, estate, order_id, path
from tests.emulator.wire import Reply, Wire

CAPACITY = "/providers/Microsoft.Capacity"
ORDER = f"{CAPACITY}/reservationOrders/{order_id(1)}"
READER = "582fc458-8989-419f-a480-75249bc5db7e"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ADA, BOB = "99999999-0000-0000-0000-000000000001", "99999999-0000-0000-0000-000000000002"


def name(number: int) -> str:
    return f"cccccccc-0000-0000-0000-{number:012d}"


@pytest.fixture
def wire() -> Wire:
    return Wire(Azure(estate(customer(Bought(1), Bought(2))), at("2026-07-01")))


def ask(wire: Wire, method: str, scope: str, what: str, body: Any = None) -> Reply:
    return wire.send(method, f"{scope}/providers/Microsoft.Authorization/{what}", body, version="2022-04-01")


def put(wire: Wire, scope: str, number: int, principal: str = ADA, role: str = READER, **more: Any) -> Reply:
    properties = {"principalId": principal, "principalType": "Group", **more}
    properties["roleDefinitionId"] = f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return ask(wire, "PUT", scope, f"roleAssignments/{name(number)}", {"properties": properties})


def listed(wire: Wire, scope: str, text: str = "") -> list[int]:
    query = f"?$filter={text.replace(' ', '%20')}" if text else ""
    answer = ask(wire, "GET", scope, f"roleAssignments{query}")
    assert answer.status == 200, answer.body
    return [int(row["name"][-4:]) for row in answer.body["value"]]


def test_a_new_assignment_is_created_and_reads_back(wire: Wire) -> None:
    made = put(wire, ORDER, 1, description="on call")
    expected = {
        "id": f"{ORDER}/providers/Microsoft.Authorization/roleAssignments/{name(1)}",
        "name": name(1),
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "scope": ORDER,
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{READER}",
            "principalId": ADA,
            "principalType": "Group",
            "description": "on call",
            "condition": None,
            "conditionVersion": None,
            "delegatedManagedIdentityResourceId": None,
            "createdOn": "2026-07-01T12:00:00.0000000Z",
            "updatedOn": "2026-07-01T12:00:00.0000000Z",
            "createdBy": "00000000-0000-0000-0000-000000000000",
            "updatedBy": "00000000-0000-0000-0000-000000000000",
        },
    }
    assert (made.status, made.body) == (201, expected)
    again = ask(wire, "GET", ORDER.lower(), f"roleAssignments/{name(1).upper()}")
    assert (again.status, again.body) == (200, expected)
    assert wire.estate()["customers"][0]["roleAssignments"] == [expected]


def test_the_same_again_is_no_second_assignment(wire: Wire) -> None:
    put(wire, ORDER, 1)
    again = put(wire, ORDER, 1)
    assert again.status == 200
    assert put(wire, ORDER, 1, description="changed").body["properties"]["description"] == "changed"
    assert listed(wire, ORDER) == [1]


def test_the_same_under_another_name_is_a_conflict_that_names_the_first(wire: Wire) -> None:
    put(wire, ORDER, 1)
    refused = put(wire, ORDER, 2)
    assert refused.code() == (409, "RoleAssignmentExists")
    assert name(1).replace("-", "") in refused.body["error"]["message"]
    assert put(wire, f"{CAPACITY}/reservationOrders/{order_id(2)}", 2).status == 201


@pytest.mark.parametrize("change", [{"principal": BOB}, {"role": OWNER}, {"principalType": "User"}])
def test_an_assignment_does_not_change_who_or_what(wire: Wire, change: dict[str, str]) -> None:
    put(wire, ORDER, 1)
    assert put(wire, ORDER, 1, **change).code() == (400, "RoleAssignmentUpdateNotPermitted")


def test_deleting_answers_with_what_was_there_and_then_with_nothing(wire: Wire) -> None:
    made = put(wire, ORDER, 1).body
    gone = ask(wire, "DELETE", ORDER, f"roleAssignments/{name(1)}")
    assert (gone.status, gone.body) == (200, made)
    again = ask(wire, "DELETE", ORDER, f"roleAssignments/{name(1)}")
    assert (again.status, again.body) == (204, None)
    missing = ask(wire, "GET", ORDER, f"roleAssignments/{name(1)}")
    assert missing.code() == (404, "RoleAssignmentNotFound")


def test_lists_what_is_inherited_and_what_is_below(wire: Wire) -> None:
    put(wire, CAPACITY, 1)
    put(wire, ORDER, 2, BOB)
    put(wire, path(1), 3)
    put(wire, path(2), 4)
    assert listed(wire, path(1)) == [1, 2, 3]
    assert listed(wire, ORDER) == [1, 2, 3]
    assert listed(wire, ORDER, "atScope()") == [1, 2]
    assert listed(wire, ORDER, f"principalId eq '{ADA}'") == [1, 3]
    assert listed(wire, ORDER, f"principalId eq {BOB}") == [2]
    assert listed(wire, path(1), f"atScope() and assignedTo('{ADA}')") == [1, 3]
    assert listed(wire, CAPACITY) == [1, 2, 3, 4]


@pytest.mark.parametrize("text", ["roleName eq 'x'", "principalId eq 'x'", "atScope() or atScope()", "atScope"])
def test_refuses_any_other_filter(wire: Wire, text: str) -> None:
    answer = ask(wire, "GET", ORDER, f"roleAssignments?$filter={text.replace(' ', '%20')}")
    assert answer.code() == (400, "BadRequest")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"principalId": "ada"}, (400, "InvalidPrincipalId")),
        ({"principalId": None}, (400, "InvalidRequestContent")),
        ({"principalType": "Robot"}, (400, "InvalidRequestContent")),
        ({"roleDefinitionId": "Reader"}, (400, "InvalidRequestContent")),
        ({"roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{ADA}"}, (404, "RoleDefinition")),
    ],
)
def test_refuses_what_is_no_assignment(wire: Wire, change: dict[str, Any], code: tuple[int, str]) -> None:
    definition = f"/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    properties = {"principalId": ADA, "roleDefinitionId": definition} | change
    refused = ask(wire, "PUT", ORDER, f"roleAssignments/{name(1)}", {"properties": properties})
    assert (refused.status, refused.body["error"]["code"][: len(code[1])]) == code
    assert listed(wire, ORDER) == []


def test_refuses_a_name_that_is_no_guid_and_a_scope_that_is_not_there(wire: Wire) -> None:
    properties = {"principalId": ADA, "roleDefinitionId": f"x/roleDefinitions/{READER}"}
    refused = ask(wire, "PUT", ORDER, "roleAssignments/ada", {"properties": properties})
    assert refused.code() == (400, "InvalidRoleAssignmentId")
    assert put(wire, f"{CAPACITY}/reservationOrders/{order_id(9)}", 1).code() == (404, "ReservationOrderNotFound")


def test_a_moved_order_takes_no_assignment_along() -> None:
    other = customer(tenant="22222222-0000-0000-0000-000000000002")
    wire = Wire(Azure(estate(customer(Bought(1), Bought(2)), other), at("2026-07-01")))
    put(wire, ORDER, 1)
    put(wire, path(2), 2)
    wire.post(f"{ORDER}/changeDirectory", {"destinationTenantId": "22222222-0000-0000-0000-000000000002"})
    assert listed(wire, CAPACITY) == [2]


def test_the_roles_are_there_with_their_actions(wire: Wire) -> None:
    value = ask(wire, "GET", ORDER, "roleDefinitions").body["value"]
    assert len(value) == 7
    one = ask(wire, "GET", "", f"roleDefinitions/{READER}").body
    assert one in value
    assert one["properties"]["roleName"] == "Reservations Reader"
    assert one["properties"]["assignableScopes"] == [CAPACITY]
    assert one["properties"]["permissions"] == [
        {
            "actions": ["Microsoft.Capacity/*/read", "Microsoft.Authorization/roleAssignments/read"],
            "notActions": [],
            "dataActions": [],
            "notDataActions": [],
        }
    ]
    named = ask(wire, "GET", ORDER, "roleDefinitions?$filter=roleName%20eq%20'reservations%20reader'").body["value"]
    assert named == [one]
    assert ask(wire, "GET", ORDER, f"roleDefinitions/{TENANT}").code() == (404, "RoleDefinitionDoesNotExist")
