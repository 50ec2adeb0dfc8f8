"""Measure schedules: what they keep more than "largest first, on the first day it fits", and how far they are proven.

Two tables: the example and made customers, scheduled as they are and again as a person does it;
and made customers by kind: how many proven, the gap, CPU time. See docs/schedule.md.

    python bench/schedule.py [CUSTOMERS OF A KIND]   (minutes; no part of make bench)
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

from cancelling import write
from make_estate import customer_body, estate_of, money, table
from purchases import TAKEN_ON, Body, Purchase, Row
from rows import row

from reconciler import desired
from reconciler.estate.files import read_estate
from reconciler.model.inputs import Instant, Selection
from reconciler.planner.build import Question, matched
from reconciler.planner.consumption import consumption
from reconciler.rulebooks import load_rulebook
from reconciler.scheduling import tiers
from reconciler.scheduling.customers import Cap, schedule_customer
from reconciler.scheduling.problem import Candidate, Choice, Load, Window, value_of
from reconciler.scheduling.solving import Solution
from reconciler.scheduling.values import Certificate

ROOT = Path(__file__).parents[1]
AT = "2026-11-20T09:00:00Z"
RULEBOOKS = ("csp-2020-08", "csp-2026-08")
CAP = 50_000
# Returns, releases, and what one cost at most, in USD.
KINDS = [(count, releases, usd) for usd in (6_000, 20_000) for count, releases in ((6, 6), (12, 12), (30, 12))]


class Measured(NamedTuple):
    """One customer's schedule, and the CPU seconds that it took."""

    certificate: Certificate
    seconds: float


def main() -> None:
    """Measure and print."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as name:
        folders = {kind: Path(name, "-".join(map(str, kind))) for kind in KINDS}
        for kind, folder in folders.items():
            write(folder, estate_of([customer(kind, seed) for seed in range(each)]), _in_parts)
        example = Path(name, "example")
        write(example, json.loads((ROOT / "examples" / "contoso-partner" / "estate.json").read_text()), _in_parts)
        head = f"{'returns':>8} {'releases':>8} {'at most':>8}"
        print(f"{'rulebook':<12} {head} {'proven':>9} {'gap: median':>12} {'largest':>9} {'CPU: median':>12} ", end="")
        print(f"{'largest first':>15} {'scheduled':>13} {'gain':>8}")
        for rulebook in RULEBOOKS:
            _show(f"{rulebook:<12} {'the example, all of it':>26}", example, rulebook)
            for kind, folder in folders.items():
                count, releases, usd = kind
                _show(f"{rulebook:<12} {count:>8} {releases:>8} {usd:>8,}", folder, rulebook)


def _show(label: str, folder: Path, rulebook: str) -> None:
    found = list(scheduled(folder, rulebook))
    before, tiers.solve = tiers.solve, largest_first  # type: ignore[attr-defined]
    try:
        person = sum(item.certificate.value.amount for item in scheduled(folder, rulebook))
    finally:
        tiers.solve = before  # type: ignore[attr-defined]
    kept = sum(item.certificate.value.amount for item in found)
    gaps = [100 * item.certificate.gap.amount / item.certificate.bound.amount for item in found]
    proven = sum(item.certificate.optimal for item in found)
    print(
        f"{label} {proven:>3} of {len(found):>2} {median(gaps):>10.2f} % {max(gaps):>7.2f} % "
        f"{median(item.seconds for item in found):>10.1f} s {person:>15,.2f} {kept:>13,.2f} "
        f"{100 * (kept - person) / person:>6.2f} %",
        flush=True,
    )


def scheduled(folder: Path, rulebook: str) -> Iterator[Measured]:
    """Give the schedule of each customer that has something to return."""
    question = Question(
        state=desired.load((folder / "desired",), folder),
        estate=read_estate(folder / "estate.json"),
        rulebook=load_rulebook(rulebook, folder),
        alternatives=(),
        memories={},
        instant=Instant(at=datetime.fromisoformat(AT), created_at=datetime.now(UTC), what_if=True),
        lifetime=timedelta(),
        policies="",
    )
    for item in question.state.customers:
        _, view = matched(question, item, {})
        used, started = consumption(view), time.process_time()
        made = schedule_customer(view, Cap(used=used, ceiling=used.limit), Selection())
        if made.certificate is not None:
            yield Measured(made.certificate, time.process_time() - started)


def largest_first(
    candidates: Sequence[Candidate], window: Window, _steps: int, _start: Sequence[Choice] | None = None
) -> Solution:
    """Return what a person does: what keeps most goes first, whole, on the first day on which it fits."""
    load, choices = Load(window), [Choice()] * len(candidates)
    whole = [[option for option in item.options if option.units == item.units] for item in candidates]
    for number in sorted(range(len(candidates)), key=lambda number: -max((o.value for o in whole[number]), default=0)):
        option = next((option for option in whole[number] if load.fits(option.day, option.use)), None)
        if option is not None:
            load.add(option.day, option.use)
            choices[number] = (option,)
    return Solution(choices=tuple(choices), bound=value_of(choices), proven=False)


def customer(kind: tuple[int, int, int], seed: int) -> Body:
    """Return a customer whose past refunds leave 1,000 to 15,000 USD of the cap, and come back within a year."""
    count, releases, usd = kind
    random, products = Random(f"{kind}/{seed}"), {row["sku"]: row for row in table("products")}
    name = f"customer-{seed:03}"
    rows = [_row(random, name, place, usd) for place in range(count)]
    body = customer_body(name, {"prod": "Production"}, [Purchase(row, {}, products[row["sku"]]) for row in rows])
    left, cuts = random.randint(1_000, 15_000), [0, *sorted(random.sample(range(1, 10_000), releases - 1)), 10_000]
    parts = [(CAP - left) * (after - before) // 100 for before, after in pairwise(cuts)]
    days = random.sample(range(1, 365), releases)
    return {**body, "refunds": [_refund(day, Decimal(cents) / 100) for day, cents in zip(days, parts, strict=True)]}


def _refund(days: int, usd: Decimal) -> Body:
    """Return a refund that comes back after so many days."""
    amount = money(f"{usd:.2f}")
    on = str(TAKEN_ON + timedelta(days=days - 365))
    return {"on": on, "reservationId": None, "refund": amount, "canceledCommitment": amount, "exchange": False}


def _row(random: Random, customer: str, place: int, usd: int) -> Row:
    term = random.choice(("P1Y", "P3Y"))
    # Of 30 %, so that the file says partial: true for two thirds of them.
    units = random.randint(2, 8) if random.random() < 0.3 else 1
    total = Decimal(random.randint(20_000, usd * 100)) / 100
    return row(
        customer,
        f"res-{place:03d}",
        units,
        term=term,
        billingPlan="Monthly" if random.random() < 0.3 else "Upfront",
        boughtOn=str(TAKEN_ON - timedelta(days=random.randint(10, 330 if term == "P1Y" else 1_000))),
        unitUsd=f"{total / units:.2f}",
    )


def _in_parts(item: Body) -> bool:
    """Two thirds of those with several units."""
    return item["properties"]["quantity"] > 1 and int(item["id"].rpartition("/")[2][:2], 16) % 3 > 0


if __name__ == "__main__":
    main()
