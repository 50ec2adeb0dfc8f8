"""When a return that the cap does not hold will fit, against a look at every single day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.estate.customers import read_customer
from reconciler.model.current import Customer, Refund
from reconciler.model.money import Money
from reconciler.rulebooks import load_rulebook
from reconciler.rules.calendar import add_months
from reconciler.rules.cap import consumed, gating
from reconciler.rules.payments import payments_as_of
from reconciler.rules.returns import Returned, measure_return
from tests.planner.holdings import Held, monthly, refund, upfront
from tests.planner.world import CANCELLED, World, entry, planned, text, usd
from tests.planner.worlds import plan_of

NEW = ("--rulebook", "csp-2026-08")
LIMIT = usd("50000.00")


def test_it_fits_on_the_day_that_headroom_comes_back(world: World) -> None:
    # 35,200.00 against 50,000 - 30,000. The refund of 2026-01-02 comes back on 2027-01-02, after the term;
    # that of 2025-12-01 on 2026-12-01.
    past = [refund("2025-12-01", "10000.00 USD"), refund("2026-01-02", "20000.00 USD")]
    plan = world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1, "365000.00 USD")], refunds=past).plan()
    short = plan.action["shortfall"]
    # On 2026-11-28 34 days are left: 34,000.00 less 12 % is 29,920.00, on 2026-12-01 31 days: 27,280.00 < 40,000.
    assert short == {"missing": {"amount": "15200.00", "currency": "USD"}, "fitsQuantity": 0, "fitsOn": "2026-12-01"}
    assert "2026-12-01" in plan.said("cap.exceeded")[0]


def test_it_fits_when_enough_days_have_gone_by(world: World) -> None:
    # 5,000.00 less is needed: 35,200 - 880 a day <= 30,000 from the sixth day on (29,920.00).
    past = [refund("2026-06-01", "20000.00 USD")]
    plan = world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1, "365000.00 USD")], refunds=past).plan()
    assert plan.action["shortfall"]["fitsOn"] == "2026-11-28"


def test_it_never_fits_where_undated_entries_fill_the_cap(world: World) -> None:
    past = [refund(None, "50000.01 USD")]
    plan = world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1, "365000.00 USD")], refunds=past).plan()
    assert plan.action["shortfall"]["fitsOn"] is None
    assert "does not fit before its term ends" in plan.said("cap.exceeded")[0]


def test_a_monthly_refund_fits_at_the_end_of_a_long_month_too(world: World) -> None:
    # A day of a month of 30 days is worth 330.00 less 12 %: 290.40; of one of 31 days 319.35 less 38.32: 281.03.
    # 281.03 are left: it fits not on the last day of the November month, but on that of December's.
    past = [refund("2026-06-01", "49718.97 USD")]
    held = monthly(1, "9900.00 USD", paid=11, count=12, bought="2026-01-01", expires="2027-01-01")
    plan = world.customer(entry("a", 1, *CANCELLED), holds=[held], refunds=past).plan()
    assert plan.action["shortfall"]["fitsOn"] == "2026-12-31"


def test_the_largest_quantity_that_fits_now_is_told(world: World) -> None:
    # 7 units of 10,000.00, 8,800.00 each: 5 fit.
    plan = world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1, "638750.00 USD", quantity=7)]).plan()
    assert plan.action["shortfall"]["fitsQuantity"] == 5
    assert "5 of 7 units" in plan.said("cap.exceeded")[0]


# The published example: 36 x 3,000 from 2025-01-15, under the rules that count commitment.
PUBLISHED = [
    # The 13th month is Jan 15 to Feb 15: 26 of 31 days left, 2,516.13. 23 unpaid: 69,000.00.
    ("2026-01-20", 13, "blocked", "71516.13 USD"),
    # The 21st month is Sep 15 to Oct 15: 25 of 30 days left, 2,500.00. 15 unpaid: 45,000.00.
    ("2026-09-20", 21, "ready", "47500.00 USD"),
]


@pytest.mark.parametrize(("day", "paid", "status", "commitment"), PUBLISHED)
def test_the_published_example_is_blocked_in_january_and_ready_in_september(
    world: World, day: str, paid: int, status: str, commitment: str
) -> None:
    held = monthly(1, "3000.00 USD", paid=paid, bought="2025-01-15", expires="2028-01-15")
    world.taken_at = f"{day}T00:00:00Z"
    plan = world.customer(entry("a", 1, *CANCELLED), holds=[held]).plan(*NEW, at=day)
    assert (plan.action["status"], text(plan.action["money"]["canceledCommitment"])) == (status, commitment)
    if status == "blocked":
        # On 2026-08-15 the 20th is paid: 16 x 3,000 = 48,000 and the credit; from 2026-08-26 on 20 of 31 days and
        # fewer are left: 1,935.48.
        assert plan.action["shortfall"]["fitsOn"] == "2026-08-26"
        assert text(plan.action["shortfall"]["missing"]) == "21516.13 USD"


def use_on(day: date, held: Customer, quantity: int, rulebook: str) -> Money:
    """Return what the return takes from the cap on a day, on the basis that gates."""
    law = load_rulebook(rulebook, Path())
    (order,), (reservation,) = held.orders.values(), held.reservations.values()
    payments = payments_as_of(order, held.taken_on, day)
    assert payments is not None
    figures = measure_return(
        Returned(reservation=reservation, order=order, payments=payments, quantity=quantity, at=day), law
    )
    return gating(figures.cap_use, law.cap)


@st.composite
def shortages(draw: Any) -> tuple[Held, list[Any], str, str]:
    """Make a reservation and a history that leave little of the cap, a day and a rulebook."""
    start = date(2026, 1, 31) + timedelta(days=draw(st.integers(0, 60)))
    at = start + timedelta(days=draw(st.integers(0, 300)))
    quantity = draw(st.integers(1, 4))
    amount = f"{draw(st.integers(10_000, 9_000_000)) / 100:.2f} USD"
    ends = add_months(start, 12).isoformat()
    used = draw(st.sampled_from((True, False, None)))
    if draw(st.booleans()):
        held = upfront(1, amount, quantity=quantity, bought=start.isoformat(), expires=ends, used=used)
    else:
        paid = sum(add_months(start, number) <= at for number in range(12))
        held = monthly(
            1, amount, paid=paid, count=12, quantity=quantity, bought=start.isoformat(), expires=ends, used=used
        )
    past = []
    left = draw(st.integers(0, 4_000_000))
    for part in range(draw(st.integers(0, 3))):
        share = left if part == 2 else draw(st.integers(0, left))
        left -= share
        on = at - timedelta(days=draw(st.integers(0, 364)))
        past.append(refund(draw(st.sampled_from((on.isoformat(), None))), f"{share / 100:.2f} USD"))
    fill = draw(st.integers(1_000_000, 5_000_000)) - sum(int(float(item["refund"]["amount"]) * 100) for item in past)
    past.append(refund(at.isoformat(), f"{max(fill, 0) / 100:.2f} USD"))
    return held, past, at.isoformat(), draw(st.sampled_from(("csp-2020-08", "csp-2026-08")))


@settings(max_examples=100, deadline=None)
@given(shortages())
def test_the_day_and_the_quantity_are_those_that_a_look_at_every_day_and_quantity_finds(
    case: tuple[Held, list[Any], str, str],
) -> None:
    held, past, at, rulebook = case
    answer, estate = plan_of([entry("a", 1, *CANCELLED)], [held], past, at=f"{at}T00:00:00Z", rulebook=rulebook)
    action = planned(answer).action
    (customer,) = estate.customers.values()
    day, law = date.fromisoformat(at), load_rulebook(rulebook, Path())
    entries: list[Refund] = list(customer.refunds or ())
    (reservation,) = customer.reservations.values()
    assert read_customer(customer.body, day) == customer

    def left(on: date) -> Money:
        return law.cap.limit - gating(consumed(entries, law.cap, on), law.cap)

    if use_on(day, customer, reservation.quantity, rulebook) <= left(day):
        assert action["status"] == "ready"
        return
    fitting = [n for n in range(1, reservation.quantity + 1) if use_on(day, customer, n, rulebook) <= left(day)]
    later = (day + timedelta(days=step) for step in range(1, (reservation.expires_on - day).days + 1))
    first = next(
        (on for on in later if use_on(on, customer, reservation.quantity, rulebook) <= left(on)),
        None,
    )
    short = action["shortfall"]
    assert (short["fitsQuantity"], short["fitsOn"]) == (max(fitting, default=0), first and first.isoformat())
