"""What waiting costs, against plans made on the later days: two roads to one figure."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.cli.main import run
from reconciler.model.current import Instalment
from reconciler.model.money import Money
from reconciler.model.plan import Action, Basis, Figures, Plan
from reconciler.rulebooks import built_in, load_rulebook
from reconciler.rules.calendar import add_months
from reconciler.rules.waiting import Waiting, readings, waiting_for
from tests.reports.values import returned

SAMPLE = Path(__file__).parents[1] / "sample"
DAYS = ("2026-11-20", "2026-11-22", "2026-11-23", "2026-11-29", "2026-11-30", "2026-12-30", "2027-02-28", "2027-03-02")
LAWS = [load_rulebook(name, Path()) for name in built_in()]


def planned(folder: Path, at: str, rulebook: str) -> Plan:
    from reconciler.apply.planfile import read_plan

    out = folder / f"{at}-{rulebook}.json"
    arguments = ("--estate", "estate.json", "--at", at, "--rulebook", rulebook, "--out", str(out))
    assert run(["plan", *arguments]) in (0, 3)
    return read_plan(out)


def cancels(plan: Plan) -> dict[str, Action]:
    return {action.address: action for action in plan.actions() if action.action == "cancel"}


@pytest.mark.parametrize("rulebook", built_in())
def test_should_give_what_a_plan_on_that_day_gives(
    rulebook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upfront, monthly with instalments falling due meanwhile, and a free window that closes."""
    folder = tmp_path / "partner"
    shutil.copytree(SAMPLE, folder)
    monkeypatch.chdir(folder)
    law = load_rulebook(rulebook, Path())
    first = cancels(planned(tmp_path, DAYS[0], rulebook))
    assert len(first) == 3
    for day in DAYS:
        for address, action in cancels(planned(tmp_path, day, rulebook)).items():
            money = first[address].money
            waiting = waiting_for(money, date(2026, 11, 20), law) if money else None
            assert waiting is not None and action.money is not None
            assert (address, day, waiting.refund(date.fromisoformat(day))) == (address, day, action.money.refund)


def bill(plan: str, start: date, months: int, paid: int, at: date) -> tuple[Instalment, ...]:
    number = months if plan == "Monthly" else 1
    amount = Money(Decimal("97.31") if plan == "Monthly" else Decimal("1201.07"), "EUR")
    return tuple(
        Instalment(
            due_on=add_months(start, k),
            status="Succeeded" if k < max(paid, 1) and add_months(start, k) <= at else "Scheduled",
            billing=amount,
            pricing=amount,
        )
        for k in range(number)
    )


def given_back(plan: str, start: date, age: int, used: bool | None = True, paid: int = 99) -> tuple[Figures, date]:
    at = start + timedelta(days=age)
    basis = Basis(
        reserved_resource_type="VirtualMachines",
        billing_plan=plan,
        original_quantity=7,
        purchased_on=start,
        starts_on=start,
        expires_on=add_months(start, 36),
        instalments=bill(plan, start, 36, paid, at),
    )
    return returned(3, "0.00 EUR", "0", basis=basis, used=used), at


def waiting_of(figures: Figures, at: date, law: int) -> Waiting:
    """Return the first reading of a basis: only what Azure says is paid was paid on *at*."""
    return next(readings(figures, at, LAWS[law]))


@settings(max_examples=60, deadline=None)
@given(
    plan=st.sampled_from(["Upfront", "Monthly"]),
    start=st.dates(date(2023, 1, 1), date(2026, 12, 31)),
    age=st.integers(0, 1000),
    used=st.sampled_from([True, False, None]),
    law=st.sampled_from(range(len(LAWS))),
    share=st.floats(0, 1),
)
def test_a_refund_should_be_even_between_its_turns(
    plan: str, start: date, age: int, used: bool | None, law: int, share: float
) -> None:
    """What a curve draws as a straight line is one, to the cent that rounding moves at either end."""
    figures, at = given_back(plan, start, age, used)
    waiting = waiting_of(figures, at, law)
    turns = waiting.turns()
    assert turns[0] == at and turns[-1] == waiting.order.expires_on and turns == sorted(set(turns))
    on = at + timedelta(days=round(share * (turns[-1] - at).days))
    after = next(number for number, day in enumerate(turns) if day >= on)
    if turns[after] == on:
        return
    left, right = turns[after - 1], turns[after]
    low, high = waiting.refund(left).amount, waiting.refund(right).amount
    even = low + (high - low) * (on - left).days / (right - left).days
    assert abs(waiting.refund(on).amount - even) <= Decimal("0.02")


@pytest.mark.parametrize(
    ("plan", "age", "days", "refund", "paid"),
    [
        # 1,201.07 EUR for 7 units and 1,096 days from 2025-03-10; 3 units after 100 days, used, a fee of 12 %.
        # credit 1201.07 x 3/7 x 996/1096 = 467.778..., 467.78; fee 56.13
        ("Upfront", 100, 0, "411.65", "0.00"),
        # a week later 989 days are left: 1201.07 x 3/7 x 989/1096 = 464.490..., 464.49; fee 55.74
        ("Upfront", 100, 7, "408.75", "0.00"),
        # the term is over
        ("Upfront", 100, 996, "0.00", "0.00"),
        # on day 5 nothing is charged: 1201.07 x 3/7 x 1091/1096 = 512.395..., 512.40
        ("Upfront", 2, 3, "512.40", "0.00"),
        # 97.31 EUR a month; day 100 is 2025-06-18, 22 days before the next: 97.31 x 3/7 x 22/30 = 30.583..., 30.58;
        # fee 3.67
        ("Monthly", 100, 0, "26.91", "0.00"),
        # 2025-07-10: the fifth instalment was paid, 41.70 EUR of it for 3 units, and all of the month is left;
        # fee 5.00
        ("Monthly", 100, 22, "36.70", "41.70"),
        # 2025-08-09, a day of that month is left: 97.31 x 3/7 x 1/31 = 1.345..., 1.35; fee 0.16
        ("Monthly", 100, 52, "1.19", "41.70"),
    ],
)
def test_waiting_should_come_to_what_is_worked_out_by_hand(
    plan: str, age: int, days: int, refund: str, paid: str
) -> None:
    figures, at = given_back(plan, date(2025, 3, 10), age)
    waiting = waiting_of(figures, at, 0)
    on = at + timedelta(days=days)
    assert (str(waiting.refund(on)), str(waiting.paid(on))) == (f"{refund} EUR", f"{paid} EUR")
    assert waiting.cost(on) == waiting.refund(at) - Money.parse(f"{refund} EUR") + Money.parse(f"{paid} EUR")


@settings(max_examples=40, deadline=None)
@given(plan=st.sampled_from(["Upfront", "Monthly"]), age=st.integers(0, 1090), share=st.integers(0, 100))
def test_a_floor_should_be_missed_first_on_the_day_that_is_told(plan: str, age: int, share: int) -> None:
    figures, at = given_back(plan, date(2025, 3, 10), age)
    waiting = waiting_of(figures, at, 0)
    floor = Money(waiting.refund(at).amount * share / 100, "EUR")
    days = [at + timedelta(days=n) for n in range((waiting.order.expires_on - at).days + 1)]
    missed = (day for day in days if waiting.refund(day) < floor)
    assert waiting.below(floor) == next(missed, None)


def test_should_tell_nothing_where_the_basis_does_not_give_the_plan_s_own_figure() -> None:
    figures, at = given_back("Upfront", date(2025, 3, 10), 100)
    assert figures.refund == Money.parse("0.00 EUR")
    assert waiting_for(figures, at, LAWS[0]) is None
    assert waiting_for(returned(3, "10.00 EUR", basis=None), at, LAWS[0]) is None


@pytest.mark.parametrize("change", [{"original_quantity": 0}, {"expires_on": date(2025, 3, 10)}, {"instalments": ()}])
def test_should_tell_nothing_of_a_basis_that_makes_no_sense(change: dict[str, Any]) -> None:
    figures, at = given_back("Upfront", date(2025, 3, 10), 100)
    assert figures.basis is not None
    assert waiting_for(replace(figures, basis=replace(figures.basis, **change)), at, LAWS[0]) is None


@pytest.mark.parametrize(("paid", "refund"), [(4, "26.91"), (3, "0.00"), (2, "0.00")])
def test_should_find_which_due_instalments_a_plan_took_as_paid(paid: int, refund: str) -> None:
    """On day 100 four instalments are due. Azure says that *paid* of them are; the plan's figure says what it took."""
    figures, at = given_back("Monthly", date(2025, 3, 10), 100, paid=paid)
    for told in ("26.91 EUR", "0.00 EUR"):
        found = waiting_for(replace(figures, refund=Money.parse(told)), at, LAWS[0])
        taken = told == "26.91 EUR" or refund == "0.00"
        assert (found is not None) == taken
        if found:
            assert found.refund(at) == Money.parse(told)
