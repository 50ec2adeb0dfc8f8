"""Each single figure of a plan, changed and signed again, is found.

What follows from something is found at the least change: a cent, a day, a unit. What
figures rest on (payments, days, units of an order) is found when it is changed enough
to move a rounded figure. ``FREE`` is all that nothing else in a plan rests on.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.reports.json import plan_bytes
from tests.planner.world import World
from tests.verify import plans
from tests.verify.verifying import Step, changed, flaws, leaves

MADE = {made.__name__: made for made in (plans.quoted, plans.exchanged, plans.quoted_exchange, plans.short)}
AMOUNTS = {"amount", "feeRate", "share", "credit", "fee", "refund", "netPayable", "cashNow"}
DAYS = {"on", "fitsOn", "purchasedOn", "startsOn", "expiresOn"}
CLAIMS = {"used", "known", "applyable", "complete", "fulfils", "partial"}
# What nothing else in a plan rests on; "*" is any place in a list.
FREE = {
    # How many entries agree with Azure already: only Azure and the files tell.
    "summary/unchanged",
    # More than 5 days after the purchase the table of returns does not ask for usage.
    "customers/*/actions/*/money/used",
    "customers/*/actions/*/returns/*/money/used",
    # How many people must approve follows from the policies, which are not in the plan: apply asks them again.
    "approvals",
}


def pattern(path: tuple[Step, ...]) -> str:
    return "/".join("*" if isinstance(step, int) else step for step in path)


def others(path: tuple[Step, ...], value: Any) -> list[Any]:
    """Return what a figure is changed to; nothing for what is no figure, such as a line of a file."""
    name = path[-1]
    if value is None or name in ("line", "column"):
        return []
    if name in CLAIMS:
        return [not value]
    if isinstance(value, int) and not isinstance(value, bool):
        return [value + 1]
    if name in DAYS:
        return [str(date.fromisoformat(value) + timedelta(days=step)) for step in (1, -1)]
    if name not in AMOUNTS or not isinstance(value, str):
        return []
    if "basis" in path:
        return [str(Decimal(value) * 2 + 1)]
    return [str(Decimal(value) + Decimal("0.01"))]


def test_each_figure_that_is_changed_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tried: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for name, made in MADE.items():
        (tmp_path / name).mkdir()
        document = json.loads(plan_bytes(made(World(tmp_path / name, cast("pytest.CaptureFixture[str]", None)))))
        assert flaws(document) == []
        for path, value in leaves(document):
            for other in others(path, value):
                tried[pattern(path)] += 1
                missed[pattern(path)] += not flaws(changed(document, path, other))
    assert sum(tried.values()) > 700
    assert {place for place, count in missed.items() if count} == FREE


def test_a_payment_that_is_unlike_the_others_is_named_though_nothing_rests_on_it(world: World) -> None:
    document = json.loads(plan_bytes(plans.short(world)))
    (place,) = [
        number for number, item in enumerate(document["customers"][0]["actions"]) if item["address"] == "contoso/c"
    ]
    path = ("customers", 0, "actions", place, "money", "basis", "instalments", 0, "pricing", "amount")
    (flaw,) = flaws(changed(document, path, "9999.00"))
    assert (flaw.code, flaw.address, flaw.warning) == ("verify.instalment", "contoso/c", True)
