"""Days and rulebooks side by side: each column is what a plan of that day under that rulebook has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run
from tests.planner.world import AT, CANCELLED, World, entry, monthly, upfront
from tests.views.outputs import COMMANDS, SAMPLE_AT, printed

Document = dict[str, Any]
Where = dict[str, tuple[Path, str]]
LATER = "2027-01-04T00:00:00Z"


def explained(where: Where, *arguments: str) -> Document:
    found: Document = json.loads(printed(where["sample"], ("explain", *arguments, "--format", "json"))[1])
    return found


def money_of_plan(folder: Path, capsys: pytest.CaptureFixture[str], address: str, law: str, at: str) -> Document:
    asked = ["plan", "--estate", str(folder / "estate.json"), "--desired", str(folder / "desired"), "--format", "json"]
    run([*asked, "--rulebook", law, "--at", at])
    plan = json.loads(capsys.readouterr().out)
    (action,) = [item for part in plan["customers"] for item in part["actions"] if item["address"] == address]
    return {**action["money"], "basis": None, "estimate": None}


@pytest.mark.parametrize("name", ["sql-test", "vm-web", "bought-by-mistake"])
def test_a_column_is_the_plans_own_figures(where: Where, capsys: pytest.CaptureFixture[str], name: str) -> None:
    address = f"contoso/{name}"
    columns = explained(where, address, "--at", LATER, "--rulebook", "csp-2026-08")["beside"]
    laws, days = ("csp-2020-08", "csp-2026-08"), (SAMPLE_AT, LATER)
    expected = [(at[:10], law) for at in days for law in laws]
    assert [(item["on"], item["rulebook"]) for item in columns] == expected
    for item, (at, law) in zip(columns, [(at, law) for at in days for law in laws], strict=True):
        assert item["money"] == money_of_plan(where["sample"][0], capsys, address, law, at)


def test_the_first_day_under_the_rulebook_asked_for_is_the_one_explained(where: Where) -> None:
    found = explained(where, "contoso/sql-test", "--at", LATER, "--rulebook", "csp-2026-08")
    assert (found["on"], found["rulebook"]) == ("2027-01-04", "csp-2026-08")


@pytest.mark.parametrize("more", [(), ("--rulebook", "csp-2020-08"), ("--at", SAMPLE_AT)])
def test_one_day_under_the_rulebook_in_force_has_nothing_beside_it(where: Where, more: tuple[str, ...]) -> None:
    assert explained(where, "contoso/sql-test", *more)["beside"] == []


def test_what_is_paid_by_the_month_costs_a_payment_more_from_the_day_it_falls_due(where: Where) -> None:
    """The sample's vm-web, 1 of 4 units at 30.00 EUR: six paid, 180.00, and the seventh on 2026-11-30.

    Then 30.00 is paid and 26.40 comes back of it: 183.60 is spent in the end, where 171.20 would be
    ten days before (180.00 - 8.80).
    """
    text = printed(where["sample"], COMMANDS["explain-two-days.txt"][1])[1]
    rows = {line[2:23].strip(): line[23:].split() for line in text.splitlines()}
    assert rows["paid by then"] == ["180.00", "EUR", "210.00", "EUR"]
    assert rows["spent in the end"] == ["171.20", "EUR", "183.60", "EUR"]
    assert "  spending differs by                      +12.40 EUR" in text


def test_many_days_are_told_in_tables_that_fit_and_begin_with_the_first(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.customer(entry("it", 1, *CANCELLED), holds=[monthly(1, paid=23)])
    days = [f"2026-12-0{day}" for day in range(1, 6)]
    asked = ["explain", "contoso/it", "--estate", str(world.estate()), "--rulebook", "csp-2026-08"]
    assert run([*asked, *(word for day in (AT, *days) for word in ("--at", day))]) == 0
    table = capsys.readouterr().out.partition("Side by side")[2].partition("Rules and sources")[0]
    heads = [line.split() for line in table.splitlines() if line.strip().startswith("2026-")]
    assert [head[0] for head in heads] == ["2026-11-22"] * 6  # 12 columns: the first, and two others at a time
    shown = [day for head in heads for day in head[1:]]
    assert sorted(shown) == sorted([*days, *days, "2026-11-22"])
    assert max(map(len, table.splitlines())) <= 80


def test_what_nothing_asks_for_is_set_side_by_side_as_a_what_if(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.customer(entry("it", 1), holds=[upfront(1)])
    asked = ["explain", "contoso/it", "--estate", str(world.estate()), "--at", AT, "--format", "json"]
    assert run([*asked, "--rulebook", "csp-2026-08"]) == 0
    columns = json.loads(capsys.readouterr().out)["beside"]
    # 40 days of 10.00 are left: 400.00, less 48.00.
    assert [(item["status"], item["money"]["refund"]["amount"]) for item in columns] == [
        ("notAsked", "352.00"),
        ("notAsked", "400.00"),
    ]


_INTO = (
    "{name: new, reservedResourceType: %s, sku: Standard_D4s_v5, location: westeurope, term: P3Y, "
    "billingPlan: Upfront, quantity: 1, billingSubscription: prod, scope: {type: Shared}}"
)
_PRICE = {"sku": "Standard_D4s_v5", "location": "westeurope", "msrp": {"P3Y": {"amount": "9.00", "currency": "USD"}}}


def exchanged(kind: str) -> tuple[str, ...]:
    return "state: exchanged", f"exchange: {{reason: x, into: [{_INTO % kind}]}}"


# What is asked for, of what type it is, and by which rule it is refused, and where that is written.
REFUSED: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "exchange.floor": (
        exchanged("VirtualMachines"),
        "VirtualMachines",
        "exchange.policy",
        'Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations" (2026-01-15), exchange policies',
    ),
    "exchange.family": (
        exchanged("RedisCache"),
        "VirtualMachines",
        "exchange.policy",
        'Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations" (2026-01-15), exchange policies',
    ),
    "product.not-returnable": (
        CANCELLED,
        "SuseLinux",
        "product.not-returnable",
        'Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations" (2026-01-15), cannot be returned',
    ),
    "cap.exceeded": (
        CANCELLED,
        "VirtualMachines",
        "cap.commitment",
        'Microsoft Learn, "Self-service exchanges and refunds for Azure Reservations" (2026-01-15), refund policies',
    ),
    "refund.below-floor": (
        ("state: cancelled", 'cancel: {reason: gone, minRefund: "999999.00 USD"}'),
        "VirtualMachines",
        "refund.below-floor",
        "the customer's own file, minRefund",
    ),
    "protected": (
        (*CANCELLED, "protected: true"),
        "VirtualMachines",
        "protected",
        "the customer's own file, protected",
    ),
    "reservation.busy": (
        CANCELLED,
        "busy",
        "reservation.busy",
        "Azure's reading of the reservation",
    ),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_names_the_rule_that_refuses_and_where_it_is_written(
    world: World, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    lines, kind, rule, source = REFUSED[code]
    # 40 of 365 days of 3,650,000.00 are 400,000.00, more than any cap holds.
    total = "3650000.00 USD" if code == "cap.exceeded" else "3650.00 USD"
    held = upfront(1, total, reservedResourceType="VirtualMachines" if kind == "busy" else kind)
    held = held.with_(provisioningState="Pending") if kind == "busy" else held
    catalog = [{**_PRICE, "reservedResourceType": name} for name in ("VirtualMachines", "RedisCache")]
    world.customer(entry("it", 1, *lines), holds=[held], catalog=catalog)
    asked = ["explain", "contoso/it", "--estate", str(world.estate()), "--at", AT, "--format", "json"]
    run([*asked, "--rulebook", "csp-2026-08"])
    found = json.loads(capsys.readouterr().out)
    steps = [step for section in found["sections"] for step in section["steps"] if step["label"] == "forbidden"]
    told = [step["because"] for step in steps if f"[{code}]" in step["text"]]
    assert [(item["rule"], item["source"]) for item in told] == [(rule, source)]


def asked_for(world: World, capsys: pytest.CaptureFixture[str], *lines: str) -> dict[str, str]:
    """Return the steps of what is asked for, and of the exchange, by their labels."""
    catalog = [
        {**_PRICE, "reservedResourceType": name, "msrp": {"P3Y": {"amount": "900.00", "currency": "USD"}}}
        for name in ("VirtualMachines", "RedisCache")
    ]
    world.customer(entry("it", 1, *lines), holds=[upfront(1)], catalog=catalog)
    asked = ["explain", "contoso/it", "--estate", str(world.estate()), "--at", AT, "--format", "json"]
    assert run(asked) == 0
    sections = json.loads(capsys.readouterr().out)["sections"]
    wanted = [item for item in sections if item["title"] in ("What is asked for", "The exchange")]
    return {step["label"]: step["text"] for item in wanted for step in item["steps"]}


# 400.00 of credit is left of it: 352.00 comes back after the fee, and of 900.00 500.00 is payable.
FLOORS = {
    ("minRefund", "352.00"): "352.00 USD at least, 352.00 USD comes back: kept",
    ("minRefund", "352.01"): "352.01 USD at least, 352.00 USD comes back: not kept",
    ("maxNetPayable", "500.00"): "500.00 USD at most, 500.00 USD: kept",
    ("maxNetPayable", "499.99"): "499.99 USD at most, 500.00 USD: not kept",
}


@pytest.mark.parametrize(("name", "amount"), FLOORS)
def test_what_the_file_demands_of_the_money_is_said_kept_or_not(
    world: World, capsys: pytest.CaptureFixture[str], name: str, amount: str
) -> None:
    blocks = {
        "minRefund": ("state: cancelled", f'cancel: {{reason: x, minRefund: "{amount} USD"}}'),
        "maxNetPayable": (
            "state: exchanged",
            f'exchange: {{reason: x, maxNetPayable: "{amount} USD", into: [{_INTO % "VirtualMachines"}]}}',
        ),
    }
    assert asked_for(world, capsys, *blocks[name])[name] == FLOORS[name, amount]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("VirtualMachines", "VirtualMachines against VirtualMachines: all of the family compute"),
        ("RedisCache", "VirtualMachines against RedisCache: not of one family, as is demanded"),
    ],
)
def test_an_exchange_names_the_product_families(
    world: World, capsys: pytest.CaptureFixture[str], kind: str, told: str
) -> None:
    assert asked_for(world, capsys, *exchanged(kind))["family"] == told
