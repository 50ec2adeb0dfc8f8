"""H8: a plan that was changed and signed again asks for what the files do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.model.signing import digests_of
from reconciler.reports.json import file_bytes
from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
Change = Callable[[dict[str, Any]], None]


def signed_again(at: World, change: Change) -> None:
    """Change the saved plan and give it the digests of its new content."""
    path = at.folder / "plan.json"
    document = json.loads(path.read_text())
    change(document)
    document["contentDigest"] = digests_of(document)[0]
    document["digest"] = digests_of(document)[1]
    path.write_bytes(file_bytes(document))


def actions(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["customers"][0]["actions"]
    return found


def more_units(document: dict[str, Any]) -> None:
    cancel = actions(document)[1]
    cancel["changes"][0]["after"] = 0
    cancel["money"]["quantity"] = 3


def another_name(document: dict[str, Any]) -> None:
    actions(document)[0]["changes"][0]["after"] = "EVIL"


def another_reason(document: dict[str, Any]) -> None:
    actions(document)[1]["reason"] = "because"


def another_reservation(document: dict[str, Any]) -> None:
    actions(document)[1]["reservation"]["reservationId"] = guid(0x1003)


def one_more(document: dict[str, Any]) -> None:
    extra = json.loads(json.dumps(actions(document)[1]))
    extra |= {"id": "feed", "address": "contoso/r3"}
    extra["reservation"] |= {"orderId": guid(3), "reservationId": guid(0x1003)}
    actions(document).append(extra)


ENTRIES = (
    "displayName: renamed",
    "quantity: 2\ncancel: {reason: One fewer}",
    "displayName: reservation-3",
    "state: cancelled\ncancel: {reason: Never}\nprotected: true",
)


@pytest.mark.parametrize("change", [more_units, another_name, another_reason, another_reservation, one_more])
def test_a_plan_that_was_changed_and_signed_again_is_refused(start: Start, change: Change) -> None:
    at = start(upfront(), upfront(held=3), upfront(held=3), upfront())
    at.desire(*ENTRIES[:3])
    at.plan()
    signed_again(at, change)
    refused = at.apply()
    assert (refused.code, at.writes()) == (5, [])
    assert "in a way that the files and Azure do not" in refused.err


def test_an_action_that_was_blocked_and_is_made_ready_is_refused_alone(start: Start) -> None:
    at = start(upfront(), upfront(held=3), upfront(), upfront())
    at.desire(*ENTRIES)
    assert at.plan().code == 3
    blocked = {"contoso/r4"}

    def change(document: dict[str, Any]) -> None:
        for action in actions(document):
            if action["address"] in blocked and action["action"] == "cancel":
                action |= {"status": "ready", "blockedBy": []}

    signed_again(at, change)
    applied = at.apply()
    ended = {(item["address"], item["action"]): (item["result"], item["code"]) for item in applied.json["outcomes"]}
    assert ended["contoso/r4", "cancel"] == ("refused", "protected")
    assert [held for held, _ in at.refunds()] == [guid(0x1002)]


PARTIAL = "state: cancelled\ncancel: {reason: As many as fit, partial: true}"


def test_what_the_cap_holds_only_in_part_is_returned_in_part(start: Start) -> None:
    # 100,000 x 193 / 365 = 52,876.71 less 12 %: 46,531.50 of 50,000 are consumed by r1, and 3,468.50 left. A unit of
    # r2 is 4,000 x 193 / 365 = 2,115.07 less 253.81: 1,861.26; two are 4,230.14 less 507.62: 3,722.52, too much.
    at = start(upfront("100000.00"), upfront("12000.00", held=3))
    at.desire("state: cancelled\ncancel: {reason: First}")
    at.plan()
    assert at.apply().code == 0
    at.desire("state: cancelled\ncancel: {reason: First}", PARTIAL)
    assert at.plan("--detailed-exitcode").code == 2
    applied = at.apply()
    assert (applied.code, applied.err) == (0, "")
    assert at.refunds() == [(guid(0x1001), "46531.50"), (guid(0x1002), "1861.26")]


def fewer_than_planned(document: dict[str, Any]) -> None:
    cancel = actions(document)[0]
    cancel["changes"][0]["after"] = 2
    cancel["money"]["quantity"] = 1
    cancel["fulfils"] = False


def test_less_than_was_asked_for_is_refused_where_the_files_do_not_allow_it(start: Start) -> None:
    at = start(upfront(held=3))
    at.desire("state: cancelled\ncancel: {reason: Retired}")
    at.plan()
    signed_again(at, fewer_than_planned)
    assert (at.apply().code, at.writes()) == (5, [])


def test_files_that_say_something_else_by_now_make_a_plan_stale(start: Start) -> None:
    at = start(upfront(), upfront(held=3))
    at.desire(*ENTRIES[:2])
    at.plan()
    at.desire(ENTRIES[0], "quantity: 1\ncancel: {reason: Two fewer}")
    refused = at.apply()
    assert (refused.code, at.writes()) == (5, [])
    assert "the desired state changed since" in refused.err


def test_files_that_are_gone_make_a_plan_useless(start: Start) -> None:
    at = start(upfront())
    at.desire(ENTRIES[0])
    at.plan()
    (at.folder / "desired" / "contoso.yaml").unlink()
    refused = at.apply()
    assert (refused.code, at.writes()) == (5, [])


def test_a_plan_of_paths_is_derived_from_those_paths(start: Start) -> None:
    at = start(upfront())
    at.desire(ENTRIES[0])
    (at.folder / "desired").rename(at.folder / "elsewhere")
    assert at.run("plan", "elsewhere/contoso.yaml", "--out", "plan.json").code == 0
    assert at.apply().code == 0


def test_a_key_of_a_newer_version_is_ignored(start: Start) -> None:
    at = start(upfront())
    at.desire(ENTRIES[0])
    at.plan()
    signed_again(at, lambda document: document.update(novel=1, formatVersion="1.9"))
    assert at.apply().code == 0


def _less(money: dict[str, Any]) -> None:
    money["refund"]["amount"] = "1.00"
    money["capUse"]["refund"]["amount"] = "1.00"


def smaller_estimate(document: dict[str, Any]) -> None:
    money = actions(document)[0]["money"]
    _less(money)
    _less(money["estimate"])


def another_payment(document: dict[str, Any]) -> None:
    actions(document)[0]["money"]["basis"]["instalments"][0]["billing"]["amount"] = "2.00"


def no_estimate(document: dict[str, Any]) -> None:
    del actions(document)[0]["money"]["estimate"]


@pytest.mark.parametrize("change", [smaller_estimate, another_payment, no_estimate])
def test_figures_that_payments_do_not_give_are_refused(start: Start, change: Change) -> None:
    at = start(upfront())
    at.desire("state: cancelled\ncancel: {reason: Retired}")
    at.plan()
    signed_again(at, change)
    refused = at.apply()
    assert (refused.code, at.writes()) == (5, [])
    assert "the figures of cancel contoso/r1 are not those that its payments give" in refused.err


@pytest.mark.parametrize("limits", ['{maxRefund: "600.00 USD"}', '{perCustomer: {maxRefund: "600.00 USD"}}'])
def test_a_quote_that_was_made_smaller_does_not_get_around_a_limit(start: Start, limits: str) -> None:
    """558.38 each: the plan says 1.00 and 1.00, Microsoft quotes the truth at apply, and the second is too much."""
    at = start(upfront(), upfront())
    at.desire(*["state: cancelled\ncancel: {reason: Retired}"] * 2)
    at.plan()
    (at.folder / "reconciler.yaml").write_text(f"limits: {limits}\n")

    def change(document: dict[str, Any]) -> None:
        for action in actions(document):
            _less(action["money"])

    signed_again(at, change)
    applied = at.apply()
    first, second = applied.json["outcomes"]
    assert (applied.code, first["result"], second["result"], second["code"]) == (
        3,
        "done",
        "refused",
        "limit.max-refund",
    )
    assert "1,116.76 USD, more than" in second["message"]
    assert at.refunds() == [(guid(0x1001), "558.38")]
