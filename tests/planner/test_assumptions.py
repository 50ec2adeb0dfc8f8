"""What was not read but is taken for granted: payments, amounts, usage."""

from __future__ import annotations

import pytest

from tests.planner.holdings import monthly, upfront
from tests.planner.world import CANCELLED, World, entry


def test_a_what_if_is_as_it_would_be_then_with_instalments_taken_as_paid(world: World) -> None:
    """Read on 2026-11-22 with 23 paid: the 24th falls due on Dec 1, the 25th on Jan 1."""
    held = monthly(1, "300.00 USD", paid=23)
    wants = entry("vm", 1, "state: cancelled", 'cancel: {reason: r, notBefore: "2026-12-15"}')
    world.customer(wants, holds=[held])
    now, then = world.plan(), world.plan(at="2027-01-11")
    assert (now.action["status"], now.codes) == ("deferred", [])
    assert (then.action["status"], then.plan["whatIf"], then.plan["at"]) == ("ready", True, "2027-01-11T00:00:00Z")
    # 21 of 31 days of the 25th month: 203.2258; 11 instalments are dropped.
    money = then.action["money"]
    assert (money["credit"]["amount"], money["canceledCommitment"]["amount"]) == ("203.23", "3503.23")
    assert "2 instalment(s)" in then.said("instalments.assumed-paid")[0]


def test_an_instalment_that_was_not_paid_when_read_is_not_taken_as_paid(world: World) -> None:
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=[monthly(1, "300.00 USD", paid=22)]).plan()
    # The 22nd month ended on Nov 1: nothing is left of it, and 14 are dropped.
    money = plan.action["money"]
    assert (money["credit"]["amount"], money["canceledCommitment"]["amount"], plan.codes) == ("0.00", "4200.00", [])


def test_a_future_instalment_without_an_amount_takes_the_last_paid_ones(world: World) -> None:
    held = monthly(1, "270.00 EUR", pricing="300.00 USD", paid=23)
    for item in held.order["properties"]["planInformation"]["transactions"][23:]:
        item.pop("billingCurrencyTotal")
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=[held]).plan()
    # 81.00 of November and 13 x 270.00.
    assert plan.action["money"]["canceledCommitment"] == {"amount": "3591.00", "currency": "EUR"}
    assert "13 instalment(s)" in plan.said("instalments.no-billing-amount")[0]


@pytest.mark.parametrize(
    ("used", "hours", "credit", "codes"),
    [
        (False, None, "3650.00", []),
        (True, None, "3630.00", []),
        (None, None, "3630.00", ["usage.unknown"]),
        (None, 0, "3630.00", ["usage.unknown"]),  # a utilization of 0 % proves nothing
        (None, 12.5, "3630.00", []),
    ],
)
def test_what_is_unknown_counts_as_used_and_is_said(
    world: World, used: bool | None, hours: float | None, credit: str, codes: list[str]
) -> None:
    """Two days old: unused everything comes back, else 363 of 365 days."""
    held = upfront(1, bought="2026-11-20", expires="2027-11-20", used=used)
    if hours is not None:
        held = held.with_(utilization={"aggregates": [{"grain": 7, "grainUnit": "days", "value": hours}]})
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=[held]).plan()
    assert (plan.action["money"]["credit"]["amount"], plan.codes) == (credit, codes)


def test_unknown_usage_after_the_first_days_changes_nothing_and_is_not_said(world: World) -> None:
    plan = world.customer(entry("vm", 1, *CANCELLED), holds=[upfront(1, used=None)]).plan()
    assert (plan.action["money"]["used"], plan.codes) == (None, [])
