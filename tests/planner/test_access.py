"""Role assignments on orders: what is granted, what is revoked, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bodies import Body, guid
from tests.planner.holdings import successor, upfront
from tests.planner.world import Planned, World, entry

READER = "582fc458-8989-419f-a480-75249bc5db7e"
ADMINISTRATOR = "a8889054-8d42-49c9-bc1c-52486c10e7cd"
OWN = "0c0c0c0c-0000-0000-0000-000000000001"
ADA, BOB = guid(0xADA), guid(0xB0B)
DEFINITIONS: list[Body] = [
    {"id": f"/providers/Microsoft.Authorization/roleDefinitions/{OWN}", "properties": {"roleName": "Cost viewer"}}
]


def assigned(principal: str, role: str, order: int | None = 1, name: int = 1) -> Body:
    """Return an assignment on an order, or above all orders."""
    scope = "/providers/Microsoft.Capacity" + (f"/reservationOrders/{guid(order)}" if order else "")
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{guid(name)}",
        "properties": {
            "scope": scope,
            "principalId": principal.upper(),
            "principalType": "Group",
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        },
    }


def wanted(*pairs: tuple[str, str]) -> str:
    items = ", ".join(f'{{principalId: {who}, principalType: Group, role: "{role}"}}' for who, role in pairs)
    return f"access: [{items}]"


def changes(plan: Planned) -> list[tuple[str, str, str]]:
    """Return what is done, to whom and which role, of every access action."""
    found = [item for action in plan.actions if action["action"] == "access" for item in action["changes"]]
    return [
        ("grant" if item["after"] else "revoke", spec["principalId"], spec["role"])
        for item in found
        for spec in [item["after"] or item["before"]]
    ]


READER_FOR_ADA = wanted((ADA, "Reservations Reader"))
EXCLUSIVE = (READER_FOR_ADA, "accessMode: exclusive")
# what Azure has, the entry's lines -> what is done
TABLE: dict[str, tuple[list[Body], tuple[str, ...], list[tuple[str, str, str]]]] = {
    "nobody has it": ([], (READER_FOR_ADA,), [("grant", ADA, "Reservations Reader")]),
    "it is there": ([assigned(ADA, READER)], (READER_FOR_ADA,), []),
    "it is there on another order": (
        [assigned(ADA, READER, order=2)],
        (READER_FOR_ADA,),
        [("grant", ADA, "Reservations Reader")],
    ),
    "it is inherited": ([assigned(ADA, READER, order=None)], (READER_FOR_ADA,), []),
    "another has a role, additive": ([assigned(ADA, READER), assigned(BOB, READER, name=2)], (READER_FOR_ADA,), []),
    "another has a role, exclusive": (
        [assigned(ADA, READER), assigned(BOB, READER, name=2)],
        EXCLUSIVE,
        [("revoke", BOB, "Reservations Reader")],
    ),
    "another has an inherited role, exclusive": (
        [assigned(ADA, READER), assigned(BOB, READER, order=None, name=2)],
        EXCLUSIVE,
        [],
    ),
    "nobody shall have any": (
        [assigned(ADA, READER)],
        ("access: []", "accessMode: exclusive"),
        [("revoke", ADA, "Reservations Reader")],
    ),
    "a role of the tenant's own": ([], (wanted((ADA, "cost VIEWER")),), [("grant", ADA, "cost VIEWER")]),
    "an unknown role is revoked by its id": (
        [assigned(BOB, guid(7))],
        ("access: []", "accessMode: exclusive"),
        [("revoke", BOB, guid(7))],
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_is_listed_is_granted_and_only_exclusive_revokes(world: World, case: str) -> None:
    there, lines, expected = TABLE[case]
    held: dict[str, Any] = {"roleAssignments": there, "roleDefinitions": DEFINITIONS}
    plan = world.customer(entry("vm", 1, *lines), holds=[upfront(1)], **held).plan()
    assert changes(plan) == expected
    assert plan.summary() == ({"access": 1} if expected else {"unchanged": 1})
    assert plan.codes == []


def test_the_lists_of_one_order_are_one(world: World) -> None:
    entries = (entry("a", 1, READER_FOR_ADA), entry("b", 2, wanted((BOB, "Owner")), order=1))
    plan = world.customer(*entries, holds=[upfront(1), successor(upfront(1), 2, 1)], roleAssignments=[]).plan()
    assert [(item["address"], item["action"]) for item in plan.actions] == [("contoso/a", "access")]
    assert changes(plan) == [("grant", ADA, "Reservations Reader"), ("grant", BOB, "Owner")]


def test_who_administers_an_order_is_not_revoked_without_a_word(world: World) -> None:
    held = [assigned(ADA, READER), assigned(BOB, ADMINISTRATOR, name=2)]
    plan = world.customer(entry("vm", 1, *EXCLUSIVE), holds=[upfront(1)], roleAssignments=held).plan()
    assert changes(plan) == [("revoke", BOB, "Reservations Administrator")]
    assert BOB in plan.said("access.revokes-administrator")[0]


def test_a_role_that_nobody_knows_is_not_granted(world: World) -> None:
    lines = wanted((ADA, "Reservation Reader"))
    plan = world.customer(entry("vm", 1, lines), holds=[upfront(1)], roleAssignments=[]).plan()
    assert (plan.action["status"], plan.action["blockedBy"]) == ("blocked", ["access.role-unknown"])


def test_assignments_that_were_not_read_are_not_guessed(world: World) -> None:
    plan = world.customer(entry("vm", 1, READER_FOR_ADA), holds=[upfront(1)]).plan()
    assert (plan.actions, plan.codes) == ([], ["access.unknown"])
