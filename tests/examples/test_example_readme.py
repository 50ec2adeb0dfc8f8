"""The arithmetic of the example's README, worked out again and held against the plan."""

from __future__ import annotations

import ast
import json
import operator
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import run

PARTNER = Path(__file__).parents[2] / "examples" / "contoso-partner"
ROW = re.compile(r"\| (?:`([^`/]+/[^`]+)`)? *\| `([A-Za-z.]+)` \| ([-+x/.0-9 ]+) \| ([0-9.]+) ([A-Z]{3}) \|")
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Give address, figure, arithmetic, result and currency of each row."""
    address = ""
    for found in ROW.finditer((PARTNER / "README.md").read_text()):
        address = found[1] or address
        yield address, found[2], found[3], found[4], found[5]


def worked_out(text: str) -> str:
    """Return the exact result of an arithmetic text, rounded half up to the cent."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        return Fraction(ast.unparse(node))

    # Every number exactly as it is written: 12.10 is no float here.
    exact = value(ast.parse(text.replace("x", "*"), mode="eval").body)
    return str((Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_every_figure_by_hand_is_the_plans(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PARTNER)
    run(["plan", "--estate", "estate.json", "--at", "2026-11-20T09:00:00Z", "--format", "json"])
    plan: dict[str, Any] = json.loads(capsys.readouterr().out)
    money = {action["address"]: action["money"] for item in plan["customers"] for action in item["actions"]}
    by_hand, planned = [], []
    for address, figure, arithmetic, result, currency in rows():
        found = money[address]
        for part in figure.split("."):
            found = found[part]
        by_hand.append((address, figure, worked_out(arithmetic), currency))
        planned.append((address, figure, found["amount"], found["currency"]))
        assert worked_out(arithmetic) == result, f"{address} {figure}: {arithmetic}"
    assert by_hand == planned
    assert len({address for address, *_ in by_hand}) == 4
    assert len(by_hand) == 17


def test_the_readme_shows_the_end_of_the_plan(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PARTNER)
    run(["plan", "--estate", "estate.json", "--at", "2026-11-20T09:00:00Z"])
    ending = re.search(r"```\n(Plan: .*\n.*\n)```", (PARTNER / "README.md").read_text())
    assert ending and ending[1] in capsys.readouterr().out
