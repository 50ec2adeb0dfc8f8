"""The fold: which cancellations the cap holds, on both bases.

A unit of an upfront year for 365,000.00 gives back 40,000.00 on the day of the plans
and, less the fee of 12 %, 35,200.00. Under the rules of 2026 no fee is taken.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.planner.holdings import Held, monthly, refund, upfront
from tests.planner.world import World, entry, text

NEW = ("--rulebook", "csp-2026-08")


def cancel(name: str, number: int, **more: object) -> str:
    block = ", ".join(f"{key}: {value}" for key, value in {"reason": "gone", **more}.items())
    return entry(name, number, "state: cancelled", f"cancel: {{{block}}}")


def worth(number: int, credit: str, quantity: int = 1) -> Held:
    """Return a reservation whose *quantity* units together give a credit of that many whole dollars."""
    # 40 of 365 days are left, so that 365/40 of the credit was paid.
    return upfront(number, f"{int(credit) * 9.125:.2f} USD", quantity=quantity)


def test_each_sees_the_headroom_left_by_those_before_on_the_basis_that_gates(world: World) -> None:
    world.customer(cancel("a", 1), cancel("b", 2), cancel("c", 3), holds=[worth(n, "20000") for n in (1, 2, 3)])
    old, new = world.plan(), world.plan(*NEW)
    # 2020: 17,600.00 each, so that two leave 14,800.00. 2026: 20,000.00 each, so that two leave 10,000.00.
    assert old.statuses == new.statuses == {"contoso/a": "ready", "contoso/b": "ready", "contoso/c": "blocked"}
    assert [text(plan.actions[2]["shortfall"]["missing"]) for plan in (old, new)] == ["2800.00 USD", "10000.00 USD"]
    assert old.meter("refund") == {"consumed": "0.00 USD", "planned": "35200.00 USD", "remaining": "14800.00 USD"}
    assert new.meter("commitment") == {"consumed": "0.00 USD", "planned": "40000.00 USD", "remaining": "10000.00 USD"}
    assert (old.cap["basis"], new.cap["basis"]) == ("refund", "commitment")
    assert old.actions[2]["blockedBy"] == ["cap.exceeded"]
    for part in ("14,800.00 USD left", "takes 17,600.00 USD", "2,800.00 USD is missing", "0 of 1 units"):
        assert part in old.said("cap.exceeded")[0]
    assert (old.code, old.summary()) == (3, {"cancel": 2, "blocked": 1})


# Credits of a, b, c...; their priorities; which of them are ready. 2026: no fee, so that credits are what counts.
TIERS = {
    "all fit": (("10000", "20000", "20000"), (0, 0, 0), "abc"),
    "exactly the whole cap": (("50000",), (0,), "a"),
    "one that can never fit does not stop the others": (("50001", "30000", "20000"), (0, 0, 0), "bc"),
    "the pair that brings most, not the first": (("20000", "25000", "25000"), (0, 0, 0), "bc"),
    "not the largest first either": (("40000", "30000", "20000"), (0, 0, 0), "bc"),
    "ties go to the earlier addresses": (("30000", "20000", "30000", "20000"), (0, 0, 0, 0), "ab"),
    "higher priority first, whatever it brings": (("50000", "1000", "49000"), (0, 9, 0), "bc"),
    "a tier that does not fit whole does not stop lower ones": (("60000", "20000", "20000"), (5, 1, 0), "bc"),
    "a tier takes what it can, the next what is left": (("30000", "30000", "20000", "1"), (5, 5, 0, -5), "ac"),
    "negative priorities come last": (("50000", "50000"), (-1, 0), "b"),
}


@pytest.mark.parametrize("case", TIERS)
def test_priority_goes_tier_by_tier_and_a_tier_takes_what_brings_most(world: World, case: str) -> None:
    credits, priorities, ready = TIERS[case]
    names = "abcd"[: len(credits)]
    wants = [cancel(name, place + 1, priority=priorities[place]) for place, name in enumerate(names)]
    world.customer(*wants, holds=[worth(place + 1, credit) for place, credit in enumerate(credits)])
    statuses = world.plan(*NEW).statuses
    assert "".join(name for name in names if statuses[f"contoso/{name}"] == "ready") == ready


def test_what_brings_most_is_counted_in_refunds_where_commitment_gates(world: World) -> None:
    # a: 35 unpaid instalments of 1,000 and 9 of 30 days of this month: 300 comes back, 35,300 is cancelled.
    # b: 20,000 comes back and is cancelled. Only one fits: b brings more.
    a = monthly(1, "1000.00 USD", paid=1, bought="2026-11-01", expires="2029-11-01")
    plan = world.customer(cancel("a", 1), cancel("b", 2), holds=[a, worth(2, "20000")]).plan(*NEW)
    assert plan.statuses == {"contoso/a": "blocked", "contoso/b": "ready"}


def test_the_window_counts_365_days_and_releases_tell_when_it_comes_back(world: World) -> None:
    past = [
        refund("2025-11-22", "40000.00 USD"),  # 365 days ago: came back today
        refund("2025-11-23", "1000.00 USD", "1500.00 USD"),  # comes back tomorrow
        refund("2026-01-05", "7000.00 USD", "9000.00 USD"),
        refund("2026-01-05", "500.00 USD"),
        refund(None, "300.00 USD", source="service"),  # never comes back
        refund("2026-11-23", "9999.00 USD"),  # tomorrow
        refund("2026-02-01", "20000.00 USD", exchange=True),
    ]
    plan = world.customer(cancel("a", 1), holds=[worth(1, "40000")], refunds=past).plan()
    assert plan.meter("refund") == {"consumed": "8800.00 USD", "planned": "35200.00 USD", "remaining": "6000.00 USD"}
    assert plan.meter("commitment")["consumed"] == "11300.00 USD"
    assert [(entry["on"], text(entry["refund"]), entry["source"]) for entry in plan.cap["entries"]] == [
        (None, "300.00 USD", "service"),
        ("2025-11-23", "1000.00 USD", "estate"),
        ("2026-01-05", "500.00 USD", "estate"),
        ("2026-01-05", "7000.00 USD", "estate"),
    ]
    assert [(item["on"], text(item["refund"]), text(item["commitment"])) for item in plan.cap["releases"]] == [
        ("2026-11-23", "1000.00 USD", "1500.00 USD"),
        ("2027-01-05", "7500.00 USD", "9500.00 USD"),
    ]


def test_history_over_the_cap_is_shown_as_it_is_and_nothing_fits(world: World) -> None:
    past = [refund("2026-05-01", "50000.01 USD")]
    spent_up = upfront(2, bought="2025-11-22", expires="2026-11-22")  # gives back nothing at all
    plan = world.customer(cancel("a", 1), cancel("b", 2), holds=[worth(1, "1"), spent_up], refunds=past).plan()
    assert plan.meter("refund") == {"consumed": "50000.01 USD", "planned": "0.00 USD", "remaining": "-0.01 USD"}
    assert set(plan.statuses.values()) == {"blocked"}


def test_as_many_units_as_fit_are_returned_where_that_is_wanted(world: World) -> None:
    # 5 units of 20,000.00, fee 12 %: 17,600.00 a unit. Two fit: 35,200.00.
    held = worth(1, "100000", quantity=5)
    plan = world.customer(cancel("a", 1, partial="true"), holds=[held]).plan()
    action = plan.action
    assert (action["status"], action["fulfils"], action["shortfall"]) == ("ready", False, None)
    assert action["changes"] == [{"path": "/quantity", "before": 5, "after": 3}]
    assert (action["money"]["quantity"], text(action["money"]["refund"])) == (2, "35200.00 USD")
    assert text(action["money"]["canceledCommitment"]) == "40000.00 USD"
    assert "2 of 5 units" in plan.said("cap.partial")[0]
    assert plan.meter("refund")["remaining"] == "14800.00 USD"
    assert plan.summary() == {"cancel": 1}


def test_part_of_a_return_is_not_the_same_action_as_all_of_it(world: World) -> None:
    world.customer(cancel("a", 1, partial="true"), holds=[worth(1, "100000", quantity=5)])
    small = world.plan().action["id"]
    world.customers[0]["refunds"] = [refund("2026-05-01", "20000.00 USD")]
    smaller = world.plan().action
    assert (smaller["money"]["quantity"], smaller["id"] != small) == (1, True)


def test_parts_are_chosen_together_with_whole_ones(world: World) -> None:
    wants = [cancel("a", 1, partial="true"), cancel("b", 2), cancel("c", 3, partial="true")]
    holds = [worth(1, "60000", quantity=6), worth(2, "25000"), worth(3, "18000", quantity=6)]
    plan = world.customer(*wants, holds=holds).plan(*NEW)
    # b whole (25,000) leaves 25,000: 2 units of a (20,000) and 1 of c (3,000) make 48,000. Without b, 4 of a and
    # 3 of c make 49,000; 5 of a alone make all 50,000.
    assert plan.statuses == {"contoso/a": "ready", "contoso/b": "blocked", "contoso/c": "blocked"}
    assert plan.actions[0]["money"]["quantity"] == 5
    short = plan.actions[2]["shortfall"]
    assert (short["fitsQuantity"], text(short["missing"])) == (0, "18000.00 USD")


@pytest.mark.parametrize(("left", "units"), [("66.67", 2), ("66.66", 1)])
def test_each_quantity_is_rounded_by_itself(world: World, left: str, units: int) -> None:
    # 3 units give 100.00: one gives 33.33 and two give 66.67, which is more than twice 33.33.
    past = [refund("2026-05-01", f"{50000 - Decimal(left)} USD")]
    wants = cancel("a", 1, partial="true")
    plan = world.customer(wants, holds=[worth(1, "100", quantity=3)], refunds=past).plan(*NEW)
    assert (plan.action["status"], plan.action["money"]["quantity"]) == ("ready", units)


def test_a_part_takes_what_the_whole_ones_leave(world: World) -> None:
    # b is first by its priority: 25,000 is left. a gets 2 units of 10,000, and 5,000 is too little for one of c.
    wants = [cancel("a", 1, partial="true"), cancel("b", 2, priority=1), cancel("c", 3, partial="true")]
    holds = [worth(1, "60000", quantity=6), worth(2, "25000"), worth(3, "60000", quantity=6)]
    plan = world.customer(*wants, holds=holds).plan(*NEW)
    assert plan.statuses == {"contoso/a": "ready", "contoso/b": "ready", "contoso/c": "blocked"}
    assert plan.actions[0]["money"]["quantity"] == 2
    short = plan.actions[2]["shortfall"]
    assert (short["fitsQuantity"], text(short["missing"])) == (0, "55000.00 USD")


def test_a_part_that_brings_less_than_the_floor_is_not_returned(world: World) -> None:
    # All 5 would bring 88,000.00; the 2 that fit bring 35,200.00.
    wanted = cancel("a", 1, partial="true", minRefund='"35200.01 USD"')
    plan = world.customer(wanted, holds=[worth(1, "100000", quantity=5)]).plan()
    assert plan.action["status"] == "blocked"
    assert plan.action["blockedBy"] == ["cap.exceeded", "refund.below-floor"]
    assert plan.action["shortfall"]["fitsQuantity"] == 2
    assert "35,200.00 USD" in plan.said("refund.below-floor")[0]
    enough = cancel("a", 1, partial="true", minRefund='"35200.00 USD"')
    world.write("contoso", 0xDBBA0, "", (enough,))
    assert world.plan().action["status"] == "ready"


def test_no_unit_fits_and_nothing_is_returned_in_part(world: World) -> None:
    plan = world.customer(cancel("a", 1, partial="true"), holds=[worth(1, "120000", quantity=2)]).plan()
    assert (plan.action["status"], plan.action["shortfall"]["fitsQuantity"]) == ("blocked", 0)


UNKNOWN = {"known": False}


def test_a_cap_that_nobody_knows_blocks_until_it_is_accepted_by_name(world: World) -> None:
    world.customer(cancel("a", 1), entry("b", 2, "renew: true"), holds=[worth(1, "1000"), worth(2, "1")], known=False)
    plan = world.plan()
    assert plan.statuses == {"contoso/a": "blocked", "contoso/b": "ready"}
    assert plan.actions[1]["blockedBy"] == ["cap.unknown"]
    assert "--accept cap.unknown" in plan.said("cap.unknown")[0]
    assert [plan.cap["meters"][basis]["known"] for basis in ("refund", "commitment")] == [False, False]
    accepted = world.plan("--accept", "cap.unknown")
    assert accepted.statuses == {"contoso/a": "ready", "contoso/b": "ready"}
    assert accepted.cap["meters"]["refund"]["known"] is False


def test_accepting_an_unknown_cap_does_not_lift_it(world: World) -> None:
    world.customer(cancel("a", 1), holds=[worth(1, "60000")], known=False)
    assert world.plan("--accept", "cap.unknown").action["blockedBy"] == ["cap.exceeded"]


def test_an_empty_history_is_known_to_be_empty(world: World) -> None:
    plan = world.customer(cancel("a", 1), holds=[worth(1, "1000")]).plan()
    assert (plan.action["status"], plan.cap["meters"]["refund"]["known"]) == ("ready", True)


def test_what_is_priced_in_another_currency_than_the_cap_is_blocked(world: World) -> None:
    holds = [upfront(1, "3650.00 EUR", pricing="3650.00 EUR"), worth(2, "1000")]
    plan = world.customer(cancel("a", 1), cancel("b", 2), holds=holds).plan()
    assert plan.statuses == {"contoso/a": "blocked", "contoso/b": "ready"}
    assert plan.actions[0]["blockedBy"] == ["cap.currency"]
    assert "EUR" in plan.said("cap.currency")[0] and "USD" in plan.said("cap.currency")[0]


def test_the_cap_is_counted_in_what_the_order_was_priced_in_not_billed_in(world: World) -> None:
    # Billed 10 times as high as priced: the refund of 352,000.00 takes 35,200.00 of the cap.
    held = upfront(1, "3650000.00 EUR", pricing="365000.00 USD")
    plan = world.customer(cancel("a", 1), holds=[held]).plan()
    money = plan.action["money"]
    assert (plan.action["status"], text(money["refund"])) == ("ready", "352000.00 EUR")
    assert {key: text(value) for key, value in money["capUse"].items()} == {
        "refund": "35200.00 USD",
        "commitment": "40000.00 USD",
    }


def test_the_meter_that_does_not_gate_warns_when_it_is_over(world: World) -> None:
    # 35 unpaid instalments of 1,500.00 are cancelled: 52,500.00.
    held = monthly(1, "1500.00 USD", paid=1, bought="2026-11-01", expires="2029-11-01")
    plan = world.customer(cancel("a", 1), holds=[held]).plan()
    # Credit 1,500 x 9/30 = 450.00; 52,950.00 is over by 2,950.00.
    assert (plan.action["status"], plan.code) == ("ready", 0)
    assert "2,950.00 USD" in plan.said("cap.other-basis")[0] and "commitment" in plan.said("cap.other-basis")[0]
    assert plan.meter("commitment")["remaining"] == "-2950.00 USD"
    assert world.plan(*NEW).action["blockedBy"] == ["cap.exceeded"]


def test_customers_have_each_their_own_cap(world: World) -> None:
    world.customer(cancel("a", 1), holds=[worth(1, "40000")])
    world.customer(cancel("a", 2), name="fabrikam", tenant=2, holds=[worth(2, "40000")])
    plan = world.plan()
    assert plan.statuses == {"contoso/a": "ready", "fabrikam/a": "ready"}


def test_deferred_and_blocked_returns_take_nothing_from_the_cap(world: World) -> None:
    wants = [
        cancel("a", 1, notBefore='"2026-11-23"'),
        cancel("b", 2, minRefund='"999999.00 USD"'),
        cancel("c", 3, notBefore='"2026-11-22"'),
    ]
    plan = world.customer(*wants, holds=[worth(n, "40000") for n in (1, 2, 3)]).plan()
    assert plan.statuses == {"contoso/a": "deferred", "contoso/b": "blocked", "contoso/c": "ready"}
    assert (plan.actions[0]["notBefore"], plan.actions[0]["money"]["refund"]["amount"]) == ("2026-11-23", "35200.00")
    assert plan.summary() == {"cancel": 1, "deferred": 1, "blocked": 1}
