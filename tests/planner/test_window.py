"""The cap's rolling window, against one that is written from the contract's words alone.

*An entry dated d counts for d <= day < d + 365.* The one here walks through the calendar a day at a
time and lets each entry live for 365 of them: it adds to no date, and knows nothing of years.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.model.cap import CapUse
from reconciler.model.current import Refund
from reconciler.model.money import Money
from reconciler.rulebooks import load_rulebook
from reconciler.rules.cap import consumed, counting, releases
from tests.bodies import Body
from tests.planner.world import World, refund, usd

CAP = load_rulebook("csp-2020-08", Path()).cap
# From before a leap day until after the one that follows it, and a year more for the last entry to leave.
FIRST, LAST, END = date(2023, 12, 1), date(2028, 3, 31), date(2029, 4, 5)
# Days at which calendars go wrong are drawn as often as all others.
EDGES = [
    *(date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 27), date(2025, 2, 28), date(2025, 3, 1)),
    *(date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)),
    *(date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 30), date(2024, 12, 31), date(2025, 1, 1)),
]
DAYS = st.one_of(st.sampled_from(EDGES), st.dates(FIRST, LAST))
ENTRIES = st.lists(st.tuples(DAYS, st.integers(1, 9_999), st.integers(0, 9_999)), max_size=6)
Entry = tuple[date, int, int]


def walked(entries: Sequence[Entry]) -> Iterator[tuple[date, int, int, int, int]]:
    """Give (day, counts as refund, as commitment, came back as refund, as commitment) for each day, in dollars."""
    begins = Counter(day for day, _, _ in entries)
    alive: list[tuple[int, int, int]] = []  # days still to live, refund, commitment
    day = FIRST
    while day <= END:
        left = [item for item in alive if item[0] == 0]
        alive = [item for item in alive if item[0] > 0]
        if begins[day]:
            alive += [(365, own, rest) for on, own, rest in entries if on == day]
        counts, back = [[sum(item[part] for item in items) for part in (1, 2)] for items in (alive, left)]
        yield day, counts[0], counts[1], back[0], back[1]
        alive = [(lives - 1, own, rest) for lives, own, rest in alive]
        day += timedelta(days=1)


def refunds(entries: Sequence[Entry]) -> list[Refund]:
    return [
        Refund(on=day, reservation_id=str(number), refund=dollars(own), commitment=dollars(rest), source="ledger")
        for number, (day, own, rest) in enumerate(entries)
    ]


def dollars(number: int) -> Money:
    return Money(Decimal(number), "USD")


@settings(max_examples=60, deadline=None)
@given(ENTRIES)
@example(
    [(date(2024, 2, 29), 1, 1)]
)  # the last day that it counts is 2025-02-27, 365 days with 2024-02-29 as the first
@example(
    [(date(2023, 12, 31), 1, 1), (date(2024, 1, 1), 1, 1)]
)  # a leap year: it leaves on 2024-12-30, not on the 31st
@example([(date(2024, 2, 28), 1, 2), (date(2024, 2, 28), 3, 4)])  # two of one day leave on one day
def test_both_windows_agree_on_every_day(entries: list[Entry]) -> None:
    known = refunds(entries)
    left = Counter[date]()
    for day, own, rest, back_own, back_rest in walked(entries):
        assert consumed(known, CAP, day) == CapUse(refund=dollars(own), commitment=dollars(rest)), day
        if back_own or back_rest:
            left[day] += 1
            # What comes back today is told as such on the day before, and no more today.
            told = {item.on: item for item in releases(known, CAP, day - timedelta(days=1))}
            assert (told[day].refund, told[day].commitment) == (dollars(back_own), dollars(back_rest))
            assert day not in {item.on for item in releases(known, CAP, day)}
    assert counting(known, CAP, END) == []
    assert len(left) == len({day for day, _, _ in entries})


@settings(max_examples=60, deadline=None)
@given(ENTRIES, DAYS)
def test_all_that_counts_on_a_day_comes_back_and_nothing_else(entries: list[Entry], day: date) -> None:
    known = refunds(entries)
    counted = consumed(known, CAP, day)
    later = [
        (on, own, rest) for on, _, _, own, rest in walked([item for item in entries if item[0] <= day]) if on > day
    ]
    expected = {on: (dollars(own), dollars(rest)) for on, own, rest in later if own or rest}
    told = releases(known, CAP, day)
    assert {item.on: (item.refund, item.commitment) for item in told} == expected
    assert [item.on for item in told] == sorted(expected)
    assert sum((item.refund.amount for item in told), Decimal(0)) == counted.refund.amount
    assert sum((item.commitment.amount for item in told), Decimal(0)) == counted.commitment.amount


# Worked by hand: 2024 has 366 days, so that what is refunded on its first day is back on its last but one;
# 29 February 2024 + 365 days is 28 February 2025, and 28 February 2024 + 365 days is 27 February 2025.
RELEASES = {
    "a leap day": (["2024-02-29"], [("2025-02-28", "1.00")]),
    "the day before a leap day": (["2024-02-28"], [("2025-02-27", "1.00")]),
    "the day after a leap day": (["2024-03-01"], [("2025-03-01", "1.00")]),
    "across no leap day": (["2025-03-01"], [("2026-03-01", "1.00")]),
    "the first day of a leap year": (["2024-01-01"], [("2024-12-31", "1.00")]),
    "the last day of the year before it": (["2023-12-31"], [("2024-12-30", "1.00")]),
    "the last day of a year": (["2025-12-31"], [("2026-12-31", "1.00")]),
    "two of one day, and one of the next": (
        ["2025-12-30", "2025-12-30", "2025-12-31"],
        [("2026-12-30", "2.00"), ("2026-12-31", "1.00")],
    ),
}


@pytest.mark.parametrize("case", RELEASES)
def test_cap_shows_each_release_on_its_day_and_its_sum_once(world: World, case: str) -> None:
    days, expected = RELEASES[case]
    world.customer(refunds=[refund(day, "1.00 USD") for day in days])
    told = shown(world, days[-1])
    assert [(item["on"], item["refund"]["amount"]) for item in told["cap"]["releases"]] == expected
    assert told["cap"]["meters"]["refund"]["consumed"]["amount"] == f"{len(days)}.00"
    back, _ = expected[0]
    before = str(date.fromisoformat(back) - timedelta(days=1))
    count = sum(day <= before for day in days)
    assert shown(world, before)["headroom"]["refund"] == {"amount": str(50_000 - count) + ".00", "currency": "USD"}
    gone = shown(world, back)["cap"]
    assert back not in {item["on"] for item in gone["releases"]}
    assert usd(gone["meters"]["refund"]["consumed"]["amount"]) == usd(f"{count}.00") - usd(expected[0][1])


def shown(world: World, day: str) -> Body:
    where = ["--desired", str(world.folder / "desired"), "--estate", str(world.estate())]
    assert run(["cap", *where, "--at", day, "--format", "json"]) == 0
    found: Body = json.loads(world.capsys.readouterr().out)["customers"][0]
    return found
