"""`schedule --write`, then plan and apply on each of its days: what comes back is what was promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.apply.world import World, upfront
from tests.bodies import guid

Start = Callable[..., World]
GONE = "state: cancelled\ncancel: {reason: gone}"
PARTS = "state: cancelled\ncancel:\n  reason: gone  # in parts\n  partial: true"


def three_years(amount: str, held: int = 1, **changes: Any) -> dict[str, Any]:
    """Three years from 2026-06-01 paid upfront in USD, used."""
    case = upfront(amount, "2026-06-01", held)
    return {**case, "order": {**case["order"], "term": "P3Y", "expiresOn": "2029-06-01"}, **changes}


def monthly(amount: str, held: int = 1) -> dict[str, Any]:
    """Three years from 2026-06-01 paid by the month, six of 36 instalments so far."""
    rows = [{"count": 36, "paid": 6, "billing": f"{amount} USD", "pricing": f"{amount} USD"}]
    case = three_years("1.00", held)
    return {**case, "order": {**case["order"], "billingPlan": "Monthly"}, "instalments": rows}


def give_back(at: World, *numbers: int) -> None:
    """Return reservations of these numbers at once."""
    at.desire(*(GONE if number in numbers else "renew: false" for number in range(1, 8)))
    assert at.plan().code == 0
    assert at.apply().code == 0


def promised(at: World, *arguments: str) -> list[tuple[str, str, int, str]]:
    """Return the schedule: day, address, quantity, refund."""
    (customer,) = at.run("schedule", "--format", "json", *arguments).json["customers"]
    rows = [(part, item["address"]) for item in customer["suggestions"] for part in item["parts"]]
    return sorted((part["on"], address, part["quantity"], part["refund"]["amount"]) for part, address in rows)


@pytest.fixture
def crowded(start: Start) -> World:
    """Return a customer on 2027-02-01 whose cap holds little: two returns, of 2026-11-20 and 2027-01-10, fill it.

    30,000.00 x 923 of 1,096 days less 12 % was 22,232.66 each; the second is of 872 days.
    """
    at = start(
        *(three_years("30000.00"), three_years("30000.00"), three_years("9000.00"), three_years("24000.00", 4)),
        *(monthly("2000.00"), three_years("18000.00"), upfront("12000.00", "2026-10-01")),
    )
    give_back(at, 1)
    at.emulator.post("clock", {"at": "2027-01-10T09:00:00Z"})
    give_back(at, 2)
    at.emulator.post("clock", {"at": "2027-02-01T09:00:00Z"})
    quiet = "renew: false"
    at.desire(quiet, quiet, GONE, PARTS, GONE, GONE, GONE)
    return at


def test_what_was_promised_comes_back_on_its_day(crowded: World) -> None:
    at = crowded
    plan = promised(at, "--write")
    assert len({day for day, *_ in plan}) > 2 and any(day > "2027-11-19" for day, *_ in plan)
    assert sum(quantity for _, address, quantity, _ in plan if address == "contoso/r4") == 4
    while plan:
        day = plan[0][0]
        at.emulator.post("clock", {"at": f"{day}T10:00:00Z"})
        # What was written is what a second schedule finds, whatever days have gone by.
        assert promised(at) == plan
        before = at.refunds()
        planned, applied = at.plan(), at.apply()
        assert (planned.code, applied.code) == (0, 0), planned.err + applied.err + str(plan)
        due, plan = [item for item in plan if item[0] == day], [item for item in plan if item[0] != day]
        came_back = [amount for _, amount in at.refunds()[len(before) :]]
        assert sorted(came_back) == sorted(refund for *_, refund in due)
    assert promised(at) == []


def test_a_second_writing_changes_nothing(crowded: World) -> None:
    file = crowded.folder / "desired" / "contoso.yaml"
    before = file.read_text()
    written = crowded.run("schedule", "--write")
    assert written.code == 0 and "desired/contoso.yaml: contoso/r" in written.err
    after = file.read_text()
    assert after != before and "reason: gone  # in parts" in after
    again = crowded.run("schedule", "--write")
    assert again.err == "no file changed: the files say these days already\n"
    assert file.read_text() == after


def test_without_write_nothing_is_changed_and_no_quote_is_asked_for(crowded: World) -> None:
    file = crowded.folder / "desired" / "contoso.yaml"
    before, asked = file.read_text(), len(crowded.emulator.get("requests"))
    assert crowded.run("schedule").code == 0
    assert file.read_text() == before
    assert {item["method"] for item in crowded.emulator.get("requests")[asked:]} == {"GET"}


def test_where_nothing_tells_what_is_consumed_nothing_is_scheduled(start: Start) -> None:
    at = start(upfront())
    at.desire(GONE)
    unknown = at.run("schedule")
    assert unknown.code == 3
    assert "--accept cap.unknown" in " ".join(unknown.out.split())
    accepted = at.run("schedule", "--accept", "cap.unknown", "--format", "json").json
    assert [item["address"] for item in accepted["customers"][0]["suggestions"]] == ["contoso/r1"]
    assert guid(1) not in at.run("schedule", "--format", "csv").out


def test_days_that_were_written_hold_until_they_are_looked_for_anew(start: Start) -> None:
    at = start(upfront(), upfront())
    at.desire('state: cancelled\ncancel: {reason: gone, notBefore: "2027-02-01"}', GONE)
    accept = ("--accept", "cap.unknown")
    assert [(day, address) for day, address, *_ in promised(at, *accept)] == [
        ("2026-11-20", "contoso/r2"),
        ("2027-02-01", "contoso/r1"),
    ]
    assert {day for day, *_ in promised(at, "--anew", *accept)} == {"2026-11-20"}
    written = at.run("schedule", "--anew", "--write", *accept)
    assert "contoso/r1: no notBefore any more" in written.err
    assert "notBefore" not in (at.folder / "desired" / "contoso.yaml").read_text()
