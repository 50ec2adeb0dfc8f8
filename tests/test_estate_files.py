"""Estate files that are not what they should be: one line, and never a wrong figure."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run

SAMPLE = Path(__file__).parent / "sample"
Change = Callable[[dict[str, Any]], None]


def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change) -> int:
    estate = copy.deepcopy(json.loads((SAMPLE / "estate.json").read_text()))
    change(estate)
    (tmp_path / "estate.json").write_text(json.dumps(estate))
    monkeypatch.chdir(SAMPLE)
    return run(["plan", "--estate", str(tmp_path / "estate.json"), "--at", "2026-11-20", "--format", "json"])


def reservation(key: str, value: Any) -> Change:
    def change(estate: dict[str, Any]) -> None:
        estate["customers"][0]["reservations"][0]["properties"][key] = value

    return change


def order(key: str, value: Any) -> Change:
    def change(estate: dict[str, Any]) -> None:
        estate["customers"][0]["reservationOrders"][0]["properties"][key] = value

    return change


def payment(key: str, value: Any) -> Change:
    def change(estate: dict[str, Any]) -> None:
        plan = estate["customers"][0]["reservationOrders"][0]["properties"]["planInformation"]
        plan["transactions"][0]["billingCurrencyTotal"][key] = value

    return change


def refund(amount: str, currency: str) -> Change:
    def change(estate: dict[str, Any]) -> None:
        estate["customers"][0]["refunds"][0]["refund"] = {"amount": amount, "currency": currency}

    return change


def twice(key: str) -> Change:
    def change(estate: dict[str, Any]) -> None:
        items = estate["customers"] if key == "customers" else estate["customers"][0][key]
        items.append(copy.deepcopy(items[0]))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (reservation("quantity", "2"), "quantity is '2', and must be a whole number"),
        (reservation("quantity", 2.5), "quantity is 2.5"),
        (reservation("quantity", True), "quantity is True"),
        (reservation("quantity", None), "quantity is None"),
        (reservation("quantity", 10**30), "quantity is 1"),
        (reservation("quantity", -1), "quantity is -1"),
        (order("originalQuantity", 0), "originalQuantity is 0"),
        (order("originalQuantity", -2), "originalQuantity is -2"),
        (order("expiryDateTime", "2026-03-02T09:00:00Z"), "its term runs from 2026-03-02 to 2026-03-02"),
        (payment("amount", -7300.0), "amount is -7300.0"),
        (payment("amount", True), "amount is True"),
        (payment("amount", 1e300), "must be from 0 to"),
        (payment("currencyCode", "US"), "currency is 'US'"),
        (refund("-5.00", "USD"), "amount is -5.00"),
        (refund("5.00", "EUR"), "EUR"),
        (refund("many", "USD"), "amount is 'many', and must be a number"),
        (twice("customers"), "a tenantId is there twice"),
        (twice("reservations"), "is there twice"),
        (twice("reservationOrders"), "is there twice"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_planned(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Change,
    message: str,
) -> None:
    code = plan(tmp_path, monkeypatch, change)
    written = capsys.readouterr()
    assert (code, written.out) == (1, "")
    assert written.err.count("\n") == 1
    assert "contoso" in written.err or "estate.json" in written.err
    assert message in written.err


@pytest.mark.parametrize("within", [0, 1])
def test_what_is_nested_deeper_than_anybody_follows_is_no_estate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], within: int
) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    customer = json.dumps({"tenantId": "10000000-0000-0000-0000-000000000001", "reservations": []})
    customers = [deep, customer.replace("[]", deep)][within]
    head = '{"formatVersion": "1.0", "takenAt": "2026-11-20T00:00:00Z", "complete": true, "customers": '
    (tmp_path / "estate.json").write_text(f"{head}[{customers}]}}")
    monkeypatch.chdir(SAMPLE)
    code = run(["plan", "--estate", str(tmp_path / "estate.json"), "--at", "2026-11-20"])
    assert code == 1
    assert capsys.readouterr().err == f"error: {tmp_path}/estate.json: is nested too deeply to be an estate\n"


def test_statuses_are_read_in_any_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(estate: dict[str, Any]) -> None:
        text = json.dumps(estate["customers"]).replace('"status": "Succeeded"', '"status": "succeeded"')
        estate["customers"] = json.loads(text)

    assert plan(tmp_path, monkeypatch, change) == 0
    totals = json.loads(capsys.readouterr().out)["summary"]["totals"]
    assert [row["refund"] for row in totals] == ["8.80", "2295.20"]


@pytest.mark.parametrize(
    ("head", "customer", "code"), [(True, True, 0), (True, False, 7), (False, None, 7), (False, True, 7)]
)
def test_what_is_not_complete_gets_no_action(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    head: bool,
    customer: bool | None,
    code: int,
) -> None:
    def change(estate: dict[str, Any]) -> None:
        estate["complete"] = head
        if customer is not None:
            estate["customers"][0]["complete"] = customer

    assert plan(tmp_path, monkeypatch, change) == code
    planned = json.loads(capsys.readouterr().out)
    assert planned["complete"] == (code == 0)
    assert bool(planned["customers"][0]["actions"]) == (code == 0)
