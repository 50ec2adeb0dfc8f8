"""Schedules whose figures are worked out by hand.

r1 cost 7,300.00 for 2026, 20.00 a day, r2 half of that; less 12 % that is 17.60 and 8.80 for each
day left. On 2026-11-22, with 40 days left, 704.00 and 352.00 would come back.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run
from reconciler.documents.schemas import explainer
from tests.planner.conftest import world
from tests.planner.world import World, entry, money, monthly, upfront

__all__ = ["world"]


def consumed(amount: str, on: str) -> dict[str, Any]:
    return {
        "on": on,
        "reservationId": None,
        "refund": money(amount),
        "canceledCommitment": money(amount),
        "exchange": False,
    }


def wanted(number: int, block: str = "") -> str:
    return entry(f"r{number}", number, "state: cancelled", f"cancel: {{reason: gone{block}}}")


def two(at: World, *blocks: str, refunds: list[dict[str, Any]]) -> None:
    holds = [upfront(1, "7300.00 USD"), upfront(2)]
    at.customer(*(wanted(number, block) for number, block in enumerate(blocks, 1)), holds=holds, refunds=refunds)


def schedule(at: World, *arguments: str, code: int = 0) -> dict[str, Any]:
    where = ("--desired", str(at.folder / "desired"), "--estate", str(at.estate()), "--at", "2026-11-22")
    assert run(["schedule", *where, "--format", "json", *arguments]) == code
    printed = json.loads(at.capsys.readouterr().out)
    assert [error.json_path for error in explainer("schedule").iter_errors(printed)] == []
    found: dict[str, Any]
    (found,) = printed["customers"]
    return found


def days(customer: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return of each return: day, address, refund, cost of waiting."""
    rows = [(item["address"], part) for item in customer["suggestions"] for part in item["parts"]]
    return [(part["on"], address, part["refund"]["amount"], part["waiting"]["amount"]) for address, part in rows]


def test_what_does_not_fit_waits_for_the_release(world: World) -> None:
    # 500.00 is left until 2026-12-02: r1 does not fit, r2 does. With 30 days left r1 brings 528.00.
    two(world, "", "", refunds=[consumed("49500.00 USD", "2025-12-02")])
    found = schedule(world)
    assert days(found) == [
        ("2026-11-22", "contoso/r2", "352.00", "0.00"),
        ("2026-12-02", "contoso/r1", "528.00", "176.00"),
    ]
    assert (found["certificate"]["value"]["amount"], found["certificate"]["optimal"]) == ("880.00", True)
    course = [
        (turn["on"], *(turn[key]["amount"] for key in ("released", "taken", "headroom"))) for turn in found["course"]
    ]
    assert course == [("2026-11-22", "0.00", "352.00", "148.00"), ("2026-12-02", "49500.00", "528.00", "49120.00")]


def test_a_higher_priority_goes_first_although_less_is_kept(world: World) -> None:
    # r1 first, on the day on which it fits: 28 days left, 492.80 of 500.00. For r2 7.20 is left: it never fits.
    two(world, ", priority: 1", "", refunds=[consumed("49500.00 USD", "2026-06-01")])
    found = schedule(world)
    assert days(found) == [("2026-12-04", "contoso/r1", "492.80", "211.20")]
    assert [(item["address"], item["reason"]) for item in found["never"]] == [("contoso/r2", "crowdedOut")]


def test_what_is_crowded_out_waits_until_its_term_ends(world: World) -> None:
    # Both have floors, so that one goes alone: r1 with 492.80, not r2 with 352.00, which a plan would take today.
    floors = (', minRefund: "400.00 USD"', ', minRefund: "300.00 USD"')
    two(world, *floors, refunds=[consumed("49500.00 USD", "2026-06-01")])
    found = schedule(world, "--write")
    assert days(found) == [("2026-12-04", "contoso/r1", "492.80", "211.20")]
    (never,) = found["never"]
    assert (never["address"], never["reason"], never["expiresOn"]) == ("contoso/r2", "crowdedOut", "2027-01-01")
    text = (world.folder / "desired" / "contoso.yaml").read_text()
    assert 'minRefund: "400.00 USD", notBefore: "2026-12-04"}' in text
    assert 'minRefund: "300.00 USD", notBefore: "2027-01-01"}' in text
    assert world.plan(at="2026-12-04T12:00:00Z").statuses == {"contoso/r1": "ready", "contoso/r2": "deferred"}
    assert days(schedule(world)) == days(found)


NEVER = [
    pytest.param(', minRefund: "400.00 USD"', "belowFloor", "352.00 USD would come back at most", id="too little"),
    pytest.param(', notBefore: "2027-01-05"', "expiresBefore", "it waits until 2027-01-05", id="waits too long"),
]


@pytest.mark.parametrize(("block", "reason", "told"), NEVER)
def test_what_is_never_worth_it_says_why(world: World, block: str, reason: str, told: str) -> None:
    world.customer(wanted(2, block), holds=[upfront(2)])
    (never,) = schedule(world)["never"]
    assert never["reason"] == reason and told in never["text"]


def test_on_its_last_day_nothing_comes_back(world: World) -> None:
    world.customer(wanted(2), holds=[upfront(2, bought="2025-11-22", expires="2026-11-22")])
    assert [item["reason"] for item in schedule(world)["never"]] == ["worthless"]


def test_what_stays_larger_than_the_cap_in_its_allowed_days_does_not_fit(world: World) -> None:
    # 704.00 today, and 600.00 at least: 35 days left or more. Only 500.00 is left of the cap.
    two(world, ', minRefund: "600.00 USD"', refunds=[consumed("49500.00 USD", "2026-06-01")])
    assert [item["reason"] for item in schedule(world)["never"]] == ["doesNotFit"]


def test_instalments_paid_while_waiting_are_part_of_the_cost(world: World) -> None:
    # 100.00 a month from the 1st; on 2026-11-22 9 of 30 days are left: 30.00 less 12 % is 26.40, and 13 instalments
    # from 2026-12 on are unpaid. On 2026-12-01 another is paid: 88.00 comes back, 61.60 more, for 100.00.
    world.customer(
        wanted(1, ', notBefore: "2026-12-01"'),
        holds=[monthly(1, paid=23)],
    )
    (item,) = schedule(world)["suggestions"]
    (part,) = item["parts"]
    assert [part[key]["amount"] for key in ("refund", "instalments", "waiting")] == ["88.00", "100.00", "38.40"]


def test_the_share_of_the_cap_that_may_be_used_holds(world: World) -> None:
    # 1 % of 50,000.00 is 500.00: as if the rest were consumed.
    two(world, "", "", refunds=[])
    (world.folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Config\nlimits: {maxCapShare: 0.01}\n"
    )
    assert days(schedule(world))[0] == ("2026-11-22", "contoso/r2", "352.00", "0.00")
    assert len(days(schedule(world, "--accept", "maxCapShare=1.0"))) == 2


def test_what_is_forbidden_is_told_and_not_scheduled(world: World) -> None:
    world.customer(
        entry("r1", 1, "protected: true", "state: cancelled", "cancel: {reason: gone}"), wanted(2),
        holds=[upfront(1), upfront(2)],
    )  # fmt: skip
    found = schedule(world)
    assert [(item["address"], item["blockedBy"]) for item in found["left"]] == [("contoso/r1", ["protected"])]
    assert [address for _, address, *_ in days(found)] == ["contoso/r2"]


def test_a_customer_that_was_not_read_whole_has_no_schedule(world: World) -> None:
    world.customer(wanted(2), holds=[upfront(2)], complete=False)
    found = schedule(world, code=7)
    assert (found["complete"], found["suggestions"], found["certificate"]) == (False, [], None)


def test_mistakes_beside_azure_are_mistakes_here_too(world: World, tmp_path: Path) -> None:
    world.customer(wanted(2, ', minRefund: "1.00 EUR"'), holds=[upfront(2)])
    where = ("--desired", str(tmp_path / "desired"), "--estate", str(world.estate()), "--at", "2026-11-22")
    assert run(["schedule", *where]) == 1
    assert "minRefund is in EUR, but contoso/r2 is billed in USD" in world.capsys.readouterr().err


@pytest.mark.parametrize("year", ["2027", "9999"])
def test_the_end_of_the_calendar_ends_no_schedule(world: World, year: str) -> None:
    refunds = [consumed("1.00 USD", on) for on in ("9999-12-30", "2025-12-02")]
    two(world, "", f', notBefore: "{year}-12-31"', refunds=refunds)
    assert [address for _, address, *_ in days(schedule(world))] == ["contoso/r1"]
    world.customers.clear()
    world.customer(wanted(2), holds=[upfront(2, bought="2026-01-01", expires="9999-12-31")])
    assert [address for _, address, *_ in days(schedule(world))] == ["contoso/r2"]
    where = ("--desired", str(world.folder / "desired"), "--estate", str(world.estate()), "--at", "9999-12-30")
    assert run(["schedule", *where]) == 0
