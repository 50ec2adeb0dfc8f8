"""What the planner makes holds, whatever the estate: two programs, one answer.

Every plan that the tests of the planner build is verified too (`tests/planner/world.py`).
"""

from __future__ import annotations

import json
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.model.current import Refund
from reconciler.model.inputs import Accepted, Memory, Quote, RefundQuote
from reconciler.model.money import Money
from tests.planner.exchanging import MEMBER, exchange, group, price, purchase
from tests.planner.holdings import Held, held_id, monthly, upfront
from tests.planner.world import World, entry, usd
from tests.verify.verifying import signed

ROOT = Path(__file__).parents[2]
AT = "2026-11-20T09:00:00Z"
YEARS = (("2026-01-01", "2027-01-01"), ("2025-12-31", "2026-12-31"), ("2026-11-18", "2027-11-18"))
CURRENCIES = (("USD", "USD"), ("EUR", "USD"), ("JPY", "USD"), ("EUR", "EUR"))

cents = st.integers(1, 9_000_000).map(lambda amount: f"{amount / 100:.2f}")


@st.composite
def held(draw: Any, number: int) -> tuple[Held, str]:
    """Return a reservation of any sort, and the currency of its bill."""
    (billing, pricing), amount, quantity = draw(st.sampled_from(CURRENCIES)), draw(cents), draw(st.integers(1, 5))
    each = f"{draw(st.integers(1, 90_000))}00.00 JPY" if billing == "JPY" else f"{amount} {billing}"
    bought, expires = draw(st.sampled_from(YEARS))
    more: dict[str, Any] = {"quantity": quantity, "used": draw(st.sampled_from((True, False, None)))}
    more |= {"bought": bought, "expires": expires, "pricing": f"{amount} {pricing}"}
    if draw(st.booleans()):
        return upfront(number, each, **more), billing
    # The instalments due by 2026-11-01, when the estate is read; those after it may fall due by the plan's day.
    paid = 1 if bought > "2026-11" else int(expires < "2027") + 11
    return monthly(number, each, count=12, paid=min(paid, 11), **more), billing


@st.composite
def wanted(draw: Any, number: int, holds: Held, currency: str) -> str:
    """Return what YAML asks of a reservation."""
    units = holds.reservation["properties"]["quantity"]
    decimals = "" if currency == "JPY" else ".00"
    floor = f', minRefund: "{draw(st.integers(1, 900))}00{decimals} {currency}"' if draw(st.integers(0, 3)) == 0 else ""
    late = ', notBefore: "2026-12-24"' if draw(st.integers(0, 5)) == 0 else ""
    part = ", partial: true" if draw(st.booleans()) else ""
    cancel = f"cancel: {{reason: é ü, priority: {draw(st.integers(0, 2))}{part}{floor}{late}}}"
    ceiling = {"maxNetPayable": f'"{draw(st.integers(1, 90))}000{decimals} {currency}"'} if draw(st.booleans()) else {}
    plan, count = draw(st.sampled_from(("Upfront", "Monthly"))), draw(st.integers(1, 3))
    into = purchase(f"new-{number}", sku=f"S-{currency}", plan=plan, quantity=count)
    asked = (
        ("state: cancelled", cancel),
        (f"quantity: {units - 1}", cancel) if units > 1 else ("state: cancelled", cancel),
        exchange(into, **ceiling),
        MEMBER,
        ("renew: true", "displayName: other", "protected: true"),
    )
    return entry(f"vm-{number}", number, *draw(st.sampled_from(asked)))


@st.composite
def quotes(draw: Any, holds: list[Held]) -> dict[tuple[str, ...], Quote]:
    """Return quotes that are seldom what our rules expect, for returns of one unit."""
    found: dict[tuple[str, ...], Quote] = {}
    for number in draw(st.sets(st.integers(1, len(holds)))):
        limit = usd("30000.00") if draw(st.booleans()) else None
        payment = holds[number - 1].order["properties"]["planInformation"]["transactions"][0]
        back, dropped, priced = (
            Money.rounded(Decimal(draw(cents)), payment[f"{side}CurrencyTotal"]["currencyCode"])
            for side in ("billing", "billing", "pricing")
        )
        found["refund", held_id(number), "1"] = RefundQuote(
            refund=back, dropped=dropped, pricing_refund=priced, consumed=usd(draw(cents)), limit=limit
        )
    return found


@st.composite
def memories(draw: Any) -> Memory:
    days = st.sampled_from((date(2025, 11, 22), date(2025, 11, 23), date(2026, 6, 1), None))
    refunds = [
        Refund(
            on=draw(days),
            reservation_id="r",
            refund=usd(back),
            commitment=usd(f"{float(back) * 2:.2f}"),
            source="ledger",
        )
        for back in draw(st.lists(cents, max_size=2))
    ]
    return Memory(refunds=tuple(refunds))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_plan_of_a_random_estate_holds(data: st.DataObject) -> None:
    """`World.build` verifies what it makes."""
    count = data.draw(st.integers(1, 5))
    holds = [data.draw(held(number)) for number in range(1, count + 1)]
    wants = [data.draw(wanted(number, *item)) for number, item in enumerate(holds, start=1)]
    catalog = [price(f"{data.draw(cents)} {currency}", f"S-{currency}") for currency in ("USD", "EUR", "JPY")]
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), cast("pytest.CaptureFixture[str]", None))
        world.taken_at = data.draw(st.sampled_from(("2026-11-01T12:00:00Z", "2026-11-22T12:00:00Z")))
        spec = (
            group("g", purchase("grouped", sku="S-USD", quantity=9))
            if any("group: g" in want for want in wants)
            else ""
        )
        world.customer(*wants, holds=[item for item, _ in holds], known=False, catalog=catalog, spec=spec)
        answer = world.build(
            data.draw(quotes([item for item, _ in holds])),
            data.draw(memories()),
            at=data.draw(st.sampled_from(("2026-11-22T12:00:00Z", "2026-12-15T00:00:00Z"))),
            rulebook=data.draw(st.sampled_from(("csp-2020-08", "csp-2026-08"))),
            accepted=Accepted(values={"cap.unknown": ""}) if data.draw(st.booleans()) else None,
        )
    assert answer.plan.digest


@pytest.mark.parametrize(("folder", "code"), [("tests/sample", 0), ("examples/contoso-partner", 3)])
def test_the_plans_that_were_worked_by_hand_hold(
    folder: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT / folder)
    file = tmp_path / "change.plan.json"
    assert run(["plan", "--estate", "estate.json", "--at", AT, "--out", str(file)]) == code
    assert run(["verify", str(file)]) == 0
    assert "comparisons hold" in capsys.readouterr().out
    assert json.loads(file.read_bytes()) == signed(json.loads(file.read_bytes()))
