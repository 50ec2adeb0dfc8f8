"""Plans that somebody made to look right, and what gives each of them away.

Each forgery is signed again. Those that move money are carried through to the sums, so
that only the rule itself is broken.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from reconciler.reports.json import plan_bytes
from tests.bodies import Body
from tests.planner.exchanging import exchange, price, purchase
from tests.planner.holdings import Held, monthly, refund, upfront
from tests.planner.world import CANCELLED, World, entry
from tests.verify.verifying import flaws, signed

Forge = Callable[[Body], object]


def action(plan: Body, name: str) -> Body:
    """Return the last action of that name."""
    return next(item for item in reversed(plan["customers"][0]["actions"]) if item["address"] == f"contoso/{name}")


def figures(plan: Body, name: str, **amounts: str) -> None:
    for key, value in amounts.items():
        action(plan, name)["money"][key]["amount"] = value


def carried(plan: Body) -> Body:
    """Return *plan* with its counts, totals and meters as its ready actions make them, and signed."""
    actions = plan["customers"][0]["actions"]
    ready = [item for item in actions if item["status"] == "ready"]
    kinds = {"cancel": "cancel", "exchange": "exchange", "protection": "protection", "access": "access"}
    names = [kinds.get(item["action"], "update") for item in ready]
    names += [item["status"] for item in actions if item["status"] != "ready"]
    for name in ("update", "cancel", "exchange", "blocked", "deferred", "pending"):
        plan["summary"][name] = names.count(name)
    (total,) = plan["summary"]["totals"]
    money = [item["money"] for item in ready if item["money"]]
    for name in ("credit", "fee", "refund", "netPayable", "cashNow"):
        total[name] = str(sum((Decimal(item[name]["amount"]) for item in money if item[name]), Decimal("0.00")))
    cap = plan["customers"][0]["cap"]
    for basis, meter in cap["meters"].items():
        planned = sum((Decimal(item["capUse"][basis]["amount"]) for item in money), Decimal("0.00"))
        consumed = sum((Decimal(item[basis]["amount"]) for item in cap["entries"]), Decimal("0.00"))
        meter["planned"]["amount"], meter["consumed"]["amount"] = str(planned), str(consumed)
        meter["remaining"]["amount"] = str(Decimal(cap["limit"]["amount"]) - planned - consumed)
    return signed(plan)


@pytest.fixture
def honest(world: World) -> Body:
    """Return a plan with one action of each sort; its day is 2026-11-22, a unit's credit 400.00 and fee 48.00."""
    wants = [
        entry("a", 1, *CANCELLED),
        entry("b", 2, "quantity: 3", "cancel: {reason: r}"),
        entry("big", 3, *CANCELLED),
        entry("guarded", 4, "protected: true", *CANCELLED),
        entry("later", 5, "state: cancelled", 'cancel: {reason: r, notBefore: "2026-12-24"}'),
        entry("old", 6, *exchange(purchase(quantity=2), maxNetPayable='"90000.00 USD"')),
        entry("renewed", 7, "renew: true"),
        entry("floor", 8, "state: cancelled", 'cancel: {reason: r, minRefund: "300.00 USD"}'),
        entry("fresh", 9, *CANCELLED),
    ]
    holds: list[Held] = [upfront(number) for number in (1, 4, 5, 6, 7, 8, 10)]
    holds += [upfront(2, "18250.00 USD", quantity=5), upfront(3, "912500.00 USD", quantity=10)]
    holds += [upfront(9, "500.00 USD", bought="2026-11-18", expires="2027-11-18", used=False)]
    past = [refund("2026-03-01", "1000.00 USD", "1500.00 USD")]
    world.customer(*wants, holds=holds, refunds=past, catalog=[price("5000.00 USD")])
    made: Body = json.loads(plan_bytes(world.build().plan))
    assert flaws(made) == []
    assert flaws(carried(copy.deepcopy(made))) == []
    return made


def free(plan: Body, name: str) -> None:
    """Make a blocked action ready, and take away what says that it was not."""
    action(plan, name).update(status="ready", blockedBy=[], shortfall=None)
    plan["findings"] = [note for note in plan["findings"] if note["address"] != f"contoso/{name}"]


def no_fee(plan: Body) -> None:
    action(plan, "a")["money"]["feeRate"] = "0"
    figures(plan, "a", fee="0.00", refund="400.00", cashNow="-400.00")
    action(plan, "a")["money"]["capUse"]["refund"]["amount"] = "400.00"


def dearer(plan: Body) -> None:
    """Return everything although it was used."""
    figures(plan, "fresh", credit="494.52", refund="494.52", canceledCommitment="494.52", cashNow="-494.52")
    action(plan, "fresh")["money"]["capUse"] = {
        basis: {"amount": "494.52", "currency": "USD"} for basis in ("refund", "commitment")
    }


def cheap(plan: Body) -> None:
    """Buy for less than is given back: 399.99 for 400.00."""
    old = action(plan, "old")
    old["purchases"][0]["price"]["amount"] = "399.99"
    figures(plan, "old", purchase="399.99", netPayable="-0.01", cashNow="-0.01")


def twice(plan: Body) -> None:
    """Give one reservation back under another name too."""
    again = copy.deepcopy(action(plan, "a"))
    again["address"] = "contoso/aa"
    what = [again["action"], again["address"], again["reservation"], again["changes"]]
    again["id"] = sha256(json.dumps(what, separators=(",", ":")).encode()).hexdigest()[:16]
    actions = plan["customers"][0]["actions"]
    actions.insert(actions.index(action(plan, "a")) + 1, again)


def old_entry(plan: Body) -> None:
    """Count something that came back on the day of the plan: 2025-11-22 is 365 days before it."""
    cap = plan["customers"][0]["cap"]
    cap["entries"][0]["on"], cap["releases"][0]["on"] = "2025-11-22", "2026-11-22"


def setting(name: str, **values: Any) -> Forge:
    return lambda plan: action(plan, name).update(values)


def inside(name: str, part: str, **values: Any) -> Forge:
    return lambda plan: action(plan, name)[part].update(values)


FORGED: dict[str, tuple[Forge, str]] = {
    "no fee is taken after five days": (no_fee, "verify.fee"),
    "another rule is named for the fee": (
        lambda plan: action(plan, "a")["because"][0].update(rule="cancellation.within-5-days-used"),
        "verify.fee",
    ),
    "all of it comes back, though it was used": (inside("fresh", "money", used=True), "verify.figure"),
    "less comes back than of what was not used": (dearer, "verify.figure"),
    "more than the cap is ready": (lambda plan: free(plan, "big"), "verify.cap"),
    "what is blocked is counted": (lambda plan: plan["summary"].update(blocked=1, cancel=6), "verify.total"),
    "what is blocked is in the totals": (
        lambda plan: plan["summary"]["totals"][0].update(refund="352.00"),
        "verify.total",
    ),
    "what is protected is ready, and its finding stays": (
        setting("guarded", status="ready", blockedBy=[]),
        "verify.forbidden",
    ),
    "what is blocked has no finding": (lambda plan: plan.update(findings=[]), "verify.finding"),
    "what is blocked says not why": (setting("guarded", blockedBy=[]), "verify.forbidden"),
    "what waits for its day is ready": (setting("later", status="ready"), "verify.forbidden"),
    "what waits has its day taken away": (setting("later", status="ready", notBefore=None), "verify.identity"),
    "the floor is lowered": (
        lambda plan: action(plan, "floor")["floors"]["minRefund"].update(amount="200.00"),
        "verify.identity",
    ),
    "the reason is another": (setting("a", reason="because"), "verify.identity"),
    "another reservation is returned": (inside("a", "reservation", reservationId="x"), "verify.identity"),
    "a reservation is told of as another": (inside("a", "held", expiresOn="2028-01-01"), "verify.identity"),
    "a renewal is told of that is to be": (inside("renewed", "held", renew=True), "verify.identity"),
    "an unmanaged one is returned": (
        lambda plan: action(plan, "a")["reservation"].update(reservationId=plan["unmanaged"][0]["reservationId"]),
        "verify.forbidden",
    ),
    "one reservation is returned twice": (twice, "verify.twice"),
    "a part leaves more than the changes say": (inside("b", "money", quantity=3), "verify.quantity"),
    "all of a part is returned": (
        lambda plan: action(plan, "b")["changes"][0].update(after=0),
        "verify.quantity",
    ),
    "a part is passed off as all": (setting("a", fulfils=False), "verify.quantity"),
    "less is bought than given back": (cheap, "verify.exchange"),
    "another family is bought": (
        lambda plan: action(plan, "old")["purchases"][0].update(reservedResourceType="SqlDatabases"),
        "verify.exchange",
    ),
    "a price is in another currency": (
        lambda plan: action(plan, "old")["purchases"][0]["price"].update(currency="EUR"),
        "verify.exchange",
    ),
    "more units are bought": (
        lambda plan: action(plan, "old")["purchases"][0].update(quantity=9),
        "verify.identity",
    ),
    "an exchange takes from the cap": (
        lambda plan: action(plan, "old")["money"]["capUse"]["refund"].update(amount="1.00"),
        "verify.figure",
    ),
    "an entry is out of the window": (old_entry, "verify.window"),
    "an entry comes back a day early": (
        lambda plan: plan["customers"][0]["cap"]["releases"][0].update(on="2027-02-28"),
        "verify.window",
    ),
    "the limit is raised": (lambda plan: plan["customers"][0]["cap"]["limit"].update(amount="90000.00"), "verify.cap"),
    "the other basis gates": (lambda plan: plan["customers"][0]["cap"].update(basis="commitment"), "verify.cap"),
    "nobody knows what is consumed": (
        lambda plan: [
            plan["customers"][0]["cap"].update(entries=[], releases=[]),
            *(meter.update(known=False) for meter in plan["customers"][0]["cap"]["meters"].values()),
        ],
        "verify.cap",
    ),
    "a customer that was not read whole has actions": (
        lambda plan: (plan.update(complete=False), plan["customers"][0].update(complete=False)),
        "verify.forbidden",
    ),
    "a customer stands there twice": (
        lambda plan: plan["customers"].append({**plan["customers"][0], "actions": []}),
        "verify.twice",
    ),
    "a return is done before an exchange": (
        lambda plan: plan["customers"][0]["actions"].reverse(),
        "verify.identity",
    ),
    "an action is of another customer": (setting("a", address="fabrikam/a"), "verify.identity"),
    "a rename cancels": (
        lambda plan: action(plan, "renewed")["changes"][0].update(path="/quantity"),
        "verify.identity",
    ),
    "a finding says something else": (
        lambda plan: plan["findings"][0].update(message="all is well"),
        "verify.identity",
    ),
    "it is another law's": (lambda plan: plan["rulebook"].update(id="csp-2026-08"), "verify.rulebook"),
    "a limit that refuses the run is ignored": (
        lambda plan: plan["findings"].insert(0, {**plan["findings"][0], "code": "limit.max-cancels", "address": None}),
        "verify.total",
    ),
    "its term is over": (
        lambda plan: [action(plan, "a")["money"]["basis"].update(expiresOn="2026-11-21")],
        "verify.forbidden",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_plan_is_given_away(honest: Body, name: str) -> None:
    forge, code = FORGED[name]
    forge(honest)
    moves_money = code not in ("verify.total", "verify.cap") or name.startswith("more than")
    document = carried(honest) if moves_money else signed(honest)
    assert code in {flaw.code for flaw in flaws(document)}


def test_what_the_later_law_does_not_take_back_is_not_ready(world: World) -> None:
    world.customer(entry("a", 1, *CANCELLED), holds=[upfront(1)])
    made: Body = json.loads(plan_bytes(world.build(rulebook="csp-2026-08").plan))
    assert flaws(made, "csp-2026-08") == []
    (given,) = made["customers"][0]["actions"]
    given["money"]["basis"]["reservedResourceType"] = given["held"]["reservedResourceType"] = "SuseLinux"
    (flaw,) = flaws(signed(made), "csp-2026-08")
    assert (flaw.code, "SUSE Linux plans" in flaw.message) == ("verify.forbidden", True)


def test_a_month_that_is_counted_as_paid_needs_a_finding(world: World) -> None:
    """Read on 2026-11-22, planned for 2026-12-15: the payment of 1 December counts as made."""
    world.customer(entry("a", 1, *CANCELLED), holds=[monthly(1, "310.00 USD", paid=23)])
    made = world.plan(at="2026-12-15T00:00:00Z").plan
    # 17 of 31 days of December are left: 310.00 x 17 / 31.
    assert made["customers"][0]["actions"][0]["money"]["credit"]["amount"] == "170.00"
    made["findings"] = []
    assert {flaw.code for flaw in flaws(signed(made))} == {"verify.figure"}
