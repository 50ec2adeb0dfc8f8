"""Whatever a file holds: it is refused, or judged, and nothing else happens."""

from __future__ import annotations

import contextlib
import json
import random
import re
from typing import Any

import pytest

from reconciler.errors import PlanRefused
from reconciler.reports.json import plan_bytes
from tests.bodies import Body
from tests.planner.world import World
from tests.verify import plans
from tests.verify.verifying import changed, flaws, leaves

NUMBERS = ("0", "-1", "1" * 15, "0.0000001", "-0.00", "9" * 40, "NaN", "sNaN", "-Infinity", "1E999999999", 1, 1.5, "")
DAYS = ("0001-01-01", "9999-12-31", "2026-11-22", "2024-02-29", "2023-02-29", "tomorrow")
WORDS = ("Monthly", "P1Y", "quote", "cancel", "exchange", "pending", "/quantity", "JPY", "9999-12-31T23:59:59Z", "")
INSTANTS = ("0001-01-01T00:00:00Z", "2026-11-22T00:00:00", "2026-11-22T00:00:00+05:00")
ANYTHING = (None, [], {}, [[]], {"amount": "1"}, True, float("nan"))


def junk(value: Any, choice: random.Random) -> Any:
    """Return something that is like *value*, as somebody might put it there, or not like it at all."""
    if choice.random() < 0.2:
        return choice.choice(ANYTHING)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return choice.choice((0, -1, 1, 2, 10**9, -(10**12), 2**70))
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return choice.choice(NUMBERS)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return choice.choice(DAYS)
    return choice.choice(WORDS + INSTANTS)


@pytest.mark.parametrize("made", [plans.quoted, plans.exchanged, plans.quoted_exchange, plans.short])
def test_junk_in_any_place_is_refused_or_judged(made: Any, world: World) -> None:
    document: Body = json.loads(plan_bytes(made(world)))
    places = list(leaves(document))
    choice = random.Random(made.__name__)
    judged = 0
    for _ in range(100):
        path, value = choice.choice(places)
        forged = changed(document, path, junk(value, choice))
        with contextlib.suppress(PlanRefused):
            flaws(forged)
            judged += 1
    assert judged > 20
