"""The example partner's plan, every figure worked by hand (see examples/contoso-partner/README.md)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.cli.main import run

ROOT = Path(__file__).parents[2]
PARTNER = ROOT / "examples" / "contoso-partner"
AT = "2026-11-20T09:00:00Z"

# address, action, status, units given back, credit, fee, refund, net payable, cash now
ACTIONS = """
adatum/vm-erp-app                     rename       ready     -  -            -           -             -            -
adatum/vm-erp-app                     scope        ready     -  -            -           -             -            -
adatum/sql-crm-test                   cancel       ready     4  918.00 EUR   110.16 EUR  807.84 EUR    -            -807.84 EUR
alpine-ski-house/vm-snow-cams         renew        ready     -  -            -           -             -            -
alpine-ski-house/vm-booking-web       cancel       ready     3  49.00 EUR    5.88 EUR    43.12 EUR     -            -43.12 EUR
fabrikam-residences/vm-tenant-portal  scope        ready     -  -            -           -             -            -
fabrikam-residences/redis-portal-2    cancel       ready     1  1183.70 GBP  0.00 GBP    1183.70 GBP   -            -1183.70 GBP
fourth-coffee/vm-pos-gateway          exchange     ready     2  724.00 USD   0.00 USD    724.00 USD    3236.40 USD  3236.40 USD
humongous-insurance/disk-archive      cancel       ready     4  2976.00 USD  357.12 USD  2618.88 USD   -            -2618.88 USD
humongous-insurance/vm-claims-batch   cancel       blocked  10  17220.00 USD 2066.40 USD 15153.60 USD  -            -15153.60 USD
litware/vm-artifact-store             scope        ready     -  -            -           -             -            -
litware/vm-build-agents               exchange     ready     3  121.50 EUR   0.00 EUR    121.50 EUR    4556.25 EUR  54.00 EUR
margies-travel/vm-booking-engine      flexibility  ready     -  -            -           -             -            -
margies-travel/vm-fares-import        cancel       ready     2  866.40 GBP   0.00 GBP    866.40 GBP    -            -866.40 GBP
northwind-traders/vm-edi-gateway      rename       ready     -  -            -           -             -            -
northwind-traders/exchanges/web-to-v5 exchange     ready    10  1075.20 USD  0.00 USD    1075.20 USD   8283.60 USD  1699.60 USD
tailspin-toys/vm-chat-relay           rename       ready     -  -            -           -             -            -
tailspin-toys/vm-loadtest             renew        ready     -  -            -           -             -            -
tailspin-toys/vm-matchmaking          cancel       deferred  8  6753.60 EUR  810.43 EUR  5943.17 EUR   -            -5943.17 EUR
vanarsdel/vm-plant-scada              cancel       ready     3  3801.00 USD  456.12 USD  3344.88 USD   -            -3344.88 USD
"""  # noqa: E501 (a table)

# customer, consumed, planned, left: in USD, as sums refunded; the others have used and plan nothing
CAPS = """
adatum                      0.00   897.60  49102.40
alpine-ski-house         2586.50    49.28  47364.22
fabrikam-residences         0.00  1599.59  48400.41
humongous-insurance     40874.83  2618.88   6506.29
margies-travel              0.00  1155.20  48844.80
vanarsdel               46018.36  3344.88    636.76
"""


def plan(capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Any]:
    monkeypatch.chdir(folder)
    code = run(["plan", "--estate", str(PARTNER / "estate.json"), "--at", AT, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def example(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    code, found = plan(capsys, PARTNER, monkeypatch)
    assert code == 3  # one action is blocked
    return found


def shown(money: dict[str, str] | None) -> str:
    return f"{money['amount']} {money['currency']}" if money else "-"


def row(action: dict[str, Any]) -> list[str]:
    money = action["money"] or {}
    names = ("credit", "fee", "refund", "netPayable", "cashNow")
    quantity = str(money.get("quantity", "-"))
    return [action["address"], action["action"], action["status"], quantity, *(shown(money.get(key)) for key in names)]


def test_the_example_plans_exactly_the_actions_worked_by_hand(example: Any) -> None:
    got = [" ".join(row(action)) for customer in example["customers"] for action in customer["actions"]]
    assert got == [" ".join(line.split()) for line in ACTIONS.strip().splitlines()]


def test_the_example_sums_up_as_worked_by_hand(example: Any) -> None:
    names = ("currency", "credit", "fee", "refund", "netPayable", "cashNow")
    totals = (
        ("EUR", "1088.50", "116.04", "972.46", "4556.25", "-796.96"),
        ("GBP", "2050.10", "0.00", "2050.10", "0.00", "-2050.10"),
        ("USD", "8576.20", "813.24", "7762.96", "11520.00", "-1027.76"),
    )
    assert example["summary"] == {
        "update": 9,
        "protection": 0,
        "access": 0,
        "cancel": 6,
        "exchange": 3,
        "blocked": 1,
        "deferred": 1,
        "pending": 0,
        "unchanged": 118,
        "unmanaged": 12,
        "totals": [dict(zip(names, line, strict=True)) for line in totals],
    }
    assert example["complete"]


def test_the_caps_are_used_as_worked_by_hand(example: Any) -> None:
    got = {}
    for customer in example["customers"]:
        meter = customer["cap"]["meters"]["refund"]
        got[customer["name"]] = [meter[key]["amount"] for key in ("consumed", "planned", "remaining")]
    expected = {name: amounts for name, *amounts in (line.split() for line in CAPS.strip().splitlines())}
    untouched = {"fourth-coffee", "litware", "northwind-traders", "proseware", "tailspin-toys", "woodgrove-bank"}
    assert got == expected | {name: ["0.00", "0.00", "50000.00"] for name in untouched}


def test_the_blocked_cancellation_says_what_is_missing_and_when_it_fits(example: Any) -> None:
    (blocked,) = (
        action for customer in example["customers"] for action in customer["actions"] if action["status"] == "blocked"
    )
    assert blocked["blockedBy"] == ["cap.exceeded"]
    assert blocked["shortfall"] == {
        "missing": {"amount": "8647.31", "currency": "USD"},
        "fitsQuantity": 4,
        "fitsOn": "2026-12-04",
    }


def test_without_the_change_nothing_is_to_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PARTNER / "desired", tmp_path / "desired")
    subprocess.run(["git", "apply", "--reverse", str(PARTNER / "change.diff")], cwd=tmp_path, check=True)
    code, found = plan(capsys, tmp_path, monkeypatch)
    assert code == 0
    assert [action for customer in found["customers"] for action in customer["actions"]] == []
    assert found["summary"]["unchanged"] == 138


def test_the_committed_estate_is_what_the_tables_make(tmp_path: Path) -> None:
    made = tmp_path / "estate.json"
    subprocess.run([sys.executable, str(ROOT / "examples" / "make_estate.py"), str(made)], check=True)
    assert made.read_bytes() == (PARTNER / "estate.json").read_bytes()


def test_the_estate_is_as_its_schema_says() -> None:
    schema = json.loads((ROOT / "schemas" / "estate.schema.json").read_text())
    estate = json.loads((PARTNER / "estate.json").read_text())
    assert [error.json_path for error in Draft202012Validator(schema).iter_errors(estate)] == []


@pytest.mark.parametrize(
    ("folder", "said"),
    [(PARTNER, "valid: 12 customers, 138 reservations\n"), (ROOT, "valid: 2 customers, 5 reservations\n")],
)
def test_what_is_shipped_is_valid(
    folder: Path, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert run(["validate"]) == 0
    assert capsys.readouterr().out == said
