"""What a schedule changes in a customer's file, and what it leaves alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reconciler.model.desired import Cancel, Customer, Reservation, Step, Wanted
from reconciler.model.finding import Location
from reconciler.model.money import Money
from reconciler.scheduling.drafts import changes
from reconciler.scheduling.values import CustomerSchedule, Never, Part, Suggestion

HERE = Location("contoso.yaml", 1, 1)
TODAY, SOON, LATER = date(2026, 11, 22), date(2026, 12, 4), date(2027, 3, 1)
NOTHING = Money.zero("USD")


def entry(not_before: date | None = None, steps: tuple[tuple[date, int], ...] = ()) -> Reservation:
    return Reservation(
        name="vm",
        address="contoso/vm",
        order_id="o",
        reservation_id="r",
        location=HERE,
        state=Wanted.CANCELLED,
        cancel=Cancel(reason="gone", not_before=not_before),
        steps=tuple(Step(not_before=day, quantity=left) for day, left in steps),
    )


def parts(*days: tuple[date, int], of: int = 10) -> Suggestion:
    """Return a suggestion to give back units of ten on some days, *of* so many in all."""
    found = [
        Part(on=day, quantity=units, refund=NOTHING, fee=NOTHING, instalments=NOTHING, waiting=NOTHING, cap_use=NOTHING)
        for day, units in days
    ]
    return Suggestion(
        address="contoso/vm", quantity=of, held=of, priority=0, not_before=None, parts=tuple(found), location=HERE
    )


def never(reason: str) -> Never:
    return Never(address="contoso/vm", reason=reason, text="", expires_on=LATER, not_before=None, location=HERE)


def written(wanted: Reservation, told: Suggestion | Never, today: date | None = TODAY) -> dict[str, Any]:
    made = CustomerSchedule(
        name="contoso",
        tenant_id="t",
        complete=True,
        known=True,
        basis="refund",
        window_days=365,
        limit=NOTHING,
        ceiling=NOTHING,
        headroom=NOTHING,
        suggestions=(told,) if isinstance(told, Suggestion) else (),
        never=(told,) if isinstance(told, Never) else (),
    )
    customer = Customer(name="contoso", tenant_id="t", location=HERE, reservations=(wanted,))
    found = changes(customer, made, today)
    return dict(found[0].values) if found else {}


STEPS = ((SOON, 6), (LATER, 0))
CASES = [
    ("today needs no day", entry(), parts((TODAY, 10)), {}),
    ("a day that is over needs none", entry(date(2026, 11, 1)), parts((TODAY, 10)), {}),
    ("one later day is notBefore", entry(), parts((SOON, 10)), {"notBefore": "2026-12-04"}),
    ("a day that is there already stays", entry(SOON), parts((SOON, 10)), {}),
    ("a later one takes its place", entry(SOON), parts((LATER, 10)), {"notBefore": "2027-03-01"}),
    (
        "several days are steps, and no notBefore",
        entry(SOON),
        parts((SOON, 4), (LATER, 6)),
        {
            "notBefore": None,
            "steps": [{"notBefore": "2026-12-04", "quantity": 6}, {"notBefore": "2027-03-01", "quantity": 0}],
        },
    ),
    ("units that stay are what the last step leaves", entry(), parts((TODAY, 4)),
     {"steps": [{"notBefore": "2026-11-22", "quantity": 6}]}),
    ("steps that are there already stay", entry(steps=STEPS), parts((SOON, 4), (LATER, 6)), {}),
    ("steps that are done are no difference", entry(steps=STEPS), parts((LATER, 6), of=6), {}),
    ("a step that is due is for today", entry(steps=((date(2026, 11, 1), 6), (LATER, 0))),
     parts((TODAY, 4), (LATER, 6)), {}),
    ("one day takes the place of steps", entry(steps=STEPS), parts((LATER, 10)),
     {"notBefore": "2027-03-01", "steps": None}),
    ("what is crowded out waits until its term ends", entry(), never("crowdedOut"), {"notBefore": "2027-03-01"}),
    ("what is never worth it is left to people", entry(), never("belowFloor"), {}),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "told", "values"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_days_become_what_the_file_says(wanted: Reservation, told: Suggestion | Never, values: dict[str, Any]) -> None:
    assert written(wanted, told) == values


def test_in_a_what_if_the_first_day_is_written_too() -> None:
    assert written(entry(), parts((TODAY, 10)), None) == {"notBefore": "2026-11-22"}
