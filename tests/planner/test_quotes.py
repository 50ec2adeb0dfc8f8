"""The service's quotes beside our estimates: they decide, and what they say is told.

A unit gives a credit of 400.00, under the rules of 2020 less a fee of 48.00.
"""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from reconciler.model.current import Refund
from reconciler.model.inputs import Memory, NoQuote, Quote, RefundQuote, Refusal
from reconciler.model.money import Money
from reconciler.planner.build import Answer
from tests.planner.holdings import held_id, monthly, upfront
from tests.planner.world import CANCELLED, World, entry, planned, text, usd

REFUSED = Refusal("ReservationNotReturnable", "this one not")
OVER = Refusal("RefundLimitExceeded", "the limit is exceeded")


def quote(
    refund: str, dropped: str = "0.00", *refusals: Refusal, consumed: str | None = None, limit: str | None = None
) -> RefundQuote:
    return RefundQuote(
        refund=usd(refund),
        dropped=usd(dropped),
        pricing_refund=usd(refund),
        consumed=usd(consumed) if consumed else None,
        limit=usd(limit) if limit else None,
        refusals=refusals,
    )


def key(number: int, quantity: int = 1) -> tuple[str, ...]:
    return ("refund", held_id(number), str(quantity))


def wished(answer: Answer) -> list[tuple[str, ...]]:
    return [wish[0] for _, wish in answer.wishes]


@pytest.fixture
def one(world: World) -> World:
    """Return a world in which one unit is to be returned, live: nothing but quotes tells what is consumed."""
    return world.customer(entry("vm", 1, *CANCELLED), holds=[upfront(1)], known=False)


def test_a_quote_is_wished_for_each_return_that_is_ready_or_waits_for_one_alone(world: World) -> None:
    wants = [
        entry("a", 1, *CANCELLED),
        entry("b", 2, "protected: true", *CANCELLED),
        entry("c", 3, "state: cancelled", 'cancel: {reason: r, notBefore: "2027-01-01"}'),
        entry("d", 4, "quantity: 2", "cancel: {reason: r}"),
        entry("e", 5, "renew: true"),
    ]
    world.customer(*wants, holds=[upfront(n, quantity=3 if n == 4 else 1) for n in range(1, 6)], known=False)
    answer = world.build()
    assert wished(answer) == [key(1), key(4)]
    assert planned(answer).statuses["contoso/a"] == "blocked"  # nobody knows yet what is consumed
    known = world.build({key(1): quote("352.00", consumed="0.00"), key(4): quote("117.33", consumed="0.00")})
    assert (wished(known), planned(known).statuses["contoso/a"]) == ([], "ready")


def test_a_quote_that_agrees_changes_nothing_and_is_not_talked_about(one: World) -> None:
    plan = planned(one.build({key(1): quote("352.00", consumed="0.00")}))
    money = plan.action["money"]
    assert (money["source"], text(money["credit"]), text(money["fee"])) == ("quote", "400.00 USD", "48.00 USD")
    assert (text(money["estimate"]["refund"]), money["estimate"]["source"]) == ("352.00 USD", "estimate")
    assert plan.codes == []


def test_a_quote_decides_and_the_rulebook_that_fits_is_named(one: World) -> None:
    plan = planned(one.build({key(1): quote("400.00", consumed="0.00")}))
    money = plan.action["money"]
    # Microsoft takes no fee: as the rules of 2026 say.
    assert {name: text(money[name]) for name in ("credit", "fee", "refund", "cashNow")} == {
        "credit": "400.00 USD",
        "fee": "0.00 USD",
        "refund": "400.00 USD",
        "cashNow": "-400.00 USD",
    }
    assert (money["feeRate"], text(money["capUse"]["refund"])) == ("0", "400.00 USD")
    assert text(money["estimate"]["refund"]) == "352.00 USD"
    (message,) = plan.said("quote.differs")
    assert "400.00 USD" in message and "352.00 USD" in message and "csp-2026-08" in message
    assert plan.plan["summary"]["totals"][0]["refund"] == "400.00"


def test_a_quote_that_no_rulebook_explains_decides_all_the_same(one: World) -> None:
    plan = planned(one.build({key(1): quote("123.45", consumed="0.00")}))
    money = plan.action["money"]
    assert (text(money["refund"]), text(money["credit"]), text(money["fee"])) == (
        "123.45 USD",
        "123.45 USD",
        "0.00 USD",
    )
    assert text(money["capUse"]["refund"]) == plan.meter("refund")["planned"] == "123.45 USD"
    assert "no rulebook explains it" in plan.said("quote.differs")[0]


def test_what_the_quote_says_is_dropped_decides_too(world: World) -> None:
    world.customer(entry("vm", 1, *CANCELLED), holds=[monthly(1, "100.00 USD", paid=23)], known=False)
    # Ours: 30.00 less 3.60, and 13 instalments dropped: 1,330.00. Microsoft counts 14.
    plan = planned(world.build({key(1): quote("26.40", "1400.00", consumed="0.00")}))
    assert text(plan.action["money"]["canceledCommitment"]) == "1430.00 USD"
    assert text(plan.action["money"]["estimate"]["canceledCommitment"]) == "1330.00 USD"
    assert text(plan.action["money"]["capUse"]["commitment"]) == "1430.00 USD"
    assert plan.said("quote.differs")


@pytest.mark.parametrize(("refund", "status"), [("360.00", "ready"), ("359.99", "blocked")])
def test_the_floor_is_held_against_the_quote(world: World, refund: str, status: str) -> None:
    lines = ("state: cancelled", 'cancel: {reason: r, minRefund: "360.00 USD"}')
    world.customer(entry("vm", 1, *lines), holds=[upfront(1)], known=False)
    assert planned(world.build({key(1): quote(refund, consumed="0.00")})).action["status"] == status


def test_a_refusal_of_the_service_blocks(one: World) -> None:
    plan = planned(one.build({key(1): quote("352.00", "0.00", REFUSED, consumed="0.00")}))
    assert plan.action["blockedBy"] == ["service.ReservationNotReturnable"]
    assert "this one not" in plan.said("service.ReservationNotReturnable")[0]


def test_a_quote_that_could_not_be_had_blocks_its_action_alone(world: World) -> None:
    world.customer(entry("a", 1, *CANCELLED), entry("b", 2, *CANCELLED), holds=[upfront(1), upfront(2)], known=False)
    quotes: dict[tuple[str, ...], Quote] = {
        key(1): NoQuote(refusals=(Refusal("unavailable", "timed out"),)),
        key(2): quote("352.00", consumed="0.00"),
    }
    assert planned(world.build(quotes)).statuses == {"contoso/a": "blocked", "contoso/b": "ready"}


def test_the_service_refusing_for_the_cap_that_we_think_holds_blocks(one: World) -> None:
    plan = planned(one.build({key(1): quote("352.00", "0.00", OVER, consumed="0.00")}))
    assert plan.action["blockedBy"] == ["cap.service-refuses"]


def test_consumption_that_the_ledger_does_not_know_is_an_undated_entry(one: World) -> None:
    known = Refund(
        on=date(2026, 5, 1), reservation_id="r", refund=usd("1000.00"), commitment=usd("1500.00"), source="ledger"
    )
    expired = Refund(
        on=date(2025, 5, 1), reservation_id="s", refund=usd("9.00"), commitment=usd("9.00"), source="ledger"
    )
    memory = Memory(refunds=(known, expired))
    plan = planned(one.build({key(1): quote("352.00", consumed="1250.50")}, memory))
    assert [(item["on"], text(item["refund"]), item["source"]) for item in plan.cap["entries"]] == [
        (None, "250.50 USD", "service"),
        ("2026-05-01", "1000.00 USD", "ledger"),
    ]
    assert plan.meter("refund") == {"consumed": "1250.50 USD", "planned": "352.00 USD", "remaining": "48397.50 USD"}
    assert [item["on"] for item in plan.cap["releases"]] == ["2027-05-01"]
    assert "1,250.50 USD" in plan.said("cap.service-differs")[0]
    # Where the ledger knows more, nothing is added; the difference is named, whatever Microsoft counts.
    more = planned(one.build({key(1): quote("352.00", consumed="999.99")}, memory))
    assert (more.meter("refund")["consumed"], more.codes) == ("1000.00 USD", ["cap.service-lower"])
    assert "1,000.00 USD" in more.said("cap.service-lower")[0] and "999.99 USD" in more.said("cap.service-lower")[0]
    same = planned(one.build({key(1): quote("352.00", consumed="1000.00")}, memory))
    assert same.codes == []


def test_what_is_only_reserved_is_no_difference(one: World) -> None:
    reserved = Refund(
        on=date(2026, 11, 22), reservation_id="r", refund=usd("10.00"), commitment=usd("10.00"), source="open"
    )
    plan = planned(one.build({key(1): quote("352.00", consumed="0.00")}, Memory(refunds=(reserved,))))
    assert (plan.meter("refund")["consumed"], plan.codes) == ("10.00 USD", [])


def test_a_lower_limit_of_the_service_is_the_limit(one: World) -> None:
    plan = planned(one.build({key(1): quote("352.00", consumed="0.00", limit="351.99")}))
    assert (plan.action["blockedBy"], text(plan.cap["limit"])) == (["cap.exceeded"], "351.99 USD")
    assert plan.said("cap.limit-differs")
    assert text(planned(one.build({key(1): quote("352.00", consumed="0.00", limit="90000.00")})).cap["limit"]) == (
        "50000.00 USD"
    )


def test_with_neither_quote_nor_ledger_the_cap_is_unknown_and_one_quote_is_enough(one: World) -> None:
    unknown = planned(one.build())
    assert (unknown.action["blockedBy"], unknown.cap["meters"]["refund"]["known"]) == (["cap.unknown"], False)
    known = planned(one.build({key(1): quote("352.00", consumed="0.00")}))
    assert (known.action["status"], known.cap["meters"]["refund"]["known"]) == ("ready", True)
    assert known.cap["meters"]["refund"]["source"] == "service"


def test_a_part_asks_for_the_quote_of_the_part(world: World) -> None:
    """10 units of 35,200.00 / 2: two fit by our estimate, and one by Microsoft's quote."""
    lines = ("state: cancelled", "cancel: {reason: r, partial: true}")
    world.customer(entry("vm", 1, *lines), holds=[upfront(1, "1825000.00 USD", quantity=10)], known=False)
    quotes: dict[tuple[str, ...], Quote] = {}
    first = world.build(quotes)
    assert wished(first) == [key(1, 10)]
    quotes[key(1, 10)] = quote("176000.00", "0.00", OVER, consumed="10000.00")
    second = world.build(quotes)
    # 40,000 is left: two units of 17,600.00 fit.
    assert wished(second) == [key(1, 2)]
    quotes[key(1, 2)] = quote("40000.01", consumed="10000.00")
    third = world.build(quotes)
    assert wished(third) == [key(1, 1)]
    quotes[key(1, 1)] = quote("17600.00", consumed="10000.00")
    last = world.build(quotes)
    action = planned(last).action
    assert (wished(last), action["status"], action["money"]["quantity"], action["money"]["source"]) == (
        [],
        "ready",
        1,
        "quote",
    )


@pytest.mark.parametrize("refusal", [REFUSED, OVER])
def test_a_part_that_the_service_refuses_is_not_ready(world: World, refusal: Refusal) -> None:
    lines = ("state: cancelled", "cancel: {reason: r, partial: true}")
    world.customer(entry("vm", 1, *lines), holds=[upfront(1, "1825000.00 USD", quantity=10)], known=False)
    quotes: dict[tuple[str, ...], Quote] = {
        key(1, 10): quote("176000.00", consumed="0.00"),
        key(1, 2): quote("35200.00", "0.00", refusal, consumed="0.00"),
    }
    plan = planned(world.build(quotes))
    assert plan.action["status"] == "blocked"
    assert "cap.exceeded" in plan.action["blockedBy"]


def test_a_quote_is_for_the_quantity_it_was_asked_for_alone(world: World) -> None:
    world.customer(entry("vm", 1, "quantity: 1", "cancel: {reason: r}"), holds=[upfront(1, quantity=3)], known=False)
    answer = world.build({key(1, 3): quote("9999.00", consumed="0.00")})
    assert wished(answer) == [key(1, 2)]
    assert planned(answer).action["money"]["source"] == "estimate"


def test_quotes_of_other_currencies_than_dollars_are_counted_in_dollars(world: World) -> None:
    held = upfront(1, "3650.00 EUR", pricing="4015.00 USD")
    world.customer(entry("vm", 1, *CANCELLED), holds=[held], known=False)
    answered = RefundQuote(
        refund=Money.parse("352.00 EUR"),
        dropped=Money.parse("0.00 EUR"),
        pricing_refund=usd("387.20"),
        consumed=usd("0.00"),
        limit=usd("50000.00"),
    )
    plan = planned(world.build({key(1): answered}))
    assert (plan.meter("refund")["planned"], plan.codes) == ("387.20 USD", [])


@pytest.mark.parametrize("field", ["refund", "dropped", "pricing_refund"])
def test_a_quote_in_another_currency_is_none_and_the_others_go_on(world: World, field: str) -> None:
    """No rate of ours turns one into the other: nothing says whether the money is as reviewed."""
    world.customer(entry("a", 1, *CANCELLED), entry("b", 2, *CANCELLED), holds=[upfront(1), upfront(2)], known=False)
    pounds = msgspec.structs.replace(quote("352.00", consumed="0.00"), **{field: Money.parse("300.00 GBP")})
    plan = planned(world.build({key(1): pounds, key(2): quote("352.00", consumed="0.00")}))
    assert plan.statuses == {"contoso/a": "blocked", "contoso/b": "ready"}
    assert plan.said("quote.currency") == ["Microsoft quotes in GBP, and our figures are in USD"]
    first = plan.plan["customers"][0]["actions"][0]
    assert (first["money"]["source"], text(first["money"]["refund"])) == ("estimate", "352.00 USD")


def test_a_cap_told_in_another_currency_tells_nothing(one: World) -> None:
    """What is consumed of a cap in pounds says nothing of one in dollars."""
    pounds = Money.parse("49000.00 GBP")
    plan = planned(one.build({key(1): msgspec.structs.replace(quote("352.00"), consumed=pounds, limit=pounds)}))
    assert plan.codes == ["cap.unknown"]
