"""Reads arithmetic back from what is shown, with no code of the program."""

from __future__ import annotations

import ast
import operator
import re
from datetime import date
from fractions import Fraction
from typing import Any

_OPERATORS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ROW = re.compile(r"  \S.*?  +(?P<text>[\d(].* = .*)", re.M)
_AFTER = re.compile(r"( \(.*\))?( \[\d+\])?$")
_LINE = re.compile(
    r"(?P<left>[\d,.x/()+ -]+) = (?P<exact>-?[\d,.]*\d)(?P<cut>\.\.\.)?(?: [A-Z]{3})?"
    r"(?:, rounded half up to (?P<rounded>[\d,.]+) [A-Z]{3})?"
)


def evaluated(expression: str) -> Fraction:
    """Return the exact value of an expression as it is shown."""
    bare = expression.replace(",", "").replace(" x ", " * ")
    # Every number as a Fraction of its own text: a float would not be exact.
    return _value(ast.parse(re.sub(r"[\d.]+", lambda match: f"'{match[0]}'", bare), mode="eval").body)


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.BinOp):
        result: Fraction = _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
        return result
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand)
    assert isinstance(node, ast.Constant)
    return Fraction(node.value)


def half_up(value: Fraction, decimals: int) -> Fraction:
    """Return *value* rounded half up, away from zero."""
    scaled = abs(value) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**decimals)


def require_true(step: dict[str, Any]) -> None:
    """Fail unless the arithmetic of a step, as JSON has it, gives its own result."""
    calculation = step["calculation"]
    expression, exact, result = calculation["expression"], calculation["exact"], calculation["result"]
    if isinstance(result, int):
        first, _, second = expression.partition(" - ")
        assert (date.fromisoformat(first) - date.fromisoformat(second)).days == result
        assert exact == f"{result:,}"
        return
    value = evaluated(expression)
    shown = Fraction(exact.removesuffix("...").replace(",", ""))
    if exact.endswith("..."):
        assert 0 < abs(value) - abs(shown) < Fraction(1, 10**6), step
    else:
        assert value == shown, step
    if result is not None:
        decimals = len(result["amount"].partition(".")[2])
        assert half_up(value, decimals) == Fraction(result["amount"]), step


def require_line_true(text: str) -> None:
    """Fail unless a line of arithmetic, as a person reads it, is right."""
    match = _LINE.fullmatch(text)
    assert match, text
    value, shown = evaluated(match["left"]), Fraction(match["exact"].replace(",", ""))
    assert 0 < abs(value) - abs(shown) < Fraction(1, 10**6) if match["cut"] else value == shown, text
    if match["rounded"]:
        amount = match["rounded"].replace(",", "")
        assert half_up(value, len(amount.partition(".")[2])) == Fraction(amount), text


def lines_of(text: str) -> list[str]:
    """Return the lines of arithmetic in an explanation as it is printed; those about days are left out."""
    unwrapped = re.sub(r"\n {8,}", " ", text)
    rows = (_AFTER.sub("", match["text"]) for match in _ROW.finditer(unwrapped))
    return [row for row in rows if not re.match(r"\d{4}-\d\d-\d\d", row)]
