"""Apply refuses to begin what a limit refuses, whoever made the plan."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
CANCEL = "state: cancelled\ncancel: {reason: Retired}"


def limit(at: World, limits: str) -> None:
    (at.folder / "reconciler.yaml").write_text(f"limits: {limits}\n")


@pytest.mark.parametrize(
    ("limits", "accept", "message"),
    [
        (
            "{maxCancels: 1}",
            "maxCancels=2",
            "the run has 2 cancellations ready, more than maxCancels allows (1); "
            "to allow it for one plan: --accept maxCancels=2",
        ),
        (
            '{perCustomer: {maxRefund: "558.38 USD"}}',
            "perCustomer.maxRefund=1116.76 USD",
            "contoso has 1,116.76 USD to be refunded, more than perCustomer.maxRefund allows (558.38 USD); "
            "to allow it for one plan: --accept 'perCustomer.maxRefund=1116.76 USD'",
        ),
    ],
)
def test_apply_refuses_to_begin_until_the_plan_accepts_it(start: Start, limits: str, accept: str, message: str) -> None:
    # 1,200 x 193 / 365 = 634.52, less 12 %: 558.38 each.
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    limit(at, limits)
    assert at.plan().code == 3
    refused = at.apply()
    assert (refused.code, refused.out, refused.err) == (3, "", f"error: nothing was done: {message}\n")
    assert at.writes() == []
    assert not (at.folder / ".reconciler").exists()
    assert at.plan("--accept", accept).code == 0
    assert at.apply().code == 0
    assert at.refunds() == [(guid(0x1001), "558.38"), (guid(0x1002), "558.38")]


def test_what_was_accepted_is_in_the_ledger_once_the_plan_is_used(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    limit(at, "{maxCancels: 1}")
    plan_id = at.plan("--accept", "maxCancels=2", "--accept", "cap.unknown").json["planId"]
    assert at.apply().code == 0
    with sqlite3.connect(at.folder / ".reconciler" / "ledger.db") as connection:
        rows = connection.execute("SELECT plan_id, accepted FROM plans_used").fetchall()
    connection.close()
    assert rows == [
        (plan_id, '[{"name":"cap.unknown","value":null},{"name":"maxCancels","value":"2"}]'),
    ]


def test_a_plan_made_under_looser_limits_is_held_to_those_of_apply(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    assert at.plan().code == 0
    limit(at, "{maxActions: 1}")
    refused = at.apply()
    assert refused.code == 3
    assert "the run has 2 actions ready, more than maxActions allows (1)" in refused.err
    limit(at, "{maxCapShare: 0.02}")
    refused = at.apply()
    assert refused.code == 3
    assert "contoso would have 1,116.76 USD of its cap used, more than maxCapShare 0.02 allows (1,000.00 USD)" in (
        refused.err
    )
    assert at.writes() == []
    limit(at, "{maxActions: 2, maxCapShare: 0.03}")
    assert at.apply().code == 0


def test_a_refusal_in_the_plan_stays_one_where_apply_has_no_limit(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    limit(at, "{maxCancels: 1}")
    at.plan()
    limit(at, "{}")
    assert at.apply().code == 3
    assert at.writes() == []


def test_text_says_that_a_limit_refuses_and_how_to_accept_it(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire(CANCEL, CANCEL)
    limit(at, "{maxCancels: 1}")
    shown = at.run("plan").out
    assert "Nothing can be applied now. A limit refuses the run; it says what to do." in shown
    assert "--accept maxCancels=2" in " ".join(shown.split())
    assert "reconciler apply" not in shown
    for form in ("text", "markdown"):
        shown = at.run("plan", "--format", form, "--accept", "maxCancels=2", "--accept", "cap.unknown").out
        assert "Accepted for it alone: cap.unknown and maxCancels=2." in " ".join(shown.split())
