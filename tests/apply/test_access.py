"""Role assignments on an order: granted, revoked, found again after a death, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.test_rederiving import actions, signed_again
from tests.apply.test_resume import resumed
from tests.apply.world import Result, World, upfront
from tests.bodies import guid

Start = Callable[..., World]
READER = "582fc458-8989-419f-a480-75249bc5db7e"
ADMINISTRATOR = "a8889054-8d42-49c9-bc1c-52486c10e7cd"
ADA, BOB, OWN = guid(0xADA), guid(0xB0B), "00000000-0000-0000-0000-000000000000"
LISTED = f"access: [{{principalId: {ADA}, principalType: Group, role: Reservations Reader}}]"
ORDER = f"/providers/Microsoft.Capacity/reservationOrders/{guid(1)}"


def assigned(principal: str, name: int) -> dict[str, Any]:
    return {
        "id": f"{ORDER}/providers/Microsoft.Authorization/roleAssignments/{guid(name)}",
        "name": guid(name),
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "scope": ORDER,
            "principalId": principal,
            "principalType": "Group",
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{READER}",
        },
    }


def principals(at: World) -> list[str]:
    """Return who has the reader's role, by the emulator."""
    (customer,) = at.emulator.get("estate")["customers"]
    return sorted(item["properties"]["principalId"] for item in customer["roleAssignments"])


def test_a_role_is_granted_once_and_the_next_plan_has_nothing_to_do(start: Start) -> None:
    at = start(upfront())
    at.desire(LISTED)
    planned = at.plan("--detailed-exitcode")
    assert (planned.code, planned.json["summary"]["access"]) == (2, 1)
    applied = at.apply()
    assert [(item["action"], item["result"]) for item in applied.json["outcomes"]] == [("access", "done")]
    assert principals(at) == [ADA]
    assert at.plan("--detailed-exitcode").code == 0


def test_exclusive_revokes_whom_nobody_lists(start: Start) -> None:
    at = start(upfront(), roleAssignments=[assigned(BOB, 0x77)])
    at.desire(f"{LISTED}\naccessMode: exclusive")
    at.plan()
    assert at.apply().code == 0
    assert principals(at) == [ADA]
    assert at.plan("--detailed-exitcode").code == 0


@pytest.mark.parametrize(("method", "fate"), [("PUT", "after"), ("PUT", "500"), ("DELETE", "after"), ("DELETE", "500")])
def test_a_lost_answer_is_read_back_and_nothing_is_assigned_twice(start: Start, method: str, fate: str) -> None:
    at = start(upfront(), roleAssignments=[assigned(BOB, 0x77)])
    at.desire(f"{LISTED}\naccessMode: exclusive")
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose_method[method] = fate
        applied = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint)
    if applied.code == 4:
        assert resumed(at) == (0, [("contoso/r1", "done")])
    if at.plan("--detailed-exitcode").code == 2:
        assert at.apply().code == 0
    assert principals(at) == [ADA]
    assert at.plan("--detailed-exitcode").code == 0
    assert at.run("ledger", "verify").code == 0


def test_a_plan_that_grants_what_was_granted_meanwhile_does_nothing(start: Start) -> None:
    at = start(upfront())
    at.desire(LISTED)
    at.plan()
    first = (at.folder / "plan.json").read_bytes()
    at.plan()
    assert at.apply().code == 0
    (at.folder / "plan.json").write_bytes(first)
    refused = at.apply()
    assert (refused.code, refused.err.count("\n")) == (5, 1)
    assert (
        f"the plan is stale: access to the order of contoso/r1 changed since: {ADA} has Reservations Reader by now. "
        "Nothing was done; plan again"
    ) in refused.err
    assert principals(at) == [ADA]


def test_a_plan_that_revokes_what_was_revoked_meanwhile_is_stale(start: Start) -> None:
    """Both plans are of the same Azure: the first in which BOB has the role and ADA has not."""
    at = start(upfront(), roleAssignments=[assigned(BOB, 0x77)])
    at.desire(f"{LISTED}\naccessMode: exclusive")
    at.plan()
    first = (at.folder / "plan.json").read_bytes()
    at.plan()
    assert at.apply().code == 0
    (at.folder / "plan.json").write_bytes(first)
    refused = at.apply()
    changed = f"{ADA} has Reservations Reader, {BOB} does not have Reservations Reader by now"
    assert (refused.code, f"contoso/r1 changed since: {changed}. Nothing was done" in refused.err) == (5, True)


@pytest.mark.parametrize("field", ["principalId", "role"])
def test_a_grant_that_no_file_lists_is_no_stale_plan(start: Start, field: str) -> None:
    at = start(upfront(), roleAssignments=[assigned(BOB, 0x77)])
    at.desire(LISTED)
    at.plan()

    def change(document: dict[str, Any]) -> None:
        actions(document)[0]["changes"][0]["after"][field] = {"principalId": BOB, "role": "Owner"}[field]

    signed_again(at, change)
    refused = at.apply()
    assert (refused.code, "in a way that the files and Azure do not" in refused.err) == (5, True)
    assert principals(at) == [BOB]


def role(principal: str, name: int, role_id: str) -> dict[str, Any]:
    made = assigned(principal, name)
    made["properties"]["roleDefinitionId"] = f"/providers/Microsoft.Authorization/roleDefinitions/{role_id}"
    return made


def changes(planned: Result) -> list[tuple[str, str, str]]:
    """Return what becomes of whom: granted or revoked, principal, role."""
    (customer,) = planned.json["customers"]
    found = [change for action in customer["actions"] for change in action["changes"]]
    return [
        ("grant" if item["after"] else "revoke", spec["principalId"], spec["role"])
        for item in found
        for spec in (item["after"] or item["before"],)
    ]


def test_a_role_can_be_named_by_its_id(start: Start) -> None:
    at = start(upfront())
    at.desire(LISTED.replace("Reservations Reader", READER.upper()))
    assert at.plan("--detailed-exitcode").code == 2
    assert at.apply().code == 0
    assert principals(at) == [ADA]
    at.desire(f"{LISTED}\naccessMode: exclusive")
    assert at.plan("--detailed-exitcode").code == 0


def test_one_grant_in_two_spellings_is_granted_once(start: Start) -> None:
    at = start(upfront())
    again = LISTED.removeprefix("access: [").replace("Reservations", "reservations").replace(ADA, ADA.upper())
    at.desire(f"{LISTED[:-1]}, {again}")
    assert changes(at.plan()) == [("grant", ADA, "Reservations Reader")]


def test_a_role_that_is_assigned_under_two_names_goes_under_both(start: Start) -> None:
    at = start(upfront(), roleAssignments=[assigned(BOB, 0x77), assigned(BOB, 0x78)])
    at.desire("access: []\naccessMode: exclusive")
    assert changes(at.plan()) == [("revoke", BOB, "Reservations Reader")]
    assert at.apply().code == 0
    assert principals(at) == []


def test_its_own_last_role_is_not_revoked(start: Start) -> None:
    # The emulator's made identity is nobody's: the object id of zeros.
    at = start(upfront(), roleAssignments=[role(OWN, 0x77, ADMINISTRATOR), assigned(BOB, 0x78)])
    at.desire("access: []\naccessMode: exclusive")
    refused = at.plan()
    assert (refused.code, refused.json["summary"]["blocked"]) == (3, 1)
    assert refused.json["customers"][0]["actions"][0]["blockedBy"] == ["access.revokes-own"]
    owner = f"access: [{{principalId: {OWN}, principalType: ServicePrincipal, role: Owner}}]"
    at.desire(f"{owner}\naccessMode: exclusive")
    # It gets the other role first, and whoever may assign roles loses it last.
    assert changes(at.plan()) == [
        ("grant", OWN, "Owner"),
        ("revoke", BOB, "Reservations Reader"),
        ("revoke", OWN, "Reservations Administrator"),
    ]
    assert at.apply().code == 0
    assert at.plan("--detailed-exitcode").code == 0


class Discreet(Proxy):
    """Lets nobody see who has which role."""

    def answer(self, asked: Asked) -> Answered | None:
        """Forward, or refuse."""
        if asked.path.endswith("/roleAssignments"):
            return Answered(403, [], b'{"error": {"code": "AuthorizationFailed", "message": "not yours"}}')
        return self.forward(asked)


def test_an_identity_that_may_not_read_roles_still_plans_the_rest(start: Start) -> None:
    at = start(upfront())
    at.desire(f"{LISTED}\ndisplayName: other")
    with running_proxy(at.emulator.endpoint, Discreet) as proxy:
        planned = at.run("plan", "--format", "json", "--endpoint", proxy.endpoint)
    assert planned.code == 0
    assert [item["action"] for item in planned.json["customers"][0]["actions"]] == ["rename"]
    assert [item["code"] for item in planned.json["findings"]] == ["access.unknown"]
