"""Planner and emulator, two pieces of code that share nothing, on the same reservations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.emulator.app import Azure
from reconciler.estate.customers import read_customer
from reconciler.model.money import Money
from reconciler.rulebooks import load_rulebook
from reconciler.rules.payments import payments_as_of
from reconciler.rules.returns import Returned, measure_return
from tests.asgi import call
from tests.bodies import customer_body, due_day, guid, order_id

API = "api-version=2022-11-01"
MONTHS = {"P1Y": 12, "P3Y": 36, "P5Y": 60}
SERVICES = {
    "csp-2020-08": {"feeRate": "0.12", "feeAfterDays": 5, "capBasis": "refund", "capLimit": "50000.00 USD"},
    "csp-2026-08": {"feeRate": "0", "feeAfterDays": 5, "capBasis": "commitment", "capLimit": "50000.00 USD"},
}
DECIMALS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0}


def amounts(currency: str) -> st.SearchStrategy[str]:
    """Prices as Azure bills them: whole minor units."""
    units = st.integers(1, 5_000_000)
    return units.map(lambda number: f"{Decimal(number).scaleb(-DECIMALS[currency])} {currency}")


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """One reservation somewhere in its term, as the tables of tests/cases write it."""
    term, plan = draw(st.sampled_from(sorted(MONTHS))), draw(st.sampled_from(["Upfront", "Monthly"]))
    starts = draw(st.dates(date(2020, 1, 1), date(2027, 12, 31)))
    expires = date.fromisoformat(due_day(starts.isoformat(), MONTHS[term]))
    days = draw(st.one_of(st.integers(0, 8), st.integers(0, (expires - starts).days)))
    at = starts + timedelta(days=days)
    currency = draw(st.sampled_from(sorted(DECIMALS)))
    count = MONTHS[term] if plan == "Monthly" else 1
    due = [date.fromisoformat(due_day(starts.isoformat(), number)) for number in range(count)]
    settled = sum(day <= at for day in due)
    # Sometimes the last payment is late, or today's has not been taken yet.
    paid = max(1, settled - draw(st.sampled_from([0, 0, 0, 1])))
    original = draw(st.integers(1, 40))
    held = draw(st.integers(1, original))
    return {
        "at": at.isoformat(),
        "order": {
            "term": term,
            "billingPlan": plan,
            "purchasedOn": (starts - timedelta(days=draw(st.sampled_from([0, 0, 1])))).isoformat(),
            "startsOn": starts.isoformat(),
            "expiresOn": expires.isoformat(),
            "originalQuantity": original,
        },
        "instalments": [
            {
                "count": count,
                "paid": paid,
                "billing": draw(amounts(currency)),
                "pricing": draw(amounts("USD")),
            }
        ],
        "held": held,
        "quantity": draw(st.integers(1, held)),
        "used": draw(st.sampled_from([True, False, None])),
    }


def ours(case: dict[str, Any], rulebook: str) -> tuple[Money, Money, Money]:
    on = date.fromisoformat(case["at"])
    customer = read_customer(customer_body([case]), on)
    (order,), (reservation,) = customer.orders.values(), customer.reservations.values()
    payments = payments_as_of(order, on, on)
    assert payments is not None
    figures = measure_return(
        Returned(reservation=reservation, order=order, payments=payments, quantity=case["quantity"], at=on),
        load_rulebook(rulebook, Path()),
    )
    dropped = figures.canceled_commitment - figures.credit
    return figures.refund, figures.cap_use.refund, dropped


def theirs(case: dict[str, Any], rulebook: str) -> tuple[Money, Money, Money]:
    at = datetime.fromisoformat(case["at"]).replace(hour=12, tzinfo=UTC)
    estate = {
        "formatVersion": "1.0",
        "takenAt": at.isoformat(),
        "complete": True,
        "service": SERVICES[rulebook],
        "customers": [customer_body([case])],
    }
    body = {
        "id": order_id(1),
        "properties": {
            "scope": "Reservation",
            "reservationToReturn": {
                "reservationId": f"{order_id(1)}/reservations/{guid(0x1001)}",
                "quantity": case["quantity"],
            },
        },
    }
    path = f"/providers/Microsoft.Capacity/reservationOrders/{guid(1)}/calculateRefund?{API}"
    status, answer = call(Azure(estate, at).app, "POST", path, guid(0xDBBA0), body)
    assert status == 200, answer
    quote = answer["properties"]
    return (
        price(quote["billingRefundAmount"]),
        price(quote["pricingRefundAmount"]),
        price(quote["billingInformation"]["billingCurrencyRemainingCommitmentAmount"]),
    )


def price(body: dict[str, Any]) -> Money:
    return Money.rounded(Decimal(repr(body["amount"])), body["currencyCode"])


@pytest.mark.parametrize("rulebook", sorted(SERVICES))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_planner_and_emulator_agree_to_the_cent(rulebook: str, case: dict[str, Any]) -> None:
    """500 random reservations under each rulebook: refund, its dollars, and the payments dropped."""
    assert ours(case, rulebook) == theirs(case, rulebook)
