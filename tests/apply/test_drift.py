"""`drift`, and what the service says of scopes, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.apply.proxy import Answered, Asked, Proxy, running_proxy
from tests.apply.world import World, upfront
from tests.bodies import Body, guid, reservation_body

Start = Callable[..., World]
PROD, GONE = guid(0xAAA), guid(0xBBB)
SINGLE = "scope: {{type: Single, subscription: {}}}"
GROUP = "scope: {{type: ResourceGroup, subscription: {}, resourceGroup: rg-web}}"


def applied_to(subscription: str, number: int = 1, group: str | None = None, **properties: Any) -> Body:
    """Return the body of reservation *number*, which applies to a subscription or a group of it."""
    body = reservation_body(upfront(), number)
    where = {"subscriptionId": f"/subscriptions/{subscription}"}
    if group:
        where = {"resourceGroupId": f"/subscriptions/{subscription}/resourceGroups/{group}"}
    kind = {"appliedScopeType": "Single", "userFriendlyAppliedScopeType": "ResourceGroup" if group else "Single"}
    return {**body, "properties": {**body["properties"], **kind, "appliedScopeProperties": where, **properties}}


def asked_scopes(at: World) -> list[tuple[str, list[str]]]:
    """Return which reservation was asked about which scopes, in order of the reservations."""
    asked = [item for item in at.emulator.get("requests") if item["path"].endswith("availableScopes")]
    return sorted((item["path"].split("/")[-2], item["body"]["properties"]["scopes"]) for item in asked)


def said(plan: Body, code: str) -> list[tuple[str, str]]:
    return [(item["address"], item["severity"]) for item in plan["findings"] if item["code"] == code]


def test_drift_exits_with_2_and_changes_nothing(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire("displayName: other", "displayName: reservation-2")
    found = at.run("drift", "--format", "json")
    assert found.code == 2
    assert [(item["address"], item["action"]) for item in found.json["customers"][0]["actions"]] == [
        ("contoso/r1", "rename")
    ]
    assert at.writes() == []
    assert not (at.folder / ".reconciler").exists()


def test_drift_leaves_a_ledger_as_it_is(start: Start) -> None:
    at = start(upfront())
    at.desire("state: cancelled\ncancel: {reason: gone}")
    assert at.run("ledger", "init").code == 0
    ledger = at.folder / ".reconciler" / "ledger.db"
    before = ledger.read_bytes()
    assert at.run("drift").code == 2
    assert ledger.read_bytes() == before


def test_drift_exits_with_0_where_all_is_as_the_files_say(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: reservation-1")
    found = at.run("drift")
    assert (found.code, found.err) == (0, "")


def test_drift_exits_with_3_where_an_action_is_blocked(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire("displayName: other", "quantity: 3")
    assert at.run("drift").code == 3


def test_drift_takes_the_selection_and_the_formats_of_plan(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire("displayName: other", "displayName: another")
    chosen = at.run("drift", "--target", "contoso/r2", "--format", "markdown")
    assert chosen.code == 2
    assert "contoso/r2" in chosen.out and "contoso/r1" not in chosen.out
    assert "save it with reconciler plan --out FILE and, before " in " ".join(at.run("drift").out.split())
    assert at.run("drift", "--target", "contoso/r9").code == 1
    assert at.run("drift", "--format", "sarif2").code == 1


def test_a_scope_that_is_not_available_is_blocked_before_anything_is_sent(start: Start) -> None:
    at = start(upfront(), upfront(), subscriptions=[PROD])
    at.desire(SINGLE.format(GONE), SINGLE.format(PROD))
    planned = at.plan("--detailed-exitcode")
    assert planned.code == 3
    assert {item["address"]: item["status"] for item in planned.json["customers"][0]["actions"]} == {
        "contoso/r1": "blocked",
        "contoso/r2": "ready",
    }
    (finding,) = (item for item in planned.json["findings"] if item["code"] == "scope.not-available")
    assert finding["severity"] == "deny"
    assert f"/subscriptions/{GONE}; correct the subscription" in finding["message"]
    assert asked_scopes(at) == [
        (guid(0x1001), [f"/subscriptions/{GONE}"]),
        (guid(0x1002), [f"/subscriptions/{PROD}"]),
    ]
    assert at.apply().code == 3
    assert at.writes() == [f"PATCH {guid(0x1002)}"]
    assert at.plan("--target", "contoso/r2", "--detailed-exitcode").code == 0


def test_a_resource_group_is_asked_about_with_its_subscription(start: Start) -> None:
    at = start(upfront(), subscriptions=[PROD])
    at.desire(GROUP.format(GONE))
    assert at.plan().json["customers"][0]["actions"][0]["blockedBy"] == ["scope.not-available"]
    subscription = f"/subscriptions/{GONE}"
    assert asked_scopes(at) == [(guid(0x1001), [subscription, f"{subscription}/resourceGroups/rg-web"])]


def test_a_plan_asks_about_no_scope_that_it_does_not_change(start: Start) -> None:
    at = start(upfront(), upfront(), reservations=[applied_to(PROD, 1), applied_to(PROD, 2)])
    at.desire(SINGLE.format(PROD), "scope: {type: Shared}")
    assert at.plan("--detailed-exitcode").code == 2
    assert asked_scopes(at) == []


@pytest.mark.parametrize("option", [("--no-quote",), ("--at", "2026-12-24")])
def test_no_scope_is_asked_about_without_quotes_or_for_another_day(start: Start, option: tuple[str, ...]) -> None:
    at = start(upfront(), subscriptions=[PROD])
    at.desire(SINGLE.format(GONE))
    assert at.plan(*option).json["summary"]["update"] == 1
    assert at.run("drift", *option).code == 2
    assert asked_scopes(at) == []


class Unhelpful(Proxy):
    """Answers every question about scopes in one way."""

    answered = Answered(403, [], b'{"error": {"code": "AuthorizationFailed", "message": "not you"}}')

    def answer(self, asked: Asked) -> Answered | None:
        return self.answered if asked.path.endswith("availableScopes") else super().answer(asked)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"error": {"code": "AuthorizationFailed", "message": "not you"}}', 403),
        (b'{"properties": {"scopes": []}}', 200),
        (b'{"properties": null}', 200),
    ],
)
def test_a_question_that_is_not_answered_warns_and_blocks_nothing(start: Start, content: bytes, status: int) -> None:
    at = start(upfront())
    at.desire(SINGLE.format(PROD))
    with running_proxy(at.emulator.endpoint, Unhelpful) as proxy:
        proxy.answered = Answered(status, [("content-type", "application/json")], content)
        planned = at.plan("--detailed-exitcode", "--endpoint", proxy.endpoint)
    assert planned.code == 2
    assert said(planned.json, "scope.unverified") == [("contoso/r1", "warning")]


def test_drift_finds_orphaned_scopes_managed_or_not(start: Start) -> None:
    held = [applied_to(GONE, 1), applied_to(PROD, 2), applied_to(GONE, 3, "rg-web"), reservation_body(upfront(), 4)]
    at = start(upfront(), upfront(), upfront(), upfront(), reservations=held, subscriptions=[PROD])
    at.desire("displayName: reservation-1", "displayName: reservation-2")
    found = at.run("drift", "--format", "json")
    assert found.code == 0, "an orphan is a warning, not an action"
    assert said(found.json, "scope.orphaned") == [("contoso", "warning"), ("contoso/r1", "warning")]
    texts = [item["message"] for item in found.json["findings"] if item["code"] == "scope.orphaned"]
    assert guid(0x1003) in texts[0] and f"/subscriptions/{GONE}" in texts[0]
    assert [guid(0x1001), guid(0x1002), guid(0x1003)] == [reservation for reservation, _ in asked_scopes(at)]
    assert said(at.plan().json, "scope.orphaned") == [], "a plan does not ask about every reservation"


def test_an_orphan_that_the_plan_gives_another_scope_is_not_told(start: Start) -> None:
    at = start(upfront(), reservations=[applied_to(GONE)], subscriptions=[PROD])
    at.desire(SINGLE.format(PROD))
    found = at.run("drift", "--format", "json")
    assert (found.code, said(found.json, "scope.orphaned")) == (2, [])


def test_drift_of_one_address_asks_about_that_alone(start: Start) -> None:
    held = [applied_to(GONE, 1), applied_to(GONE, 2), applied_to(GONE, 3)]
    at = start(upfront(), upfront(), upfront(), reservations=held, subscriptions=[PROD])
    at.desire("displayName: reservation-1", "displayName: reservation-2")
    found = at.run("drift", "--target", "contoso/r1", "--format", "json")
    assert said(found.json, "scope.orphaned") == [("contoso/r1", "warning")]
    assert [reservation for reservation, _ in asked_scopes(at)] == [guid(0x1001)]


def test_drift_says_how_many_scopes_could_not_be_checked(start: Start) -> None:
    at = start(upfront(), upfront(), reservations=[applied_to(GONE, 1), applied_to(GONE, 2)])
    at.desire("displayName: reservation-1")
    with running_proxy(at.emulator.endpoint, Unhelpful) as proxy:
        found = at.run("drift", "--format", "json", "--endpoint", proxy.endpoint)
    assert found.code == 0
    (finding,) = found.json["findings"]
    assert (finding["code"], finding["address"]) == ("scope.unverified", "contoso")
    assert finding["message"].startswith("the scopes of 2 reservation(s) could not be checked: ")


def test_the_status_no_benefit_is_told_by_a_plan_of_an_estate_file_too(start: Start) -> None:
    at = start(upfront(), reservations=[applied_to(GONE, displayProvisioningState="NoBenefit")])
    at.desire("displayName: reservation-1")
    estate = at.folder / "estate.json"
    estate.write_text(json.dumps(at.emulator.get("estate")))
    found = at._perform(["plan", "--estate", str(estate), "--format", "json", "--at", "2026-11-20"])
    assert found.code == 0
    assert said(found.json, "scope.orphaned") == [("contoso/r1", "warning")]
