"""Whatever was returned, in parts, on whatever days: what is recovered is what the service refunded, to the cent.

The emulator works its refunds out by its own code and keeps them apart from what it
shows of reservations; only the latter is looked at here.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.emulator.app import Azure
from reconciler.emulator.days import add_months
from reconciler.estate.customers import read_customer
from reconciler.estate.history import read_revision
from reconciler.ledger import Effect, EffectState
from reconciler.model import desired
from reconciler.model.current import Customer, Reservation
from reconciler.model.finding import Location
from reconciler.model.history import History
from reconciler.model.recovery import Recovered
from reconciler.rebuild.ended import look
from reconciler.rebuild.entering import effect_of
from reconciler.rebuild.recovering import Case, Found, recover
from reconciler.rulebooks import load_rulebook
from tests.apply.test_apply import CANCEL
from tests.apply.world import AT, Result, World, estate_of, upfront
from tests.emulator.estates import TENANT, TERM_MONTHS, Bought, at, customer, estate
from tests.emulator.wire import Wire
from tests.rebuild.lost import do, entries, lose
from tests.torture.children import forked_emulator

TAKEN = date(2026, 3, 31)
_NOWHERE = Path()
RULES = {"csp-2020-08": "0.12", "csp-2026-08": "0"}
CONTOSO = desired.Customer(name="contoso", tenant_id=TENANT, location=Location("contoso.yaml", 1, 1))

currencies = st.sampled_from((("USD", "USD"), ("EUR", "USD"), ("JPY", "USD")))


@st.composite
def purchases(draw: Any, number: int) -> Bought:
    """Draw an order that is one reservation, bought up to 300 days ago, its instalments paid as they fell due."""
    start = TAKEN - timedelta(days=draw(st.sampled_from((0, 2, 5, 6, 31, 300)) | st.integers(0, 300)))
    plan, term = draw(st.sampled_from(("Upfront", "Monthly"))), draw(st.sampled_from(("P1Y", "P3Y")))
    billing, pricing = draw(currencies)
    amount = draw(st.integers(1, 900_000)) / 100
    due = [add_months(start, month) for month in range(TERM_MONTHS[term])]
    return Bought(
        number,
        start=str(start),
        term=term,
        plan=plan,
        quantity=draw(st.integers(1, 7)),
        paid=sum(day <= TAKEN for day in due) if plan == "Monthly" else 1,
        billing=(billing, float(round(amount)) + 1 if billing == "JPY" else amount),
        pricing=(pricing, round(amount * 1.0875, 2)),
        used_hours=draw(st.sampled_from((0.0, 10.0))),
    )


steps = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 7), st.sampled_from((0, 1, 3, 28, 31, 60))), min_size=1, max_size=6
)


class Play:
    """A partner who returns things, day by day, and whose ledger is lost at the end."""

    def __init__(self, bought: list[Bought], fee: str) -> None:
        service = {"feeRate": fee, "capLimit": "100000000.00 USD"}
        self.wire = Wire(Azure(estate(customer(*bought), taken=str(TAKEN), **service), at(str(TAKEN))))
        self.today = TAKEN

    def step(self, which: int, quantity: int, days: int) -> None:
        """Wait for some days, and return units of one of the reservations that are there."""
        self.today += timedelta(days=days)
        self.wire.send("POST", "/_emulator/clock", {"advance": f"P{days}D"}, version=None)
        active = [
            item for item in self.body()["reservations"] if item["properties"]["provisioningState"] == "Succeeded"
        ]
        if not active:
            return
        item = active[which % len(active)]
        returned = {"reservationId": item["id"], "quantity": min(quantity, item["properties"]["quantity"])}
        order = item["id"].partition("/reservations/")[0]
        quote = self.wire.post(f"{order}/calculateRefund", {"properties": {"reservationToReturn": returned}})
        session = quote.body["properties"]["sessionId"]
        body = {"properties": {"sessionId": session, "reservationToReturn": returned}}
        assert self.wire.post(f"{order}/return", body).status == 202
        for _ in range(4):
            self.wire.get(order)

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = self.wire.estate()["customers"][0]
        return found

    def refunded(self) -> list[tuple[str, str, str]]:
        """Return what the service keeps of its refunds: day, refund, commitment."""
        rows = self.body()["refunds"]
        return sorted((row["on"], row["refund"]["amount"], row["canceledCommitment"]["amount"]) for row in rows)

    def recovered(self, rules: str, effects: tuple[Effect, ...] = ()) -> Found:
        """Return what is recovered from what the service shows of orders, reservations and their revisions."""
        held = read_customer({**self.body(), "refunds": None}, self.today)
        hours = {row["reservationId"]: row["usedHours"] for row in self.body()["usage"]}

        def used(line: tuple[Reservation, ...], _until: date) -> bool:
            return any(hours[item.id] > 0 for item in line)

        since = self.today - timedelta(days=364)
        sight = look(held, since)
        case = Case(
            customer=CONTOSO,
            held=held,
            history=self._history(held),
            effects=effects,
            rulebook=load_rulebook(rules, _NOWHERE),
            since=since,
        )
        assert sight.remarks == ()
        return recover(case, sight, used)

    def _history(self, held: Customer) -> History:
        revisions = {
            item["id"][-36:]: tuple(map(read_revision, self.wire.get(f"{item['id']}/revisions").body["value"]))
            for item in held.body["reservations"]
        }
        orders = {item["name"]: self.wire.get(f"{item['id']}?$expand=planInformation").body for item in _orders(held)}
        return History(revisions=revisions, orders=orders)


def _orders(held: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = held.body["reservationOrders"]
    return found


def told(items: tuple[Recovered, ...]) -> list[tuple[str, str, str]]:
    return sorted((str(item.on), str(item.refund.amount), str(item.commitment.amount)) for item in items)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.tuples(purchases(1), purchases(2), purchases(3)), steps, st.sampled_from(sorted(RULES)))
def test_recovers_what_was_refunded_to_the_cent(
    bought: tuple[Bought, ...], returns: list[tuple[int, int, int]], rules: str
) -> None:
    play = Play(list(bought), RULES[rules])
    for step in returns:
        play.step(*step)
    found = play.recovered(rules)
    assert told(found.entries) == play.refunded()
    assert found.older == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.tuples(purchases(1), purchases(2)), steps, st.integers(0, 6))
def test_what_the_ledger_knows_is_never_recovered_again(
    bought: tuple[Bought, ...], returns: list[tuple[int, int, int]], lost_after: int
) -> None:
    play = Play(list(bought), RULES["csp-2020-08"])
    for step in returns[:lost_after]:
        play.step(*step)
    first = play.recovered("csp-2020-08").entries
    for step in returns[lost_after:]:
        play.step(*step)
    entered = tuple(effect_of(item, CONTOSO, "csp-2020-08", "run-1", at("2026-04-01"))[0] for item in first)
    confirmed = tuple(_confirmed(effect) for effect in entered)
    second = play.recovered("csp-2020-08", confirmed).entries
    assert sorted(told(first) + told(second)) == play.refunded()
    assert {item.effect_id for item in first} & {item.effect_id for item in second} == set()


def _confirmed(effect: Effect) -> Effect:
    return replace(effect, state=EffectState.CONFIRMED)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.sampled_from((0, 1, 31))), min_size=2, max_size=3))
def test_the_rebuilt_ledger_is_the_lost_one(returns: list[tuple[int, int, int]]) -> None:
    """The same over HTTP, from the command line: applied, lost, rebuilt."""
    held = [3, 2, 4]
    monthly = {"instalments": [{"count": 12, "paid": 6, "billing": "120.00 EUR", "pricing": "132.00 USD"}]}
    cases = [upfront(held=3), upfront(held=2, bought="2026-11-18", used=False), upfront(held=4, **monthly)]
    cases[2]["order"]["billingPlan"] = "Monthly"
    with tempfile.TemporaryDirectory() as folder, forked_emulator(estate_of(cases), AT) as emulator:
        world = World(Path(folder), emulator, _silent)
        with chdir(folder):
            for which, quantity, days in returns:
                emulator.post("clock", {"advance": f"P{days}D"})
                held[which] = max(0, held[which] - quantity)
                do(
                    world,
                    *(f"quantity: {left}\ncancel: {{reason: Down to {left}}}" if left else CANCEL for left in held),
                )
            lost = entries(world)
            lose(world)
            assert world.run("ledger", "rebuild").code == 0
            assert entries(world) == lost != []


def _silent(arguments: Sequence[str]) -> Result:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(arguments)
    return Result(code, out.getvalue(), err.getvalue())
