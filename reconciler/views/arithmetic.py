"""Arithmetic as an accountant writes it: every line can be keyed into a calculator."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec

from reconciler.model.money import Money
from reconciler.views.wording import counted

_DECIMALS = 6


class Expression(msgspec.Struct, frozen=True):
    """A sum or product in writing, and its exact value; *loose* ones need brackets to be multiplied."""

    text: str
    value: Fraction
    loose: bool = False

    def times(self, factor: int | Decimal) -> Expression:
        """Return this multiplied."""
        return Expression(f"{self._tight()} x {_written(factor)}", self.value * Fraction(factor))

    def over(self, divisor: int) -> Expression:
        """Return this divided."""
        return Expression(f"{self._tight()} / {_written(divisor)}", self.value / divisor)

    def plus(self, other: Expression) -> Expression:
        """Return the sum."""
        return Expression(f"{self.text} + {other.text}", self.value + other.value, loose=True)

    def minus(self, other: Expression) -> Expression:
        """Return the difference."""
        return Expression(f"{self.text} - {other._tight()}", self.value - other.value, loose=True)

    def _tight(self) -> str:
        return f"({self.text})" if self.loose else self.text


class Calculation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of arithmetic.

    ``exact`` is the value of ``expression`` before rounding: whole, or cut after six
    decimals and marked ``...``. ``result`` is the figure itself, a sum or days; None
    where nothing is rounded on the way to the next line.
    """

    expression: str
    exact: str
    result: Money | int | None

    def __str__(self) -> str:
        if self.result is None:
            return f"{self.expression} = {self.exact}"
        result = counted(self.result, "day") if isinstance(self.result, int) else str(self.result)
        if self.exact == result.partition(" ")[0]:
            return f"{self.expression} = {result}"
        return f"{self.expression} = {self.exact}, rounded half up to {result}"


def number(amount: Money | Decimal | int) -> Expression:
    """Return one number to begin with."""
    bare = amount.amount if isinstance(amount, Money) else amount
    return Expression(_written(bare), Fraction(bare))


def of_money(expression: Expression, result: Money) -> Calculation:
    """Return how *result* follows from *expression*."""
    same = expression.value == Fraction(result.amount)
    exact = _written(result.amount) if same else _exact(expression.value)
    return Calculation(expression=expression.text, exact=exact, result=result)


def unrounded(expression: Expression, currency: str) -> Calculation:
    """Return a value on the way to a figure, which is not rounded."""
    coins = Money.rounded(expression.value, currency)
    return msgspec.structs.replace(of_money(expression, coins), result=None)


def of_days(expression: str, result: int) -> Calculation:
    """Return how a number of days follows from two dates."""
    return Calculation(expression=expression, exact=_written(result), result=result)


def percent(rate: Decimal) -> str:
    """Return a rate as people say it: ``12 %``."""
    return f"{(rate * 100).normalize():f} %"


def _written(value: int | Decimal) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,f}"


def _exact(value: Fraction) -> str:
    """Return a value in full where six decimals hold it, else cut after them and marked."""
    scaled = abs(value) * 10**_DECIMALS
    whole = Decimal(scaled.numerator // scaled.denominator).scaleb(-_DECIMALS)
    sign = "-" if value < 0 else ""
    if scaled.denominator == 1:
        text = f"{whole:,f}".rstrip("0").rstrip(".")
        return f"{sign}{text}"
    return f"{sign}{whole:,f}..."
