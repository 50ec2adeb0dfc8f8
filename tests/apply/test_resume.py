"""What a broken run left open is settled from what the service shows."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence

import pytest

from reconciler.ledger import Effect, Run, open_ledger
from reconciler.ledger.ledger import Ledger
from tests.apply.proxy import running_proxy
from tests.apply.test_apply import CATALOG, PURCHASE
from tests.apply.world import World, upfront
from tests.bodies import guid
from tests.torture import children
from tests.torture.afflictions import DeathAt

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
KILLED = -signal.SIGKILL


def broken(at: World, path: str, fate: str) -> None:
    """Plan, and apply through a proxy that loses the answer to the next request on a path."""
    assert at.plan("--detailed-exitcode").code == 2
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose[path] = fate
        applied = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint)
    assert applied.code == 4, applied


def resumed(at: World, *arguments: str) -> tuple[int, list[tuple[str, str]]]:
    result = at.run("resume", "--format", "json", *arguments)
    outcomes = json.loads(result.out)["outcomes"] if result.out.startswith("{") else []
    return result.code, [(item["address"], item["result"]) for item in outcomes]


def test_a_return_that_was_done_is_confirmed_and_counted(start: Start) -> None:
    at = start(upfront(held=3))
    at.desire("quantity: 1\ncancel: {reason: Two fewer}")
    broken(at, "/return", "after")
    assert resumed(at) == (0, [("contoso/r1", "done")])
    assert at.run("status").code == 0
    again = at.plan("--detailed-exitcode")
    assert again.code == 0
    # 1,200 / 3 x 2 x 193 / 365 = 423.0137 -> 423.01; fee 50.76; back 372.25.
    assert [(item["source"], item["refund"]["amount"]) for item in again.json["customers"][0]["cap"]["entries"]] == [
        ("ledger", "372.25")
    ]
    assert at.refunds() == [(guid(0x1001), "372.25")]


def test_a_return_that_left_no_trace_is_a_question_until_it_is_answered(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "before")
    result = at.run("resume")
    assert result.code == 4
    assert "Was it done?" in result.out
    (outcome,) = at.run("resume", "--format", "json").json["outcomes"]
    effect = outcome["effectId"]
    assert f"reconciler resume --settle {effect}=done" in outcome["message"]
    at.emulator.post("clock", {"advance": "PT2H"})  # until then the request might still have arrived
    assert resumed(at, "--settle", f"{effect}=not-done") == (0, [("contoso/r1", "refused")])
    # What is proved not to be done may be planned again.
    assert at.plan("--detailed-exitcode").code == 2
    assert at.apply().code == 0
    assert len(at.refunds()) == 1


def test_a_day_later_a_return_without_a_trace_was_not_done(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "504")
    at.emulator.post("clock", {"advance": "P2D"})
    assert resumed(at) == (0, [("contoso/r1", "refused")])


def test_a_return_that_is_done_late_is_found(start: Start) -> None:
    """The answer was lost and the return is still under way when resume looks first."""
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "500")
    code, outcomes = resumed(at)
    assert (code, outcomes) == (0, [("contoso/r1", "done")])
    assert len(at.refunds()) == 1


@pytest.mark.parametrize("fate", ["after", "500"])
def test_an_exchange_is_found_by_its_session(start: Start, fate: str) -> None:
    at = start(upfront(held=2), catalog=CATALOG)
    at.desire(f"quantity: 1\nexchange: {{reason: Newer, into: [{PURCHASE}]}}")
    broken(at, "Capacity/exchange", fate)
    for _ in range(6):
        code, outcomes = resumed(at)
        if code == 0:
            break
    assert (code, outcomes) == (0, [("contoso/r1", "done")])
    again = at.plan("--detailed-exitcode")
    assert again.code == 0
    assert [item["displayName"] for item in again.json["unmanaged"]] == ["new"]
    posts = [item for item in at.emulator.get("requests") if item["path"].endswith("Capacity/exchange")]
    assert len(posts) == 1


def test_an_update_is_read_back(start: Start) -> None:
    at = start(upfront())
    at.desire("displayName: other\nscope: {type: ManagementGroup, managementGroup: mg-x}")
    at.plan()
    with running_proxy(at.emulator.endpoint) as proxy:
        proxy.lose_method["PATCH"] = "after"
        applied = at.run("apply", "plan.json", "--format", "json", "--endpoint", proxy.endpoint)
    assert [item["result"] for item in applied.json["outcomes"]] == ["unknown", "not-tried"]
    assert resumed(at) == (0, [("contoso/r1", "done")])


def test_nothing_open_is_said(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    at.apply()
    result = at.run("resume")
    assert (result.code, result.out.strip()) == (0, "nothing is open: every request has a known outcome")


def test_an_answer_about_something_else_is_refused(start: Start) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    at.apply()
    result = at.run("resume", "--settle", "feed=done")
    assert (result.code, "is not open" in result.err) == (1, True)


def test_what_was_sent_while_resume_waited_for_the_lock_is_not_called_never_sent(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads what is open, then locks: in between, the run that had only meant to send may send, and die."""
    at = start(upfront())
    at.desire(CANCEL)
    at.plan()
    assert children.start(at.folder, applying(at), DeathAt("intend", "after")).result().code == KILLED
    lock = Ledger.lock

    def late(ledger: Ledger, customers: Sequence[str], run: Run) -> None:
        with open_ledger(at.place.url, create=False) as other:
            (effect,) = other.open_effects()
            other.mark_sent(effect.id, effect.intended_at)
        lock(ledger, customers, run)

    monkeypatch.setattr(Ledger, "lock", late)
    assert resumed(at) == (4, [("contoso/r1", "unknown")])


def test_what_another_resume_settled_meanwhile_is_left_as_it_is(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    broken(at, "/return", "after")
    lock = Ledger.lock

    def late(ledger: Ledger, customers: Sequence[str], run: Run) -> None:
        monkeypatch.setattr(Ledger, "lock", lock)
        assert children.start(at.folder, resuming(at)).result().code == 0
        lock(ledger, customers, run)

    monkeypatch.setattr(Ledger, "lock", late)
    assert resumed(at) == (0, [])
    assert at.refunds() == [(guid(0x1001), "558.38")]
    assert at.run("ledger", "verify").code == 0


def test_what_is_begun_while_resume_looks_for_what_is_open_is_settled_or_left_to_the_next(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = start(upfront())
    at.desire(CANCEL)
    at.run("ledger", "init")
    look = Ledger.open_effects

    def early(ledger: Ledger) -> tuple[Effect, ...]:
        monkeypatch.setattr(Ledger, "open_effects", look)
        before = look(ledger)
        broken(at, "/return", "after")
        return before

    monkeypatch.setattr(Ledger, "open_effects", early)
    first, second = resumed(at), resumed(at)
    assert sorted([first, second]) == [(0, []), (0, [("contoso/r1", "done")])]
    assert at.refunds() == [(guid(0x1001), "558.38")]


def applying(at: World) -> list[str]:
    return ["apply", "plan.json", "--provider", "emulator", "--endpoint", at.emulator.endpoint]


def resuming(at: World) -> list[str]:
    return ["resume", "--provider", "emulator", "--endpoint", at.emulator.endpoint]
