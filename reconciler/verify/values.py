"""What a plan is made of here: objects, exact amounts, and the comparison of both with what they must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

# The code of a finding, what is compared, what stands in the plan, and what must stand there.
Check = tuple[str, str, Any, Any]
# ISO 4217, list one: how many decimals a currency is paid in, where it is not two.
_DECIMALS = {0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF", 3: "BHD IQD JOD KWD LYD OMR TND"}


class Node(dict[str, Any]):
    """An object of a plan; its keys are attributes too."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


@dataclass(frozen=True)
class Amount:
    """Money, exactly. What comes of two currencies is in none, and equals nothing in a plan."""

    amount: Fraction
    currency: str

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.amount + other.amount, self.currency if self.currency == other.currency else "none")

    def __sub__(self, other: Amount) -> Amount:
        return self + Amount(-other.amount, other.currency)

    def __le__(self, other: Amount) -> bool:
        return self.currency == other.currency and self.amount <= other.amount

    def __str__(self) -> str:
        return f"{_digits(self.amount, self.decimals)} {self.currency}"

    @property
    def decimals(self) -> int:
        """Return how many decimals its currency is paid in."""
        return next((count for count, names in _DECIMALS.items() if self.currency in names.split()), 2)

    def times(self, factor: Fraction) -> Amount:
        """Return a part of it, rounded half up, away from zero, to the minor unit."""
        exact = self.amount * factor * 10**self.decimals
        units = floor(abs(exact) + Fraction(1, 2))
        return Amount(Fraction(units if exact >= 0 else -units, 10**self.decimals), self.currency)


def compared(got: Any, must: Any, code: str, name: str = "") -> Iterator[Check]:
    """Compare key by key of *must*, down to each figure; what else *got* has says nothing here."""
    if isinstance(got, dict) and isinstance(must, dict):
        for key, value in must.items():
            told = "verify.fee" if key == "feeRate" else code
            yield from compared(got.get(key), value, told, f"{name}.{key}" if name else key)
    elif isinstance(got, list) and isinstance(must, list) and len(got) == len(must):
        for place, value in enumerate(must):
            yield from compared(got[place], value, code, f"{name}.{place}")
    else:
        yield code, name, got, must


def shown(value: Any) -> str:
    """Return a value for people."""
    if isinstance(value, dict | list | tuple | set):
        return " ".join(map(shown, value.values() if isinstance(value, dict) else value)) or "nothing"
    if isinstance(value, Fraction):
        return _digits(value, 2)
    return "nothing" if value is None else str(value)


def _digits(value: Fraction, decimals: int) -> str:
    exact = value * 10**decimals
    number = Decimal(f"{exact}E-{decimals}") if exact.denominator == 1 else Decimal(value.numerator) / value.denominator
    return f"{number:f}"
