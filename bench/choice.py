"""Measure the choice under the cap: what it gains over "largest first", and how long it takes.

Three tables: hard choices of 60 and 500 candidates; estates whose customers cancel more than
the cap holds, planned as they are and again with "largest first" in place of the choice; and
one plan of 5,000 customers as a whole process. See docs/choice.md.

    python bench/choice.py [CUSTOMERS]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

from cancelling import write
from make_estate import customer_body, estate_of, table
from purchases import TAKEN_ON, Body, Purchase, Row
from rows import row

from reconciler import desired
from reconciler.estate.files import read_estate
from reconciler.model.inputs import Instant
from reconciler.planner import selection
from reconciler.planner.build import Question, build_plan
from reconciler.planner.choice import Chosen, Option, choose
from reconciler.rulebooks import load_rulebook
from tests.planner.families import FAMILIES, ROOM, family

ROOT = Path(__file__).parents[1]
AT = "2026-11-20T09:00:00Z"
RULEBOOKS = ("csp-2020-08", "csp-2026-08")
RECONCILER = Path(sys.executable).parent / "reconciler"
SEEDS = 3


def main() -> None:
    """Measure and print."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    _hard()
    with tempfile.TemporaryDirectory() as name:
        example = json.loads((ROOT / "examples" / "contoso-partner" / "estate.json").read_text())
        print(f"\n{'estate, all of it cancelled':<34} {'rulebook':<12} {'over':>5} {'largest first':>15} ", end="")
        print(f"{'chosen':>15} {'gain':>12} {'':>7} {'of customers':>12}")
        for label, estate in (
            ("the example, 12 customers", example),
            ("500 made customers of 20", made_estate(500, 20)),
        ):
            for partial in (False, True):
                _compare(label, estate, Path(name, label, str(partial)), partial=partial)
        _whole(Path(name, "whole"), customers)


def _hard() -> None:
    print(
        f"{'choices of one family':<28} {'60: longest':>12} {'500: longest':>13}   CPU time, {SEEDS} each; all proven?"
    )
    for name in FAMILIES:
        cells, proven = [], True
        for count in (60, 500):
            longest = 0.0
            for seed in range(SEEDS):
                candidates = family(name, count, seed)
                started = time.process_time()
                proven &= choose(candidates, ROOM).optimal
                longest = max(longest, time.process_time() - started)
            cells.append(longest)
        print(f"{name:<28} {cells[0]:>10.2f} s {cells[1]:>11.2f} s   {'yes' if proven else 'NO'}")


def largest_first(candidates: Sequence[Sequence[Option]], room: int) -> Chosen:
    """Return what is returned if the largest refund goes first, as much of it as fits, then the next."""
    units = [0] * len(candidates)
    for place in sorted(range(len(candidates)), key=lambda place: -max(option.brings for option in candidates[place])):
        fitting = [option for option in candidates[place] if option.takes <= room]
        if fitting:
            option = max(fitting)
            units[place], room = option.units, room - option.takes
    return Chosen(tuple(units), 0, 0, "largestFirst")


def _compare(label: str, estate: Body, folder: Path, *, partial: bool) -> None:
    write(folder, _without_refunds(estate), lambda _: partial)
    for rulebook in RULEBOOKS:
        chosen, largest = (_planned(folder, rulebook, how) for how in (choose, largest_first))
        over = sorted(chosen.keys() & largest.keys())
        best, first = (sum((made[name] for name in over), Decimal()) for made in (chosen, largest))
        more = sum(chosen[name] > largest[name] for name in over)
        assert all(chosen[name] >= largest[name] for name in over)
        share = 100 * (best - first) / first if first else 0
        print(
            f"{label + (', in parts' if partial else ''):<34} {rulebook:<12} {len(over):>5} {first:>15,} {best:>15,} "
            f"{best - first:>12,} {share:>5.2f} % {more:>12}"
        )


def _planned(folder: Path, rulebook: str, how: Callable[..., Chosen]) -> dict[str, Decimal]:
    """Return the refund of each customer whose cancellations the cap does not hold all."""
    at = datetime.fromisoformat(AT).astimezone(UTC)
    question = Question(
        state=desired.load((folder / "desired",), folder),
        estate=read_estate(folder / "estate.json"),
        rulebook=load_rulebook(rulebook, folder),
        alternatives=(),
        memories={},
        instant=Instant(at=at, created_at=at, what_if=True),
        lifetime=timedelta(),
        policies="",
    )
    before, selection.choose = selection.choose, how  # type: ignore[attr-defined]
    try:
        plan = build_plan(question, {}).plan
    finally:
        selection.choose = before  # type: ignore[attr-defined]
    parts = [part for part in plan.customers if part.cap.choice]
    return {part.name: part.cap.meters.refund.planned.amount for part in parts}


def _whole(folder: Path, customers: int) -> None:
    each = 6
    write(folder, _without_refunds(made_estate(customers, each)), lambda _: True)
    print(f"\none plan of {customers:,} customers with {each} cancellations each, in parts where all does not fit:")
    for rulebook in RULEBOOKS:
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        arguments = ["plan", "--estate", "estate.json", "--at", AT, "--rulebook", rulebook, "--format", "csv"]
        done = subprocess.run([RECONCILER, *arguments], cwd=folder, capture_output=True, check=False)
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{rulebook}: exit code {done.returncode}, {wall:.1f} s, {cpu:.1f} s of CPU")


def made_estate(customers: int, each: int) -> Body:
    """Return an estate of which every customer's reservations are worth about twice the cap."""
    random, products = Random(f"{customers}/{each}"), {row["sku"]: row for row in table("products")}
    bodies = []
    for number in range(customers):
        rows = [_row(random, number, place, 160_000 // each) for place in range(each)]
        purchases = [Purchase(row, {}, products[row["sku"]]) for row in rows]
        bodies.append(customer_body(f"customer-{number:05d}", {"prod": "Production"}, purchases))
    return estate_of(bodies)


def _row(random: Random, customer: int, place: int, usd: int) -> Row:
    units = random.randint(1, 12)
    unit = Decimal(random.randint(usd * 20, usd * 200)) / 100 / units
    # By the month little comes back at once, so that the whole sum is not what counts.
    monthly = random.random() < 0.4
    return row(
        f"customer-{customer:05d}",
        f"res-{place:03d}",
        units,
        term=random.choice(("P1Y", "P3Y")),
        billingPlan="Monthly" if monthly else "Upfront",
        boughtOn=str(TAKEN_ON - timedelta(days=random.randint(10, 200))),
        unitUsd=f"{unit:.2f}",
    )


def _without_refunds(estate: Body) -> Body:
    """Return an estate of which the whole cap is left."""
    return {**estate, "customers": [{**customer, "refunds": []} for customer in estate["customers"]]}


if __name__ == "__main__":
    main()
