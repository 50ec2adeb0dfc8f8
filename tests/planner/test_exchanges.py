"""Exchanges: what they cost, what forbids them, and groups that go whole or not at all."""

from __future__ import annotations

import pytest

from reconciler.model.inputs import ExchangeQuote, Refusal
from reconciler.model.money import Money
from tests.bodies import Body
from tests.planner.exchanging import exchange, price, purchase
from tests.planner.holdings import Held, money, monthly, upfront
from tests.planner.world import World, entry, planned, text, usd


def test_an_upfront_year_for_three_upfront_ones(world: World) -> None:
    world.customer(entry("a", 1, *exchange()), holds=[upfront(1)], catalog=[price("9000.00 USD")])
    plan = world.plan()
    action = plan.action
    assert (action["action"], action["address"], action["status"]) == ("exchange", "contoso/a", "ready")
    # 400.00 comes back without a fee; 9,000 - 400 are payable, all of it today.
    figures = {name: text(action["money"][name]) for name in ("credit", "fee", "refund", "purchase", "netPayable")}
    assert figures == {
        "credit": "400.00 USD",
        "fee": "0.00 USD",
        "refund": "400.00 USD",
        "purchase": "9000.00 USD",
        "netPayable": "8600.00 USD",
    }
    assert text(action["money"]["cashNow"]) == "8600.00 USD"
    assert action["money"]["capUse"] == {"refund": money("0.00 USD"), "commitment": money("0.00 USD")}
    assert [item["address"] for item in action["returns"]] == ["contoso/a"]
    assert [(item["name"], text(item["price"])) for item in action["purchases"]] == [("new", "9000.00 USD")]
    assert plan.meter("refund")["planned"] == plan.meter("commitment")["planned"] == "0.00 USD"
    assert plan.summary() == {"exchange": 1}


def test_a_monthly_one_for_monthly_ones_nets_what_is_dropped_and_pays_the_first_instalment(world: World) -> None:
    # The 23rd month is Nov 1 to Dec 1: 9 of 30 days of 100.00 are 30.00; 13 instalments are dropped: 1,300.00.
    held = monthly(1, "100.00 USD", paid=23)
    wants = entry("a", 1, *exchange(purchase(quantity=2, plan="Monthly")))
    action = world.customer(wants, holds=[held], catalog=[price("1000.00 USD")]).plan().action
    assert text(action["money"]["canceledCommitment"]) == "1330.00 USD"
    assert text(action["money"]["netPayable"]) == "670.00 USD"
    # 2,000 / 36 = 55.5555...: 55.56 today, and 30.00 comes back.
    assert text(action["money"]["cashNow"]) == "25.56 USD"


@pytest.mark.parametrize(("listed", "status"), [("1330.00", "ready"), ("1329.99", "blocked")])
def test_what_is_bought_must_commit_to_what_is_given_back(world: World, listed: str, status: str) -> None:
    held = monthly(1, "100.00 USD", paid=23)
    world.customer(entry("a", 1, *exchange()), holds=[held], catalog=[price(f"{listed} USD")])
    plan = world.plan()
    assert plan.action["status"] == status
    if status == "blocked":
        assert plan.action["blockedBy"] == ["exchange.floor"]
        assert "1,329.99 USD" in plan.said("exchange.floor")[0] and "1,330.00 USD" in plan.said("exchange.floor")[0]


@pytest.mark.parametrize(("ceiling", "status"), [("8600.00", "ready"), ("8599.99", "blocked")])
def test_the_ceiling_is_on_the_net_payable(world: World, ceiling: str, status: str) -> None:
    wants = entry("a", 1, *exchange(maxNetPayable=f'"{ceiling} USD"'))
    plan = world.customer(wants, holds=[upfront(1)], catalog=[price("9000.00 USD")]).plan()
    assert (plan.action["status"], plan.action["blockedBy"]) == (
        status,
        [] if status == "ready" else ["exchange.max-net-payable"],
    )


REFUSAL = Refusal("ReservationNotReturnable", "this one not")

# code, what the message says, what is held, the catalog, the purchase, the rulebook
FREE = upfront(1)
REFUSED: dict[str, tuple[str, str, Held, list[Body], str, str]] = {
    "no price": ("price.unknown", "D4", FREE, [], purchase(), "csp-2020-08"),
    "a price for another term": (
        "price.unknown",
        "P3Y",
        FREE,
        [price("1.00 USD", term="P1Y")],
        purchase(),
        "csp-2020-08",
    ),
    "a price in another currency": ("price.unknown", "USD", FREE, [price("1.00 EUR")], purchase(), "csp-2020-08"),
    "another family": (
        "exchange.family",
        "SqlDatabases",
        FREE,
        [price("9000.00 USD", kind="SqlDatabases")],
        purchase(kind="SqlDatabases"),
        "csp-2020-08",
    ),
    "Azure forbids it": (
        "exchange.not-enabled",
        "ApiExchangeEnabled",
        upfront(1, capabilities="ApiReturnEnabled"),
        [price("9000.00 USD")],
        purchase(),
        "csp-2020-08",
    ),
    "a product that cannot be exchanged": (
        "product.not-exchangeable",
        "SUSE",
        upfront(1, reservedResourceType="SuseLinux"),
        [price("9000.00 USD", kind="SuseLinux")],
        purchase(kind="SuseLinux"),
        "csp-2026-08",
    ),
    "a protected one": (
        "protected",
        "protected",
        FREE,
        [price("9000.00 USD")],
        purchase(),
        "csp-2020-08",
    ),
    "a busy one": (
        "reservation.busy",
        "Pending",
        upfront(1, provisioningState="Pending"),
        [price("9000.00 USD")],
        purchase(),
        "csp-2020-08",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_blocks_an_exchange_and_says_why(world: World, case: str) -> None:
    code, substance, held, catalog, into, rulebook = REFUSED[case]
    lines = (*exchange(into), "protected: true") if code == "protected" else exchange(into)
    plan = world.customer(entry("a", 1, *lines), holds=[held], catalog=catalog).plan("--rulebook", rulebook)
    assert (plan.action["status"], plan.action["blockedBy"]) == ("blocked", [code])
    assert substance in plan.said(code)[0]
    assert (plan.code, plan.summary()) == (3, {"blocked": 1})


def test_after_february_2027_what_savings_plans_cover_is_exchanged_once_more(world: World) -> None:
    world.taken_at = at = "2027-03-01T00:00:00Z"
    wants = [entry("a", 1, *exchange()), entry("b", 2, *exchange(purchase("newer")))]
    on_the_day = upfront(1, bought="2027-02-01", expires="2028-02-01")
    after = upfront(2, bought="2027-02-02", expires="2028-02-02")
    world.customer(*wants, holds=[on_the_day, after], catalog=[price("9000.00 USD")])
    assert world.plan("--rulebook", "csp-2026-08", at=at).statuses == {"contoso/a": "ready", "contoso/b": "blocked"}
    assert world.plan(at=at).statuses == {"contoso/a": "ready", "contoso/b": "ready"}


def test_without_payments_an_exchange_cannot_be_worked_out(world: World) -> None:
    held = upfront(1)
    held.order["properties"].pop("planInformation")
    plan = world.customer(entry("a", 1, *exchange()), holds=[held], catalog=[price("9000.00 USD")]).plan()
    assert plan.action["blockedBy"] == ["money.unknown"]


@pytest.mark.parametrize("more", [{}, {"notBefore": '"2027-06-01"'}])
@pytest.mark.parametrize("catalog", [[price("9000.00 USD")], []])
def test_a_ceiling_in_another_currency_is_a_mistake_whatever_else_is_wrong(
    world: World, more: dict[str, str], catalog: list[Body]
) -> None:
    wants = entry("a", 1, *exchange(maxNetPayable='"1.00 EUR"', **more))
    code, _, errors = world.customer(wants, holds=[upfront(1)], catalog=catalog).run()
    assert code == 1
    assert "maxNetPayable is in EUR, but contoso/a is billed in USD" in errors


def test_a_deferred_exchange_waits_for_its_day(world: World) -> None:
    wants = entry("a", 1, *exchange(notBefore='"2026-11-23"'))
    plan = world.customer(wants, holds=[upfront(1)], catalog=[price("9000.00 USD")]).plan()
    assert (plan.action["status"], plan.action["notBefore"], plan.code) == ("deferred", "2026-11-23", 0)


def test_unknown_usage_in_the_first_days_is_said_of_an_exchange_too(world: World) -> None:
    held = upfront(1, bought="2026-11-20", expires="2027-11-20", used=None)
    plan = world.customer(entry("a", 1, *exchange()), holds=[held], catalog=[price("9000.00 USD")]).plan()
    # 363 of 365 days of 3,650.00.
    assert text(plan.action["money"]["credit"]) == "3630.00 USD"
    assert len(plan.said("usage.unknown")) == 1


def test_an_exchange_takes_the_services_prices_and_net_payable(world: World) -> None:
    wants = entry("a", 1, *exchange(purchase(quantity=2)))
    world.customer(wants, holds=[upfront(1)], catalog=[price("9000.00 USD")], known=False)
    first = world.build()
    ((asked, _),) = [wish for _, wish in first.wishes]
    agreed = ExchangeQuote(
        credits=(usd("400.00"),), dropped=(usd("0.00"),), prices=(usd("18000.00"),), net_payable=usd("17600.00")
    )
    plan = planned(world.build({asked: agreed}))
    assert (plan.action["money"]["source"], plan.codes) == ("quote", [])
    dearer = ExchangeQuote(
        credits=(usd("400.00"),), dropped=(usd("0.00"),), prices=(usd("18000.00"),), net_payable=usd("17700.00")
    )
    other = planned(world.build({asked: dearer}))
    assert text(other.action["money"]["netPayable"]) == "17700.00 USD"
    assert text(other.action["money"]["estimate"]["netPayable"]) == "17600.00 USD"
    assert len(other.said("quote.differs")) == 1
    refused = ExchangeQuote(
        credits=(usd("400.00"),),
        dropped=(usd("0.00"),),
        prices=(usd("18000.00"),),
        net_payable=usd("17600.00"),
        refusals=(REFUSAL,),
    )
    assert planned(world.build({asked: refused})).action["blockedBy"] == ["service.ReservationNotReturnable"]


def test_prices_in_another_currency_are_no_quote(world: World) -> None:
    wants = entry("a", 1, *exchange(purchase(quantity=2)))
    world.customer(wants, holds=[upfront(1)], catalog=[price("9000.00 USD")], known=False)
    ((asked, _),) = [wish for _, wish in world.build().wishes]
    pounds = ExchangeQuote(
        credits=(usd("400.00"),),
        dropped=(usd("0.00"),),
        prices=(Money.parse("15000.00 GBP"),),
        net_payable=Money.parse("14700.00 GBP"),
    )
    plan = planned(world.build({asked: pounds}))
    assert (plan.action["status"], plan.action["money"]["source"]) == ("blocked", "estimate")
    assert plan.said("quote.currency") == ["Microsoft quotes in GBP, and our figures are in USD"]
