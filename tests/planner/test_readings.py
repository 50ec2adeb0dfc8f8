"""What was read whole and what was not; when; and how a run ends."""

from __future__ import annotations

from datetime import date

import pytest

from tests.bodies import guid, order_id
from tests.planner.holdings import gone, held_id, refund, upfront
from tests.planner.world import CANCELLED, Planned, World, entry


def broken(world: World, how: str) -> None:
    """Add fabrikam, which wants a return, and of which something is missing."""
    world.customer(entry("vm", 9, *CANCELLED), name="fabrikam", tenant=9, holds=[upfront(9), upfront(8)])
    body = world.customers[-1]
    if how == "an order is not there":
        body["reservationOrders"] = body["reservationOrders"][1:]
    elif how == "a reservation that its order names is not there":
        body["reservations"] = body["reservations"][:1]
    elif how == "the source says so":
        body["complete"] = False
    elif how == "the source says what":
        body["problem"] = "403 AuthorizationFailed"
    else:
        world.customers.pop()


HOW = {
    "an order is not there": "its order",
    "a reservation that its order names is not there": "was not in the list",
    "the source says so": "not completed",
    "the source says what": "403 AuthorizationFailed",
    "the tenant is not there": guid(9),
}


@pytest.mark.parametrize("how", HOW)
def test_h11_a_customer_that_was_not_read_whole_gets_no_action_and_the_others_do(world: World, how: str) -> None:
    world.customer(entry("vm", 1, *CANCELLED), holds=[upfront(1)])
    broken(world, how)
    plan = world.plan("--detailed-exitcode")
    assert plan.statuses == {"contoso/vm": "ready"}
    assert (plan.code, plan.plan["complete"], plan.plan["applyable"]) == (7, False, True)
    assert [(item["name"], item["complete"]) for item in plan.plan["customers"]] == [
        ("contoso", True),
        ("fabrikam", False),
    ]
    assert HOW[how] in plan.said("reading.incomplete")[0]
    assert plan.plan["unmanaged"] == []  # a list that is not whole is not shown as one


def test_h11_an_empty_estate_is_not_taken_for_a_wish_fulfilled(world: World) -> None:
    plan = world.customer(entry("vm", 1, *CANCELLED), entry("b", 2, "renew: true"), holds=[]).plan()
    assert (plan.actions, plan.summary(), plan.code) == ([], {}, 3)
    assert len(plan.said("reservation.not-found")) == 2


def test_an_order_that_has_ended_may_lack_what_it_named(world: World) -> None:
    world.customer(entry("vm", 1, "renew: true"), holds=[upfront(1), gone(upfront(2))])
    body = world.customers[0]
    body["reservations"] = body["reservations"][:1]
    body["reservationOrders"][1]["properties"]["provisioningState"] = "Cancelled"
    assert world.plan().statuses == {"contoso/vm": "ready"}


def test_h10_removing_an_entry_or_a_whole_customer_cancels_nothing(world: World) -> None:
    world.customer(entry("vm", 1, *CANCELLED), entry("b", 2), holds=[upfront(1), upfront(2)])
    world.customer(entry("vm", 3, *CANCELLED), name="fabrikam", tenant=2, holds=[upfront(3)])
    assert world.plan().statuses == {"contoso/vm": "ready", "fabrikam/vm": "ready"}
    world.write("contoso", 0xDBBA0, "", (entry("b", 2),))
    (world.folder / "desired" / "fabrikam.yaml").unlink()
    plan = world.plan("--detailed-exitcode")
    assert (plan.actions, plan.summary(), plan.code) == ([], {"unchanged": 1, "unmanaged": 1}, 0)
    assert [item["reservationId"] for item in plan.plan["unmanaged"]] == [held_id(1)]
    world.write("contoso", 0xDBBA0, "", ())
    assert world.plan().summary() == {"unmanaged": 2}


def test_h16_nothing_is_said_of_what_changes_no_action_and_no_sum(world: World) -> None:
    held = upfront(
        1,
        utilization={"trend": "UP", "aggregates": [{"grain": 7, "grainUnit": "days", "value": 12.5}]},
        lastUpdatedDateTime="2026-11-22T11:59:59.1234567Z",
        displayProvisioningState="Expiring",
        extendedStatusInfo={"statusCode": "Active", "message": "odd"},
        archived=False,
        somethingNew={"deep": [1, 2, 3]},
    )
    past = [refund("2026-05-01", "60000.00 USD")]
    plan = world.customer(entry("vm", 1, "renew: false"), holds=[held], refunds=past).plan("--detailed-exitcode")
    assert (plan.actions, plan.plan["findings"], plan.code) == ([], [], 0)


def test_h16_what_changes_by_itself_does_not_make_a_plan_stale(world: World) -> None:
    world.customer(entry("vm", 1, *CANCELLED), holds=[upfront(1)])
    before = world.plan().plan["inputs"]["current"]
    properties = world.customers[0]["reservations"][0]["properties"]
    properties["utilization"] = {"trend": "DOWN", "aggregates": []}
    properties["lastUpdatedDateTime"] = "2026-11-22T11:59:59.1234567Z"
    world.customers[0]["usage"] = [{"reservationId": held_id(1), "usedHours": 99.0}]
    assert world.plan().plan["inputs"]["current"] == before
    properties["quantity"] = 2
    assert world.plan().plan["inputs"]["current"] != before


def outcomes(world: World, *kinds: str) -> Planned:
    """Plan a world in which there is something of each kind."""
    lines = {
        "ready": CANCELLED,
        "blocked": ("protected: true", *CANCELLED),
        "deferred": ("state: cancelled", 'cancel: {reason: r, notBefore: "2027-01-01"}'),
        "unchanged": ("renew: false",),
    }
    wants = [entry(kind, number, *lines[kind]) for number, kind in enumerate(kinds, start=1) if kind in lines]
    world.customer(*wants, holds=[upfront(number) for number in range(1, len(kinds) + 1)])
    if "incomplete" in kinds:
        broken(world, "the source says so")
    return world.plan("--detailed-exitcode")


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (("unchanged",), 0),
        (("deferred",), 0),
        (("ready",), 2),
        (("ready", "deferred"), 2),
        (("blocked",), 3),
        (("ready", "blocked"), 3),
        (("incomplete",), 7),
        (("ready", "blocked", "incomplete"), 7),
    ],
)
def test_the_gravest_outcome_is_the_exit_code(world: World, kinds: tuple[str, ...], code: int) -> None:
    assert outcomes(world, *kinds).code == code


def test_a_mistake_goes_before_an_incomplete_reading(world: World) -> None:
    world.customer(entry("vm", 1, "state: cancelled", 'cancel: {reason: r, minRefund: "1.00 EUR"}'), holds=[upfront(1)])
    broken(world, "the source says so")
    assert world.run()[0] == 1


def test_without_the_flag_something_ready_is_a_success(world: World) -> None:
    assert world.customer(entry("vm", 1, *CANCELLED), holds=[upfront(1)]).plan().code == 0


def test_orders_are_found_whatever_the_case_of_their_ids(world: World) -> None:
    world.customer(entry("vm", 1, *CANCELLED), holds=[upfront(1)])
    order = world.customers[0]["reservationOrders"][0]
    order["id"] = order_id(1).upper()
    order["properties"]["reservations"] = [{"id": world.customers[0]["reservations"][0]["id"].upper()}]
    assert world.plan().action["status"] == "ready"
    assert date.fromisoformat(world.plan().action["money"]["basis"]["startsOn"]) == date(2026, 1, 1)
