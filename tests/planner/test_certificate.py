"""What a plan says of how it was chosen what the cap holds; figures as in ``test_fold``.

A credit is paid back less 12 % under the rules of 2020, whole under those of 2026.
"""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.planner import selection
from reconciler.planner.choice import choose
from tests.planner.holdings import monthly, refund
from tests.planner.test_fold import NEW, cancel, worth
from tests.planner.world import World, text


def shown(part: dict[str, Any]) -> tuple[Any, ...]:
    """Return the sums and claims of a choice, or of one of its tiers."""
    return text(part["value"]), text(part["upperBound"]), part["optimal"], part["candidates"], part["method"]


def test_where_everything_fits_nothing_is_said_of_a_choice(world: World) -> None:
    plan = world.customer(cancel("a", 1), cancel("b", 2), holds=[worth(1, "20000"), worth(2, "20000")]).plan()
    assert plan.statuses == {"contoso/a": "ready", "contoso/b": "ready"}
    assert "choice" not in plan.cap


def test_what_was_chosen_is_in_the_plan_with_its_bound(world: World) -> None:
    # 17,600.00 each; 50,000.00 holds two of three: 35,200.00.
    world.customer(*(cancel(name, n) for n, name in enumerate("abc", 1)), holds=[worth(n, "20000") for n in (1, 2, 3)])
    plan = world.plan()
    assert shown(plan.cap["choice"]) == ("35200.00 USD", "35200.00 USD", True, 3, "states")
    (tier,) = plan.cap["choice"]["tiers"]
    assert shown(tier) == shown(plan.cap["choice"])
    assert (tier["priority"], text(tier["headroom"]), tier["first"]) == (0, "50000.00 USD", True)


def test_each_priority_has_its_own_choice_under_what_the_higher_ones_leave(world: World) -> None:
    # 2026: 30,000 of the 50,000 go to b. Of the other 20,000 a and d would be 25,000: d brings more than a.
    wants = [cancel("a", 1), cancel("b", 2, priority=7), cancel("c", 3, priority=-1), cancel("d", 4)]
    holds = [worth(1, "10000"), worth(2, "30000"), worth(3, "5001"), worth(4, "15000")]
    plan = world.customer(*wants, holds=holds).plan(*NEW)
    tiers = plan.cap["choice"]["tiers"]
    assert [(tier["priority"], text(tier["headroom"]), *shown(tier)) for tier in tiers] == [
        (7, "50000.00 USD", "30000.00 USD", "30000.00 USD", True, 1, "noContest"),
        (0, "20000.00 USD", "15000.00 USD", "15000.00 USD", True, 2, "states"),
        (-1, "5000.00 USD", "0.00 USD", "0.00 USD", True, 1, "noContest"),
    ]
    assert shown(plan.cap["choice"]) == ("45000.00 USD", "45000.00 USD", True, 4, "noContest+states")


def test_a_choice_counts_refunds_where_commitment_gates_and_keeps_to_the_share(world: World) -> None:
    # a takes 35,300 and brings 300, b takes and brings 20,000; of 50,000 half may be used.
    a = monthly(1, "1000.00 USD", paid=1, bought="2026-11-01", expires="2029-11-01")
    (world.folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Config\nlimits: {maxCapShare: 0.5}\n"
    )
    plan = world.customer(cancel("a", 1), cancel("b", 2), holds=[a, worth(2, "20000")]).plan(*NEW)
    (tier,) = plan.cap["choice"]["tiers"]
    assert (text(tier["headroom"]), text(tier["value"])) == ("25000.00 USD", "20000.00 USD")


def test_history_over_the_cap_is_a_headroom_below_nothing(world: World) -> None:
    past = [refund("2026-05-01", "50000.01 USD")]
    plan = world.customer(cancel("a", 1), holds=[worth(1, "1")], refunds=past).plan()
    assert text(plan.cap["choice"]["tiers"][0]["headroom"]) == "-0.01 USD"


def test_one_that_goes_back_in_part_is_a_choice(world: World) -> None:
    # 5 units of 17,600.00: two fit.
    plan = world.customer(cancel("a", 1, partial="true"), holds=[worth(1, "100000", quantity=5)]).plan()
    assert shown(plan.cap["choice"]) == ("35200.00 USD", "35200.00 USD", True, 1, "noContest")


def test_what_the_cap_has_nothing_to_say_of_is_no_candidate(world: World) -> None:
    world.customer(cancel("a", 1), holds=[worth(1, "1000")], known=False)
    assert "choice" not in world.plan().cap


def test_a_choice_that_is_not_proven_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget is for hard cases; here every case is one."""
    monkeypatch.setattr(selection, "choose", lambda *given: choose(*given)._replace(bound=3600000, first=False))
    world.customer(*(cancel(name, n) for n, name in enumerate("abc", 1)), holds=[worth(n, "20000") for n in (1, 2, 3)])
    plan = world.plan()
    assert shown(plan.cap["choice"])[:3] == ("35200.00 USD", "36000.00 USD", False)
    assert plan.said("cap.choice-open") == [
        "35,200.00 USD of refund was chosen to fit the cap, and it is not proven that 36,000.00 USD does not fit"
    ]
