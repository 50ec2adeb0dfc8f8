from __future__ import annotations

from typing import Any

import pytest

from reconciler.emulator.app import Azure
from tests.emulator.estates import Bought, at, customer, estate
from tests.emulator.wire import Reply, Wire

MONTHLY = Bought(1, start="2026-01-31", plan="Monthly", paid=2, billing=("USD", 100.0), pricing=("USD", 100.0))


def line(*bought: Bought, day: str, taken: str) -> Wire:
    return Wire(Azure(estate(customer(*bought), taken=taken), at(day)))


def clock(wire: Wire, body: Any = None) -> Reply:
    return wire.send("POST" if body is not None else "GET", "/_emulator/clock", body, version=None)


def statuses(wire: Wire) -> list[str]:
    plan = wire.order(1, "planInformation")["properties"]["planInformation"]
    return [item["status"] for item in plan["transactions"]]


def test_pays_instalments_that_fell_due_since_the_estate_was_taken() -> None:
    wire = line(MONTHLY, day="2026-04-30", taken="2026-03-01")
    plan = wire.order(1, "planInformation")["properties"]["planInformation"]
    assert statuses(wire) == ["Succeeded"] * 4 + ["Scheduled"] * 8
    assert (plan["transactions"][3]["dueDate"], plan["transactions"][3]["paymentDate"]) == ("2026-04-30", "2026-04-30")
    assert plan["nextPaymentDueDate"] == "2026-05-31"


def test_leaves_unpaid_what_was_overdue_when_the_estate_was_taken() -> None:
    wire = line(MONTHLY, day="2026-05-01", taken="2026-03-31")
    assert statuses(wire) == ["Succeeded", "Succeeded", "Scheduled", "Succeeded"] + ["Scheduled"] * 8


def test_pays_as_the_clock_moves() -> None:
    wire = line(MONTHLY, day="2026-03-01", taken="2026-03-01")
    assert statuses(wire) == ["Succeeded"] * 2 + ["Scheduled"] * 10
    assert clock(wire, {"advance": "P30D"}).body == {"at": "2026-03-31T12:00:00.0000000Z"}
    assert statuses(wire) == ["Succeeded"] * 3 + ["Scheduled"] * 9
    assert clock(wire, {"at": "2027-01-15T00:00:00Z"}).body == {"at": "2027-01-15T00:00:00.0000000Z"}
    plan = wire.order(1, "planInformation")["properties"]["planInformation"]
    assert (statuses(wire), plan["nextPaymentDueDate"]) == (["Succeeded"] * 12, None)
    assert wire.estate()["takenAt"] == "2027-01-15T00:00:00.0000000Z"


def test_pays_nothing_for_what_is_cancelled() -> None:
    wire = line(MONTHLY, day="2026-03-01", taken="2026-03-01")
    wire.give_back(1, 1, wire.quote(1).body["properties"]["sessionId"])
    wire.read_until_settled(1)
    clock(wire, {"advance": "P1Y"})
    assert statuses(wire) == ["Succeeded"] * 2 + ["Cancelled"] * 10


@pytest.mark.parametrize(
    ("day", "state"), [("2026-12-31", "Succeeded"), ("2027-01-01", "Succeeded"), ("2027-01-02", "Expired")]
)
def test_reads_as_expired_when_the_last_day_is_over(day: str, state: str) -> None:
    wire = line(Bought(1, start="2026-01-01"), day="2026-07-01", taken="2026-07-01")
    clock(wire, {"at": f"{day}T23:00:00Z"})
    properties = wire.reservation(1)["properties"]
    assert (properties["provisioningState"], properties["displayProvisioningState"]) == (state, state)
    assert wire.order(1)["properties"]["provisioningState"] == state


def test_tells_its_time() -> None:
    assert clock(line(day="2026-03-01", taken="2026-03-01")).body == {"at": "2026-03-01T12:00:00.0000000Z"}


@pytest.mark.parametrize(
    ("advance", "moved"),
    [
        ("PT90M", "2026-01-31T13:30:00"),
        ("P1M", "2026-02-28T12:00:00"),
        ("P1Y2M3DT4H5M6S", "2027-04-03T16:05:06"),
        ("P2W", "2026-02-14T12:00:00"),
    ],
)
def test_advances_by_iso_durations(advance: str, moved: str) -> None:
    wire = line(day="2026-01-31", taken="2026-01-31")
    assert clock(wire, {"advance": advance}).body == {"at": f"{moved}.0000000Z"}


@pytest.mark.parametrize("body", [{}, [], {"at": "tomorrow"}, {"at": 7}, {"advance": "30 days"}, {"advance": "P"}])
def test_refuses_to_move_nowhere(body: Any) -> None:
    wire = line(day="2026-01-31", taken="2026-01-31")
    assert clock(wire, body).code() == (400, "InvalidClock")
    assert clock(wire).body == {"at": "2026-01-31T12:00:00.0000000Z"}
