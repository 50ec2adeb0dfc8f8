"""The law as this room reads it from a rulebook's own YAML, and what a return is worth by it.

Microsoft's definitions are worked out here a second time, on fractions, from the
rulebook's text and the plan's ``basis`` alone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from reconciler.model.plan import Basis, Figures

# ISO 4217, list one: how many decimals a currency is paid in, where it is not two.
_DECIMALS = {0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF", 3: "BHD IQD JOD KWD LYD OMR TND"}


class Worth(NamedTuple):
    """What a return is worth in one currency."""

    credit: Fraction
    fee: Fraction
    dropped: Fraction


class Law(NamedTuple):
    """A rulebook that its schema accepts, and the SHA-256 of its file."""

    book: dict[str, Any]
    digest: str

    def row(self, age: int, used: bool | None) -> dict[str, Any]:
        """Return the row of the table of returns for an age in days; unknown usage counts as used."""
        rows = self.book["returns"]["table"]
        rows = [row for row in rows if row["days"].get("moreThan", age - 1) < age <= row["days"].get("atMost", age)]
        return next(dict(row) for row in rows if row.get("used", used is not False) == (used is not False))

    def family(self, resource_type: str) -> str:
        """Return the product family that an exchange must stay in."""
        families = self.book["exchanges"]["families"]
        return next((item["name"] for item in families if _holds(item, resource_type)), resource_type.lower())

    def bar(self, kind: str, basis: Basis) -> str | None:
        """Return the products, if any, that make a reservation not to be cancelled or exchanged."""
        place = ("exchanges", "notExchangeable") if kind == "exchange" else ("returns", "notReturnable")
        barred = [item for item in self.book[place[0]][place[1]] if _holds(item, basis.reserved_resource_type)]
        bought = basis.purchased_on.isoformat()
        return next((str(item["name"]) for item in barred if item.get("purchasedAfter", "") < bought), None)


def basis_of(figures: Figures) -> Basis | None:
    """Return what figures rest on, if they rest on payments at all."""
    basis = figures.basis
    known = basis is not None and basis.instalments and all(item.billing for item in basis.instalments)
    return basis if known and basis is not None and basis.original_quantity > 0 else None


def unit_of(currency: str) -> int:
    """Return how many minor units make one of a currency."""
    decimals = next((count for count, names in _DECIMALS.items() if currency in names.split()), 2)
    return int(10**decimals)


def rounded(value: Fraction, currency: str) -> Fraction:
    """Return *value* rounded half up, away from zero, to the currency's minor unit."""
    whole = floor(abs(value) * unit_of(currency) + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, unit_of(currency))


def total(values: Iterable[Any]) -> Fraction:
    """Return the exact sum of numbers."""
    return sum(map(Fraction, values), Fraction(0))


def due(basis: Basis, day: date) -> list[int]:
    """Return the places of the instalments that are due by a day and not known to be paid."""
    instalments = enumerate(basis.instalments)
    return [place for place, item in instalments if item.status != "Succeeded" and item.due_on <= day]


def worth(basis: Basis, side: str, part: tuple[int, date], row: dict[str, Any], assumed: int) -> Worth:
    """Return what *part*, (units, day), of an order is worth in billing or pricing (*side*).

    The last *assumed* of the instalments that are due count as paid, though nobody has
    read that they are.
    """
    units, day = part
    open_ = due(basis, day)
    taken, amounts = set(open_[len(open_) - assumed :]), [getattr(item, side) for item in basis.instalments]
    paid = [item.status == "Succeeded" or place in taken for place, item in enumerate(basis.instalments)]
    given = [Fraction(item.amount) for item, done in zip(amounts, paid, strict=True) if done]
    later = total(item.amount for item, done in zip(amounts, paid, strict=True) if not done)
    credit, span = total(given), (basis.starts_on, basis.expires_on)
    if row["credit"] != "full" and basis.billing_plan == "Monthly":
        credit = total(given[-1:])
        span = (_months_after(span[0], max(len(given) - 1, 0)), _months_after(span[0], len(given)))
    if row["credit"] != "full":
        length = max((span[1] - span[0]).days, 1)
        credit *= Fraction(min(max((span[1] - day).days, 0), length), length)
    share, currency = Fraction(units, basis.original_quantity), amounts[0].currency
    credit = rounded(credit * share, currency)
    fee = rounded(Fraction(row["feeRate"]) * credit, currency)
    return Worth(credit, fee, rounded(later * share, currency))


def _months_after(start: date, months: int) -> date:
    """Return the day that many months after *start*, clamped to its month's length."""
    years, month = divmod(start.month - 1 + months, 12)
    year = min(start.year + years, 9999)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _holds(products: dict[str, Any], resource_type: str) -> bool:
    return any(fnmatchcase(resource_type.lower(), member.lower()) for member in products["members"])
