"""Names follow their reservations through the ids that Azure replaces, and no further than is safe."""

from __future__ import annotations

import pytest

from reconciler.model.inputs import Memory
from tests.bodies import guid
from tests.planner.holdings import Held, gone, held_id, successor, upfront
from tests.planner.world import CANCELLED, World, entry, planned

TEN = upfront(1, "36500.00 USD", quantity=10)


def renewed(of: Held, number: int) -> Held:
    """Return what the renewal of *of* bought: another order, another year."""
    return upfront(number, bought="2026-06-01", expires="2027-06-01", renewSource=of.reservation["id"])


# What Azure holds; the number that the entry's name has now; what is held of it.
FOLLOWED: dict[str, tuple[list[Held], int, int]] = {
    "a part returned, the rest under a new id": ([gone(TEN, 2), successor(TEN, 2, 7)], 2, 7),
    "split, and one part returned": (
        [gone(TEN, 2, 3), gone(successor(TEN, 2, 4)), successor(TEN, 3, 6)],
        3,
        6,
    ),
    "returned in part twice": ([gone(TEN, 2), gone(successor(TEN, 2, 7), 3), successor(TEN, 3, 5)], 3, 5),
    "split twice, one end left": (
        [
            gone(TEN, 2, 3),
            gone(successor(TEN, 2, 4)),
            gone(successor(TEN, 3, 6), 4, 5),
            gone(successor(TEN, 4, 1)),
            successor(TEN, 5, 5),
        ],
        5,
        5,
    ),
    "merged": ([gone(TEN, 3, by="merge"), gone(successor(TEN, 2, 5), 3, by="merge"), successor(TEN, 3, 15)], 3, 15),
    "renewed": ([gone(upfront(1), 9, by="renew"), renewed(upfront(1), 9)], 9, 1),
    "split and merged again": (
        [
            gone(TEN, 2, 3),
            gone(successor(TEN, 2, 4), 4, by="merge"),
            gone(successor(TEN, 3, 6), 4, by="merge"),
            successor(TEN, 4, 10),
        ],
        4,
        10,
    ),
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_a_name_follows_its_reservation(world: World, case: str) -> None:
    holds, number, quantity = FOLLOWED[case]
    plan = world.customer(entry("vm", 1, "displayName: other"), holds=holds).plan()
    assert (plan.action["action"], plan.action["status"]) == ("rename", "ready")
    target = plan.action["reservation"]
    assert (target["reservationId"], target["quantity"]) == (held_id(number), quantity)
    (message,) = plan.said("lineage.replaced")
    assert held_id(1) in message and held_id(number) in message
    assert (plan.plan["unmanaged"], plan.code) == ([], 0)


def test_what_was_written_anew_is_not_said_to_be_old(world: World) -> None:
    holds = [gone(TEN, 2), successor(TEN, 2, 7)]
    plan = world.customer(entry("vm", 2, order=1), holds=holds).plan()
    assert (plan.actions, plan.plan["findings"], plan.plan["unmanaged"]) == ([], [], [])


def test_a_part_that_was_returned_is_not_returned_again(world: World) -> None:
    wants = entry("vm", 1, "quantity: 7", "cancel: {reason: smaller}")
    plan = world.customer(wants, holds=[gone(TEN, 2), successor(TEN, 2, 7)]).plan("--detailed-exitcode")
    assert (plan.actions, plan.summary(), plan.codes, plan.code) == ([], {"unchanged": 1}, ["lineage.replaced"], 0)


def test_the_rest_of_a_part_is_returned_from_the_new_id(world: World) -> None:
    wants = entry("vm", 1, "quantity: 4", "cancel: {reason: smaller}")
    action = world.customer(wants, holds=[gone(TEN, 2), successor(TEN, 2, 7)]).plan().action
    assert (action["reservation"]["reservationId"], action["money"]["quantity"]) == (held_id(2), 3)
    # The order's payments are for its original quantity: 3 x 400.00, not 10/7 of it.
    assert action["money"]["credit"]["amount"] == "1200.00"


def test_the_ledger_knows_what_azure_does_not_tell(world: World) -> None:
    orphan = successor(TEN, 2, 7)
    world.customer(entry("vm", 1, "displayName: other"), holds=[orphan])
    assert world.plan().said("reservation.not-found")
    plan = planned(world.build(memory=Memory(successors={held_id(1): (held_id(2),)})))
    assert plan.action["reservation"]["reservationId"] == held_id(2)


@pytest.mark.parametrize(
    "lines", [CANCELLED, ("quantity: 3", "cancel: {reason: r}"), ("displayName: other",), ("renew: false",), ()]
)
def test_a_split_that_could_be_meant_either_way_is_left_alone(world: World, lines: tuple[str, ...]) -> None:
    plan = world.customer(entry("vm", 1, *lines), holds=[gone(TEN, 2, 3), *parts()]).plan("--detailed-exitcode")
    assert (plan.actions, plan.code) == ([], 3)
    (message,) = plan.said("lineage.ambiguous")
    assert held_id(2) in message and held_id(3) in message
    assert plan.plan["unmanaged"] == []


def parts() -> list[Held]:
    return [successor(TEN, 2, 4), successor(TEN, 3, 6)]


def test_one_part_of_a_split_is_named_by_its_own_id(world: World) -> None:
    wants = [entry("left", 2, *CANCELLED, order=1), entry("right", 3, order=1)]
    plan = world.customer(*wants, holds=[gone(TEN, 2, 3), *parts()]).plan()
    assert (plan.action["address"], plan.action["money"]["quantity"]) == ("contoso/left", 4)


MERGED = [gone(TEN, 3, by="merge"), gone(successor(TEN, 2, 5), 3, by="merge"), successor(TEN, 3, 15)]


@pytest.mark.parametrize("lines", [CANCELLED, ("quantity: 8", "cancel: {reason: r}")])
def test_units_that_came_in_by_a_merge_are_not_returned_by_an_older_entry(world: World, lines: tuple[str, ...]) -> None:
    """H10: of the 15 the entry never named more than 10; the others are nobody's to cancel."""
    world.customer(entry("vm", 1, *lines), holds=MERGED)
    plan = world.plan()
    assert plan.action["blockedBy"] == ["lineage.merged"]
    assert held_id(3) in plan.said("lineage.merged")[0]
    world.write("contoso", 0xDBBA0, "", (entry("vm", 3, *lines, order=1),))
    assert world.plan().action["status"] == "ready"


def test_two_entries_of_one_merged_reservation_give_it_back_neither_twice_nor_once(world: World) -> None:
    wants = [entry("a", 1, *CANCELLED), entry("b", 2, "renew: false", order=1)]
    plan = world.customer(*wants, holds=MERGED).plan()
    assert (plan.actions, plan.code) == ([], 3)
    assert "contoso/a and contoso/b" in plan.said("lineage.shared")[0]


def test_two_entries_of_one_merged_reservation_that_agree_with_azure_are_no_drift(world: World) -> None:
    plan = world.customer(entry("a", 1), entry("b", 2, order=1), holds=MERGED).plan("--detailed-exitcode")
    assert (plan.actions, plan.code, plan.codes) == ([], 0, ["lineage.replaced"])


def test_ids_that_name_each_other_end(world: World) -> None:
    holds = [gone(upfront(1), 2), gone(successor(upfront(1), 2, 1), 1)]
    assert world.customer(entry("vm", 1, *CANCELLED), holds=holds).plan().actions == []


def test_an_id_that_azure_does_not_have_is_a_refusal_not_a_wish_fulfilled(world: World) -> None:
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=[]).plan("--detailed-exitcode")
    assert (plan.actions, plan.summary(), plan.code) == ([], {}, 3)
    assert held_id(1) in plan.said("reservation.not-found")[0]


@pytest.mark.parametrize(
    ("order", "advice"),
    [
        (held_id(1), "orderId and reservationId have changed places"),
        (guid(2), "it is the id of an order; write that of the reservation in it"),
    ],
)
def test_an_order_s_id_in_the_place_of_a_reservation_s_is_recognised(world: World, order: str, advice: str) -> None:
    wants = f"    - {{name: vm, orderId: {order}, reservationId: {guid(1)}, renew: true}}\n"
    plan = world.customer(wants, holds=[upfront(1)]).plan()
    assert plan.said("reservation.not-found") == [f"Azure has no reservation {guid(1)} for contoso; {advice}"]


def test_what_is_wanted_and_has_ended_is_said(world: World) -> None:
    plan = world.customer(entry("vm", 1, "renew: true"), holds=[gone(upfront(1))]).plan("--detailed-exitcode")
    assert (plan.actions, plan.codes, plan.code) == ([], ["reservation.ended"], 0)
    assert "Cancelled" in plan.said("reservation.ended")[0]


def test_an_id_under_another_order_is_left_alone(world: World) -> None:
    plan = world.customer(entry("vm", 1, *CANCELLED, order=7), holds=[upfront(1)]).plan()
    assert (plan.actions, plan.code, plan.plan["unmanaged"]) == ([], 3, [])
    (message,) = plan.said("order.mismatch")
    assert guid(1) in message and guid(7) in message


def test_upper_case_ids_of_azure_are_the_same_ids(world: World) -> None:
    held = upfront(1)
    shouted = Held(held.order, {**held.reservation, "id": held.reservation["id"].upper()}, held.usage)
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=[shouted]).plan()
    assert plan.action["status"] == "ready"
