"""Money: an exact amount in one currency."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import msgspec

from reconciler.errors import CurrencyMismatch

# ISO 4217, list one: currencies whose minor unit is not a hundredth.
_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_TEXT = re.compile(r"(-?\d{1,15}(?:\.\d{1,6})?) ([A-Z]{3})", re.ASCII)


def minor_units(currency: str) -> int:
    """Return how many decimals *currency* is paid in (ISO 4217)."""
    return _MINOR_UNITS.get(currency, 2)


def round_half_up(amount: Decimal | Fraction | int, decimals: int) -> Decimal:
    """Return *amount* rounded half up (away from zero) to *decimals* places, exactly.

    A Fraction is never divided before it is rounded, so a tie is seen as a tie.
    """
    if isinstance(amount, Decimal):
        return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    scaled = abs(Fraction(amount)) * 10**decimals
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(units if amount >= 0 else -units).scaleb(-decimals)


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in a currency; JSON ``{"amount": "1234.56", "currency": "USD"}``.

    Arithmetic between two currencies raises CurrencyMismatch.
    """

    amount: Decimal
    currency: str

    @classmethod
    def rounded(cls, amount: Decimal | Fraction | int, currency: str) -> Money:
        """Return *amount* in *currency*, rounded half up to its minor unit."""
        return cls(round_half_up(amount, minor_units(currency)), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Return nothing, in *currency*, written with its decimals."""
        return cls.rounded(0, currency)

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read ``"1234.56 USD"``; ValueError says what is wrong with it."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f'{text!r} is not money; write it like "1234.56 USD"')
        amount, currency = Decimal(match[1]), match[2]
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > minor_units(currency):
            raise ValueError(f"{text!r} has more decimals than {currency} is paid in")
        return cls.rounded(amount, currency)

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(Decimal(0) - self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are in different currencies")
        return other.amount


def minor(money: Money) -> int:
    """Return *money* in its currency's minor units; a finer amount is not whole: ValueError."""
    units = money.amount.scaleb(minor_units(money.currency))
    if units != units.to_integral_value():
        raise ValueError(f"{money} is finer than {money.currency} is paid in")
    return int(units)


def from_minor(units: int, currency: str) -> Money:
    """Return a number of *currency*'s minor units as money."""
    return Money(Decimal(units).scaleb(-minor_units(currency)), currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Return the sum of *amounts*, all of which must be in *currency*."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result
