"""H10: a removed line destroyed the thing (hashicorp/terraform#17599, #3874; DNSControl/dnscontrol#2064)."""

from __future__ import annotations

from collections.abc import Callable

from tests.apply.world import Result, World, upfront

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
PROTECTED = "protected: true"


def told(planned: Result) -> list[tuple[str, str, str]]:
    """Return each action of a plan: address, kind, and status or what blocks it."""
    actions = [action for customer in planned.json["customers"] for action in customer["actions"]]
    return [(item["address"], item["action"], ",".join(item["blockedBy"]) or item["status"]) for item in actions]


def test_a_removed_entry_cancels_nothing_and_forgets_no_protection(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(PROTECTED, "displayName: other")
    assert told(at.plan()) == [("contoso/r1", "protection", "ready"), ("contoso/r2", "rename", "ready")]
    assert at.apply().code == 0
    file = at.folder / "desired" / "contoso.yaml"
    file.write_text(file.read_text().partition("  reservations:")[0])
    planned = at.plan("--detailed-exitcode")
    assert (planned.code, told(planned), planned.json["summary"]["unmanaged"]) == (0, [], 2)
    at.desire(CANCEL)
    planned = at.plan()
    assert planned.code == 3
    assert told(planned) == [("contoso/r1", "protection", "ready"), ("contoso/r1", "cancel", "protected")]
    assert at.refunds() == []


def test_a_protection_ends_only_when_its_removal_was_applied(start: Start) -> None:
    at = start(upfront())
    at.desire(PROTECTED)
    planned = at.plan("--detailed-exitcode")
    assert (planned.code, planned.json["summary"]["protection"]) == (2, 1)
    (action,) = planned.json["customers"][0]["actions"]
    assert action["changes"] == [{"path": "/protected", "before": False, "after": True}]
    assert action["money"] is None
    assert [item["result"] for item in at.apply().json["outcomes"]] == ["done"]
    assert at.writes() == []
    assert at.plan("--detailed-exitcode").code == 0

    at.desire(f"{PROTECTED}\n{CANCEL}")
    assert told(at.plan()) == [("contoso/r1", "cancel", "protected")]
    at.desire(CANCEL)
    planned = at.plan()
    assert told(planned) == [("contoso/r1", "protection", "ready"), ("contoso/r1", "cancel", "protected")]
    (said,) = [note["message"] for note in planned.json["findings"] if note["code"] == "protected"]
    assert said == "it was protected when a plan was last applied; apply its action protection first, then plan again"
    assert told(at.plan()) == [("contoso/r1", "protection", "ready"), ("contoso/r1", "cancel", "protected")]

    applied = at.apply()
    assert applied.code == 3
    assert [(item["action"], item["result"]) for item in applied.json["outcomes"]] == [
        ("protection", "done"),
        ("cancel", "not-tried"),
    ]
    assert at.refunds() == []
    assert told(at.plan()) == [("contoso/r1", "cancel", "ready")]
    assert at.apply().code == 0
    assert [amount for _, amount in at.refunds()] == ["558.38"]
