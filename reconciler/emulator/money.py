"""Exact money: decimals and fractions inside, JSON numbers only at the edge."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

# ISO 4217 currencies in which Azure bills whose minor unit is not a hundredth.
_MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3}


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in a currency; not rounded unless ``rounded`` made it."""

    amount: Fraction
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + other.amount, _same(self, other))

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - other.amount, _same(self, other))

    def __mul__(self, factor: Fraction | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    def rounded(self) -> "Money":
        """Return the amount rounded half up to the currency's minor unit."""
        unit = 10 ** minor_digits(self.currency)
        return Money(Fraction((abs(self.amount) * unit * 2 + 1) // 2, unit) * self._sign(), self.currency)

    def price(self) -> dict[str, Any]:
        """Return Azure's form: a currency code and a JSON number."""
        return {"currencyCode": self.currency, "amount": float(self._decimal())}

    def record(self) -> dict[str, str]:
        """Return the estate's form: an amount as text, and a currency."""
        return {"amount": f"{self._decimal():f}", "currency": self.currency}

    def __str__(self) -> str:
        return f"{self._decimal():f} {self.currency}"

    def _sign(self) -> int:
        return -1 if self.amount < 0 else 1

    def _decimal(self) -> Decimal:
        digits = minor_digits(self.currency)
        return Decimal(int(self.rounded().amount * 10**digits)).scaleb(-digits)


def minor_digits(currency: str) -> int:
    """Return how many decimals the currency's smallest coin has."""
    return _MINOR_DIGITS.get(currency.upper(), 2)


def zero(currency: str) -> Money:
    """Return no money at all."""
    return Money(Fraction(0), currency)


def total(amounts: list[Money], currency: str) -> Money:
    """Return the sum; *currency* is that of an empty one."""
    return sum(amounts, zero(currency))


def from_price(price: dict[str, Any]) -> Money:
    """Read Azure's ``{"currencyCode", "amount"}``; the number counts as it is written."""
    return Money(Fraction(str(price["amount"])), price["currencyCode"])


def from_record(record: dict[str, str]) -> Money:
    """Read the estate's ``{"amount": "12.34", "currency": "USD"}``.

    Errors: ValueError if the amount is not a decimal.
    """
    return from_text(f"{record['amount']} {record['currency']}")


def from_text(text: str) -> Money:
    """Read ``"50000.00 USD"``.

    Errors: ValueError if *text* is not an amount and a currency.
    """
    amount, _, currency = text.partition(" ")
    if not re.fullmatch(r"-?\d+(\.\d+)? [A-Z]{3}", text, re.ASCII):
        raise ValueError(f"{text!r} is not an amount and a currency such as '50000.00 USD'")
    return Money(Fraction(amount), currency)


def _same(one: Money, other: Money) -> str:
    if one.currency != other.currency:
        raise ValueError(f"{one.currency} and {other.currency} cannot be added")
    return one.currency
