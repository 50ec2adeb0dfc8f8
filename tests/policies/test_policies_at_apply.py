"""Policies and approvals where it counts: apply, on a running emulator.

1,200.00 of which 193 of 365 days are left on 2026-11-20 is worth 634.52; less 12 %, 76.14, 558.38 come back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.apply.test_rederiving import actions, signed_again
from tests.apply.world import Result, World, upfront
from tests.bodies import guid
from tests.policies.writing import policy

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"
RENAME = "displayName: other"
NEEDS = "the plan needs the approval of 2 people, and there "


def both(start: Start) -> World:
    """Plan a cancellation and a rename."""
    at = start(upfront(), upfront())
    at.desire(CANCEL, RENAME)
    return at


def approve(at: World, approver: str, *flags: str, file: str = "plan.json") -> str:
    """Write an approval and return its file."""
    path = f"{approver}.yaml"
    made = at._perform(["approve", file, "--approver", approver, "--out", path, *flags])
    assert made.code == 0, made.err
    return path


def outcomes(result: Result) -> dict[str, str]:
    return {item["address"]: item["result"] for item in result.json["outcomes"]}


def test_what_a_policy_blocked_is_not_done_and_the_rest_is(start: Start) -> None:
    at = both(start)
    policy(at.folder, "p", "action.action != 'cancel'")
    assert at.plan().code == 3
    done = at.apply()
    assert (done.code, outcomes(done)) == (3, {"contoso/r2": "done", "contoso/r1": "not-tried"})
    assert at.refunds() == []


def test_a_policy_that_came_since_the_plan_refuses_its_action_alone(start: Start) -> None:
    at = both(start)
    assert at.plan().code == 0
    policy(at.folder, "p", "action.action != 'cancel'")
    done = at.apply()
    assert (done.code, outcomes(done)) == (3, {"contoso/r2": "done", "contoso/r1": "refused"})
    assert [item["code"] for item in done.json["outcomes"] if item["result"] == "refused"] == ["policy.p"]
    assert at.refunds() == []


def test_a_window_that_began_since_the_plan_counts(start: Start) -> None:
    at = both(start)
    policy(at.folder, "p", "action.action != 'cancel' || now < params.from", 'params: {from: "2026-11-20T15:00:00Z"}')
    assert at.plan().code == 0
    at.emulator.post("clock", {"at": "2026-11-20T16:00:00Z"})
    assert outcomes(at.apply()) == {"contoso/r2": "done", "contoso/r1": "refused"}


@pytest.mark.parametrize("since", [False, True])
def test_a_plan_that_is_denied_is_not_begun(start: Start, since: bool) -> None:
    """Denied when it was made, by a policy that is gone by now; or denied since."""
    at = both(start)
    path = policy(at.folder, "p", "plan.summary.cancel == 0", "each: plan")
    if since:
        path.rename(at.folder / "later")
    assert at.plan().code == (0 if since else 3)
    if since:
        (at.folder / "later").rename(path)
    else:
        path.unlink()
    done = at.apply()
    assert (done.code, done.out, at.writes()) == (3, "", [])
    assert "nothing was done: policy p: not true: plan.summary.cancel == 0" in done.err


def demanding(start: Start) -> World:
    at = both(start)
    policy(at.folder, "p", "plan.summary.cancel == 0", "each: plan", "approvals: 2")
    made = at.plan()
    assert (made.code, made.json["applyable"], made.json["approvals"]) == (0, True, 2)
    return at


def test_apply_demands_as_many_people_as_the_policy_does(start: Start) -> None:
    at = demanding(start)
    ada, bob = approve(at, "ada"), approve(at, "bob")
    again = approve(at, "ADA")
    for given, have in (((), "are none"), ((ada,), "is 1"), ((ada, again), "is 1")):
        refused = at.apply(*(flag for file in given for flag in ("--approval", file)))
        assert (refused.code, at.writes()) == (3, [])
        assert NEEDS + have in refused.err
    (at.folder / "policies" / "p.yaml").unlink()
    assert NEEDS in at.apply().err, "the plan itself says that it needs them"
    done = at.apply("--approval", ada, "--approval", bob)
    assert (done.code, set(outcomes(done).values())) == (0, {"done"})
    with sqlite3.connect(at.folder / ".reconciler" / "ledger.db") as ledger:
        ((accepted,),) = ledger.execute("SELECT accepted FROM plans_used").fetchall()
    assert json.loads(accepted) == [{"name": "approval", "value": "ada"}, {"name": "approval", "value": "bob"}]


def test_a_quote_that_was_made_smaller_does_not_get_around_a_ceiling(start: Start) -> None:
    """558.38 each: the plan says 1.00 and 1.00, and 600.00 was approved; the second is more than that."""
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    at.plan()

    def change(document: dict[str, Any]) -> None:
        for action in actions(document):
            action["money"]["capUse"]["refund"]["amount"] = "1.00"

    signed_again(at, change)
    applied = at.apply("--approval", approve(at, "ada", "--ceiling", "600.00 USD"))
    assert (applied.code, outcomes(applied)) == (3, {"contoso/r1": "done", "contoso/r2": "refused"})
    assert "1,116.76 USD, more than was approved (600.00 USD)" in applied.json["outcomes"][1]["message"]
    assert at.refunds() == [(guid(0x1001), "558.38")]


def test_an_approval_is_of_one_plan_and_no_other(start: Start) -> None:
    at = demanding(start)
    files = [approve(at, "ada"), approve(at, "bob")]
    assert at.plan().code == 0, "the same plan, made again"
    refused = at.apply("--approval", files[0], "--approval", files[1])
    assert (refused.code, at.writes()) == (3, [])
    assert "the approval ada.yaml does not hold: it is of the plan sha256:" in refused.err


ROWS = {
    "a ceiling of what is refunded": (("--ceiling", "558.38 USD"), None),
    "a cent too low": (("--ceiling", "558.37 USD"), "558.38 USD refunded, more than its ceiling 558.37 USD"),
    "expired": (("--expires", "2026-01-01"), "it expired at 2026-01-01T00:00:00Z"),
    "of a year that is far": (("--expires", "2099-01-01"), None),
}


@pytest.mark.parametrize("name", ROWS)
def test_an_approval_holds_up_to_a_sum_and_until_an_instant(start: Start, name: str) -> None:
    flags, problem = ROWS[name]
    at = demanding(start)
    given = ("--approval", approve(at, "ada", *flags), "--approval", approve(at, "bob"))
    checked = at._perform(["check", "plan.json", *given])
    if problem is None:
        assert checked.code == 0
        assert at.apply(*given).code == 0
    else:
        assert checked.code == 3 and problem in checked.err
        refused = at.apply(*given)
        assert (refused.code, at.writes()) == (3, []) and problem in refused.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('  ceiling: "5 EUR"', 'must be money in USD, in quotes, like "25000.00 USD"'),
        ("  approver: ''", ""),
        ("  digest: sha256:12", "must be the digest of a plan"),
        ('  expiresAt: "2026-02-30T00:00:00Z"', '"2026-02-30T00:00:00Z", which is no day of the calendar'),
        ("  spare: 1", ""),
    ],
)
def test_a_mistake_in_an_approval_is_told_at_its_place(start: Start, line: str, said: str) -> None:
    at = demanding(start)
    file = Path(approve(at, "ada"))
    key = line.partition(":")[0]
    kept = [written for written in file.read_text().splitlines() if not written.startswith(key)]
    file.write_text("\n".join([*kept, line]) + "\n")
    refused = at.apply("--approval", str(file))
    assert (refused.code, at.writes()) == (1, [])
    assert f"ada.yaml:{len(kept) + 1}:" in refused.err and said in refused.err


def test_check_judges_a_saved_plan_by_the_policies_in_force_at_an_instant(start: Start) -> None:
    at = both(start)
    at.plan()
    assert at._perform(["check", "plan.json"])[:2] == (0, "0 policies: all true\n")
    policy(at.folder, "p", "now < params.from", 'params: {from: "2026-12-01"}', "validationActions: [Warn]")
    policy(at.folder, "q", "action.action != 'cancel' || now < timestamp('2026-12-02T00:00:00Z')")
    assert at._perform(["check", "plan.json"])[:2] == (0, "2 policies: all true\n")
    assert at._perform(["check", "plan.json", "--at", "2026-12-01"])[:2] == (
        0,
        "desired/contoso.yaml:12:7: warning: contoso/r2: policy p: not true: now < params.from [policy.p]\n"
        "desired/contoso.yaml:7:7: warning: contoso/r1: policy p: not true: now < params.from [policy.p]\n"
        "2 policies: 0 denials, 2 other findings\n",
    )
    made = at._perform(["check", "plan.json", "--at", "2026-12-02", "--format", "json"])
    assert made.code == 3
    assert [(note["code"], note["severity"], note["address"]) for note in json.loads(made.out)["findings"]] == [
        ("policy.q", "deny", "contoso/r1"),
        ("policy.p", "warning", "contoso/r2"),
        ("policy.p", "warning", "contoso/r1"),
    ]
