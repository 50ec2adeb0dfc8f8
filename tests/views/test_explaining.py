"""Every figure that is explained is the plan's, and follows from the arithmetic beside it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.cli.main import run
from reconciler.estate.customers import read_customer
from reconciler.model import current, desired
from reconciler.model.finding import Location
from reconciler.model.inputs import Instant, Memory
from reconciler.model.money import Money
from reconciler.planner.build import Question, build_plan
from reconciler.rulebooks import built_in, load_rulebook
from reconciler.views.explanation import Known, explain
from tests.bodies import customer_body, guid
from tests.emulation import running_emulator
from tests.planner.world import AT, CANCELLED, World, entry, monthly, upfront
from tests.test_agreement import cases
from tests.test_cases import table
from tests.views.outputs import COMMANDS, SAMPLE, SAMPLE_AT, printed
from tests.views.reading import lines_of, require_line_true, require_true

Document = dict[str, Any]
PLACE = Location("desired/contoso.yaml", 1, 1)


def known(case: Document, rulebook: str, wanted: int | None) -> Known:
    """Plan a customer with one reservation; *wanted* None asks for nothing."""
    on = date.fromisoformat(case["at"])
    held = read_customer(customer_body([case]), date.fromisoformat(case.get("takenAt") or case["at"]))
    asked = desired.Reservation(
        name="it",
        address="contoso/it",
        order_id=guid(1),
        reservation_id=guid(0x1001),
        location=PLACE,
        quantity=wanted,
        cancel=None if wanted is None else desired.Cancel(reason="gone"),
    )
    customer = desired.Customer(name="contoso", tenant_id=held.tenant_id, location=PLACE, reservations=(asked,))
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    question = Question(
        state=desired.State(customers=(customer,), digest="sha256:"),
        estate=current.Estate(taken_at=at, complete=True, customers={held.tenant_id: held}),
        rulebook=load_rulebook(rulebook, Path()),
        alternatives=(),
        memories={},
        instant=Instant(at=at, created_at=at),
        lifetime=timedelta(hours=1),
        policies="sha256:",
    )
    plan = build_plan(question, {}).plan
    return Known(plan=plan, customer=customer, held=held, memory=Memory(), rulebook=question.rulebook)


def document(of: Known) -> Document:
    found: Document = msgspec.json.decode(msgspec.json.encode(explain(of, "contoso/it")))
    return found


def section(found: Document, title: str) -> dict[str, Document]:
    """Return the steps of one section by their labels."""
    (chosen,) = [item for item in found["sections"] if item["title"].startswith(title)]
    return {step["label"]: step for step in chosen["steps"]}


def result(steps: dict[str, Document], label: str) -> Document | None:
    calculation = steps[label]["calculation"]
    return calculation and calculation["result"]


def require_figures(found: Document, money: Document) -> None:
    """Fail unless the explanation's figures are those of *money*, in both currencies."""
    own = section(found, f"Money, in {money['credit']['currency']}")
    assert [result(own, label) for label in ("credit", "refund", "cancelled commitment")] == [
        money["credit"],
        money["refund"],
        money["canceledCommitment"],
    ]
    assert result(own, "fee") == money["fee"] or own["fee"]["text"] == f"none: {spoken(money['fee'])}"
    priced = section(found, "The same as the cap counts it")
    counted = own if "same" in priced else priced
    assert result(counted, "refund") == money["capUse"]["refund"]
    assert result(counted, "cancelled commitment") == money["capUse"]["commitment"]
    days = section(found, "Days")
    assert [result(days, label) for label in ("age", "term", "left")] == [
        money["daysSincePurchase"],
        money["termDays"],
        money["remainingDays"],
    ]


def spoken(amount: Document) -> str:
    whole, _, coins = amount["amount"].partition(".")
    return f"{int(whole):,}{'.' + coins if coins else ''} {amount['currency']}"


def calculations(found: Document) -> list[Document]:
    return [step for item in found["sections"] for step in item["steps"] if step["calculation"]]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), rulebook=st.sampled_from(built_in()))
def test_a_return_is_explained_by_arithmetic_that_gives_the_plans_figures(case: Document, rulebook: str) -> None:
    of = known(case, rulebook, case["held"] - case["quantity"])
    plan = json.loads(msgspec.json.encode(of.plan))
    (customer,) = plan["customers"]
    (action,) = customer["actions"]
    found = document(of)
    for step in calculations(found):
        require_true(step)
    require_figures(found, action["money"])
    cap = section(found, "Use of the refund cap")
    meters = customer["cap"]["meters"]
    if action["status"] == "ready":
        last = next(item["steps"] for item in found["sections"] if item["title"] == "Use of the refund cap")
        after = [step["calculation"]["result"] for step in last if step["label"] == "after this return"]
        other = "commitment" if customer["cap"]["basis"] == "refund" else "refund"
        assert after == [meters[customer["cap"]["basis"]]["remaining"], meters[other]["remaining"]]
    else:
        assert cap["missing"]["text"] == spoken(action["shortfall"]["missing"])
    assert all(item["whatIf"] is False for item in found["sections"] if not item["title"].startswith("What if"))


@pytest.mark.parametrize("case", table("cancellation", "published"))
def test_what_was_worked_by_hand_is_explained_by_arithmetic_that_is_right(case: Document) -> None:
    of = known(case, case["rulebook"], case["held"] - case["quantity"])
    (action,) = json.loads(msgspec.json.encode(of.plan))["customers"][0]["actions"]
    found = document(of)
    for step in calculations(found):
        require_true(step)
    require_figures(found, action["money"])
    assert spoken(action["money"]["refund"]) == f"{Money.parse(case['expect']['refund'])}"


@pytest.mark.parametrize(("plan", "count"), [("Upfront", 1), ("Monthly", 12)])
def test_a_return_before_the_first_day_counts_no_more_days_than_there_are(plan: str, count: int) -> None:
    order = {
        "term": "P1Y",
        "billingPlan": plan,
        "purchasedOn": "2026-01-01",
        "startsOn": "2026-01-10",
        "expiresOn": "2027-01-10",
        "originalQuantity": 2,
    }
    rows = [{"count": count, "paid": 1, "billing": "100.00 EUR", "pricing": "110.00 USD"}]
    case = {"at": "2026-01-08", "order": order, "instalments": rows, "held": 2, "quantity": 1, "used": True}
    of = known(case, "csp-2020-08", 1)
    (action,) = json.loads(msgspec.json.encode(of.plan))["customers"][0]["actions"]
    found = document(of)
    for step in calculations(found):
        require_true(step)
    require_figures(found, action["money"])
    assert action["money"]["credit"] == {"amount": "50.00", "currency": "EUR"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), rulebook=st.sampled_from(built_in()))
def test_what_if_gives_what_a_plan_to_cancel_all_of_it_would_give(case: Document, rulebook: str) -> None:
    idle = document(known(case, rulebook, None))
    plan = json.loads(msgspec.json.encode(known(case, rulebook, 0).plan))
    (action,) = plan["customers"][0]["actions"]
    for step in calculations(idle):
        require_true(step)
    require_figures(idle, action["money"])
    titles = {item["title"]: item["whatIf"] for item in idle["sections"]}
    asked = {"The reservation", "What is asked for", "Deadlines"}
    assert titles.keys() >= asked - {"Deadlines"}
    assert all(what_if is (title not in asked) for title, what_if in titles.items())


@pytest.mark.parametrize("name", sorted(name for name in COMMANDS if name.startswith("explain-exchange")))
def test_an_exchange_is_explained_by_arithmetic_that_is_right(name: str, where: dict[str, tuple[Path, str]]) -> None:
    place, arguments = COMMANDS[name]
    found = json.loads(printed(where[place], (*arguments, "--format", "json"))[1])
    plan = json.loads(printed(where[place], ("plan", "--format", "json"))[1])
    for step in calculations(found):
        require_true(step)
    (action,) = [
        item for item in plan["customers"][0]["actions"] if item["address"] == arguments[1] and item["returns"]
    ]
    steps = section(found, "The exchange")
    assert result(steps, "net payable") == action["money"]["netPayable"]
    assert result(steps, "cash now") == action["money"]["cashNow"]
    for item in action["returns"]:
        currency = item["money"]["credit"]["currency"]
        quantity = item["reservation"]["quantity"]
        units = f"{quantity} of {quantity} unit{'s' if quantity > 1 else ''}"
        own = section(found, f"Given back: {item['address']}, {units}. Money, in {currency}")
        assert result(own, "credit") == item["money"]["credit"]
        assert result(own, "cancelled commitment") == item["money"]["canceledCommitment"]


def test_the_lines_that_a_person_reads_are_right_too(where: dict[str, tuple[Path, str]]) -> None:
    checked = 0
    for name in (name for name in COMMANDS if name.startswith("explain") and name.endswith(".txt")):
        place, arguments = COMMANDS[name]
        for line in lines_of(printed(where[place], arguments)[1]):
            require_line_true(line)
            checked += 1
    assert checked > 100


def test_an_announced_fee_is_a_what_if_that_leaves_the_figures_alone(where: dict[str, tuple[Path, str]]) -> None:
    arguments = (*COMMANDS["explain-announced-fee.txt"][1], "--format", "json")
    found = json.loads(printed(where["sample"], arguments)[1])
    assert section(found, "Money, in USD")["fee"]["text"] == "none: 0.00 USD"
    announced = section(found, "What if a fee of 12 % were charged")
    assert result(announced, "fee") == {"amount": "244.80", "currency": "USD"}
    assert result(announced, "refund") == {"amount": "1795.20", "currency": "USD"}
    assert announced["fee"]["because"]["rule"] == "cancellation.fee-announced"


def test_an_announced_fee_is_not_shown_where_it_would_not_apply(where: dict[str, tuple[Path, str]]) -> None:
    arguments = ("explain", "contoso/bought-by-mistake", "--rulebook", "csp-2026-08", "--format", "json")
    found = json.loads(printed(where["sample"], arguments)[1])
    assert not [item["title"] for item in found["sections"] if item["title"].startswith("What if")]


def test_what_is_taken_for_granted_is_said(world: World) -> None:
    world.customer(entry("it", 1, *CANCELLED), holds=[monthly(1, paid=23)])
    assert explained(world, "contoso/it", at="2026-12-15") == 0
    out = world.capsys.readouterr().out
    assert "1 payment fell due after the reading: counted as paid" in out
    assert "due 2025-01-01 to 2026-12-01" in out


def explained(world: World, *arguments: str, at: str = AT) -> int:
    return run(["explain", *arguments, "--estate", str(world.estate()), "--at", at])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("contoso/i", 'no file has the address contoso/i (did you mean "contoso/it"?)'),
        ("fabrikam/other", "no file has the address fabrikam/other"),
        ("it", 'there is no address and no code it (did you mean "contoso/it"?)'),
        ("cap.unknwon", 'there is no address and no code cap.unknwon (did you mean "cap.unknown"?)'),
        ("zzz", "there is no address and no code zzz"),
    ],
)
def test_what_is_not_known_is_said_with_what_is_near(world: World, asked: str, message: str) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)])
    assert explained(world, asked) == 1
    assert world.capsys.readouterr().err == f"error: {message}\n"


def test_a_customer_that_was_not_read_whole_is_not_explained(world: World) -> None:
    world.customer(entry("it", 1, *CANCELLED), holds=[upfront(1)], complete=False)
    assert explained(world, "contoso/it") == 7
    out, err = world.capsys.readouterr()
    assert "[reading.incomplete]" in out and "refund" not in out
    assert err == "contoso: incomplete: nothing is worked out for it\n"


def test_a_member_of_a_group_and_what_it_buys_lead_to_the_exchange(where: dict[str, tuple[Path, str]]) -> None:
    for address in ("contoso/pool-a", "contoso/vm-pool"):
        found = json.loads(printed(where["everything"], ("explain", address, "--format", "json"))[1])
        whole = json.loads(printed(where["everything"], ("explain", "contoso/exchanges/pool", "--format", "json"))[1])
        assert section(found, "The exchange") == section(whole, "The exchange")


def test_a_quote_stands_beside_the_rules_own_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desired").symlink_to(SAMPLE / "desired")
    estate = json.loads((SAMPLE / "estate.json").read_text())
    with running_emulator(estate, SAMPLE_AT) as emulator:
        live = ["--provider", "emulator", "--endpoint", emulator.endpoint, "--rulebook", "csp-2026-08"]
        assert run(["explain", "contoso/sql-test", "--format", "json", *live]) == 0
        found = json.loads(capsys.readouterr().out)
        assert run(["plan", "--format", "json", *live]) == 0
        plan = json.loads(capsys.readouterr().out)
        assert {request["method"] for request in emulator.get("requests")} <= {"GET", "POST"}
        assert not [
            item for item in emulator.get("requests") if item["path"].lower().partition("?")[0].endswith("/return")
        ]
    (action,) = [item for item in plan["customers"][0]["actions"] if item["address"] == "contoso/sql-test"]
    require_figures(found, {**action["money"], **action["money"]["estimate"]})
    quote = section(found, "Microsoft's quote, which decides")
    assert quote["refund"]["text"] == "1,795.20 USD quoted; 2,040.00 USD by our rules"
    assert action["money"]["refund"] == {"amount": "1795.20", "currency": "USD"}
