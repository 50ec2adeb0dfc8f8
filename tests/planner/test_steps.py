"""A return in steps: each is asked for alone, on its day, as a request of its own."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.actions.kind import request_digest
from reconciler.model.desired import Cancel
from reconciler.model.inputs import Memory
from tests.planner.world import World, entry, planned, upfront

# Ten units are worth 10.00 a day together: 1.00 a unit; on 2026-11-22, with 40 days left, 40.00 a unit.
STEPS = '[{notBefore: "2026-11-22", quantity: 7}, {notBefore: "2026-12-02", quantity: 2}]'
WANTED = ("state: cancelled", f"cancel: {{reason: gone, steps: {STEPS}}}")


def stepped(world: World, held: int, *wanted: str) -> World:
    world.customers.clear()
    holds = [upfront(1, quantity=10).with_(quantity=held)]
    return world.customer(entry("vm", 1, *(wanted or WANTED)), holds=holds)


# When, how many are held, and what is asked for then: status, units held and left, the day waited for.
CASES = [
    pytest.param("2026-11-21", 10, ("deferred", 10, 7, "2026-11-22"), id="before the first, it waits"),
    pytest.param("2026-11-22", 10, ("ready", 10, 7, "2026-11-22"), id="on its day the first is due"),
    pytest.param("2026-11-23", 7, ("deferred", 7, 2, "2026-12-02"), id="when it is done, the next waits"),
    pytest.param("2026-12-02", 7, ("ready", 7, 2, "2026-12-02"), id="and is due on its day"),
    pytest.param("2026-12-03", 10, ("ready", 10, 2, "2026-12-02"), id="what was missed is done with it"),
    pytest.param("2026-11-22", 8, ("ready", 8, 7, "2026-11-22"), id="a part that was done already is not done again"),
]


@pytest.mark.parametrize(("at", "held", "asked"), CASES)
def test_one_step_is_asked_for_at_a_time(world: World, at: str, held: int, asked: tuple[object, ...]) -> None:
    action = stepped(world, held).plan(at=f"{at}T12:00:00Z").action
    (change,) = action["changes"]
    assert (action["status"], change["before"], change["after"], action["notBefore"]) == asked


def test_when_all_steps_are_done_the_rest_stays(world: World) -> None:
    plan = stepped(world, 2).plan(at="2026-12-24T12:00:00Z")
    assert (plan.code, plan.actions) == (0, [])


def test_the_money_is_that_of_the_step(world: World) -> None:
    # 3 of 10 units x 40 days x 1.00 = 120.00, less 12 %: 105.60.
    money = stepped(world, 10).plan().action["money"]
    assert (money["quantity"], money["credit"]["amount"], money["refund"]["amount"]) == (3, "120.00", "105.60")


def test_a_step_that_was_applied_is_spent_and_the_next_is_not(world: World) -> None:
    stepped(world, 10)
    first = request_digest(Cancel(reason="gone", not_before=date(2026, 11, 22)))
    spent = Memory(spent=frozenset({("contoso/vm", first)}))
    assert planned(world.build(memory=spent)).action["blockedBy"] == ["request.spent"]
    assert planned(world.build(memory=spent, at="2026-12-02T12:00:00+00:00")).action["status"] == "ready"


def test_a_step_that_does_not_fit_is_blocked_whole_or_made_smaller(world: World) -> None:
    refunds = [
        {
            "on": "2026-06-01",
            "reservationId": None,
            # 105.60 is needed, and 80.00 is left: 2 units of 35.20 fit.
            "refund": {"amount": "49920.00", "currency": "USD"},
            "canceledCommitment": {"amount": "49920.00", "currency": "USD"},
            "exchange": False,
        }
    ]
    stepped(world, 10)
    world.customers[0]["refunds"] = refunds
    assert world.plan().action["blockedBy"] == ["cap.exceeded"]
    stepped(world, 10, "state: cancelled", f"cancel: {{reason: gone, partial: true, steps: {STEPS}}}")
    world.customers[0]["refunds"] = refunds
    action = world.plan().action
    assert (action["changes"][0]["after"], action["fulfils"]) == (8, False)
