"""The tables of tests/cases, each figure worked by hand, against the rules."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from reconciler.estate.customers import read_customer
from reconciler.model.current import Refund
from reconciler.model.desired import Purchase
from reconciler.model.money import Money, minor
from reconciler.model.plan import Figures, PricedPurchase
from reconciler.model.scope import Scope
from reconciler.rulebooks import load_rulebook
from reconciler.rules.cap import consumed, releases
from reconciler.rules.exchange import floor, measure_exchange
from reconciler.rules.payments import payments_as_of
from reconciler.rules.returns import Returned, measure_exchanged, measure_return, worth_by_quantity
from reconciler.rules.rulebook import CapRule, Rulebook
from tests.bodies import customer_body

CASES = Path(__file__).parent / "cases"
Case = dict[str, Any]


def table(*folders: str) -> list[Any]:
    """Return every case below the folders, named by its file and its name."""
    files = [file for folder in folders for file in sorted((CASES / folder).glob("*.yaml"))]
    assert files, f"no tables in {folders}"
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in files
        for case in yaml.safe_load(file.read_text())
    ]


def rulebook(name: str) -> Rulebook:
    return load_rulebook(name, Path())


def returned(case: Case, at: str | None = None) -> Returned:
    """Read a case through Azure's bodies, as the program does."""
    day = at or case["at"]
    customer = read_customer(customer_body([case]), date.fromisoformat(case.get("takenAt") or day))
    (order,) = customer.orders.values()
    (reservation,) = customer.reservations.values()
    assert reservation.quantity == case["held"]
    payments = payments_as_of(order, customer.taken_on, date.fromisoformat(day))
    assert payments is not None
    return Returned(
        reservation=reservation,
        order=order,
        payments=payments,
        quantity=case["quantity"],
        at=date.fromisoformat(day),
    )


def text(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def shown(figures: Figures) -> Case:
    return {
        "daysSincePurchase": figures.days_since_purchase,
        "remainingDays": figures.remaining_days,
        "termDays": figures.term_days,
        "credit": text(figures.credit),
        "feeRate": str(figures.fee_rate),
        "fee": text(figures.fee),
        "refund": text(figures.refund),
        "canceledCommitment": text(figures.canceled_commitment),
        "capUse": {
            "refund": text(figures.cap_use.refund),
            "commitment": text(figures.cap_use.commitment),
        },
    }


@pytest.mark.parametrize("case", table("cancellation", "published"))
def test_a_return_gives_back_what_was_worked_by_hand(case: Case) -> None:
    figures = measure_return(returned(case), rulebook(case["rulebook"]))
    assert shown(figures) == {key: value for key, value in case["expect"].items() if key != "fits"}


@pytest.mark.parametrize("case", table("cancellation", "published"))
def test_every_quantity_is_worth_what_measuring_it_says(case: Case) -> None:
    law, whole = rulebook(case["rulebook"]), returned(case)
    worth = worth_by_quantity(whole, law)
    for units in range(1, whole.order.original_quantity + 1):
        figures = measure_return(msgspec.structs.replace(whole, quantity=units), law)
        use = figures.cap_use
        assert worth(units) == (minor(figures.refund), minor(use.refund), minor(use.commitment))


@pytest.mark.parametrize("case", [case for case in table("published") if "cap" in case.values[0]])
def test_a_published_return_leaves_of_the_cap_what_is_published(case: Case) -> None:
    law = rulebook(case["rulebook"])
    figures = measure_return(returned(case), law)
    on = date.fromisoformat(case["at"])
    use = figures.cap_use
    entry = Refund(on=on, reservation_id="r", refund=use.refund, commitment=use.commitment, source="ledger")
    fits = Money.parse(case["cap"]["limit"]) >= use.commitment
    assert law.cap.basis == "commitment"
    assert fits == case["expect"]["fits"]
    after = (entry,) if fits else ()
    left = law.cap.limit - consumed(after, law.cap, on).commitment
    back = [item.on.isoformat() for item in releases(after, law.cap, on)]
    assert text(left) == case["cap"]["remaining"]
    assert back == ([case["cap"]["releasesOn"]] if case["cap"]["releasesOn"] else [])


@pytest.mark.parametrize("case", table("exchange"))
def test_an_exchange_costs_what_was_worked_by_hand(case: Case) -> None:
    law = rulebook(case["rulebook"])
    returns = [measure_exchanged(returned(item, case["at"]), law) for item in case["returns"]]
    assert [(text(item.credit), text(item.canceled_commitment)) for item in returns] == [
        (item["expect"]["credit"], item["expect"]["canceledCommitment"]) for item in case["returns"]
    ]
    money = measure_exchange(returns, [priced(item) for item in case["purchases"]])
    assert money.purchase is not None and money.net_payable is not None
    assert {
        "floor": text(floor(returns)),
        "allowed": money.purchase >= floor(returns),
        "netPayable": text(money.net_payable),
        "cashNow": text(money.cash_now),
    } == case["expect"]


def priced(item: Case) -> PricedPurchase:
    purchase = Purchase(
        name="new",
        reserved_resource_type="VirtualMachines",
        sku=item["sku"],
        location="westeurope",
        term=item["term"],
        billing_plan=item["billingPlan"],
        quantity=item["quantity"],
        billing_subscription="aaaaaaaa-0000-0000-0000-000000000001",
        scope=Scope(type="Shared"),
    )
    fields = {name: getattr(purchase, name) for name in purchase.__struct_fields__}
    return PricedPurchase(**fields, price=Money.parse(item["price"]))


@pytest.mark.parametrize("case", table("cap"))
def test_the_window_counts_what_was_worked_by_hand(case: Case) -> None:
    shipped = rulebook("csp-2020-08").cap
    cap = CapRule(
        limit=Money.parse(case["limit"]),
        window_days=shipped.window_days,
        basis=shipped.basis,
        reason=shipped.reason,
    )
    on = date.fromisoformat(case["at"])
    entries = [
        Refund(
            on=date.fromisoformat(item["on"]) if item["on"] else None,
            reservation_id=f"r{number}",
            refund=Money.parse(item["refund"]),
            commitment=Money.parse(item["commitment"]),
            source="ledger",
        )
        for number, item in enumerate(case["entries"])
    ]
    use = consumed(entries, cap, on)
    assert {
        "refund": {"consumed": text(use.refund), "remaining": text(cap.limit - use.refund)},
        "commitment": {"consumed": text(use.commitment), "remaining": text(cap.limit - use.commitment)},
        "releases": [
            {"on": item.on.isoformat(), "refund": text(item.refund), "commitment": text(item.commitment)}
            for item in releases(entries, cap, on)
        ],
    } == case["expect"]


def test_the_two_counts_of_the_window_agree_on_every_day_of_five_years() -> None:
    """An entry counts on exactly 365 days, whatever the calendar does."""
    cap = rulebook("csp-2020-08").cap
    nothing = Money.zero("USD")
    for offset in range(0, 5 * 366, 13):
        on = date(2023, 12, 20) + timedelta(days=offset)
        entry = Refund(on=on, reservation_id="r", refund=Money.parse("1.00 USD"), commitment=nothing, source="ledger")
        days = [on + timedelta(days=step) for step in range(-2, 370)]
        counted = [day for day in days if consumed([entry], cap, day).refund > nothing]
        (release,) = releases([entry], cap, on)
        assert (counted[0], len(counted)) == (on, 365)
        assert release.on == counted[-1] + timedelta(days=1)
