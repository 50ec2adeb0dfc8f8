"""The law as this room reads it from a rulebook's own YAML, and what a return is worth by it.

Microsoft's definitions are worked out here a second time, on fractions, from the
rulebook's text and the plan's ``basis`` alone.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, NamedTuple

from reconciler.verify.values import Amount, Node


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

    def bar(self, kind: str, basis: Node) -> str | None:
        """Return the products, if any, that make a reservation not to be cancelled or exchanged."""
        part, name = ("exchanges", "notExchangeable") if kind == "exchange" else ("returns", "notReturnable")
        barred = [item for item in self.book[part][name] if _holds(item, basis.reservedResourceType)]
        bought = basis.purchasedOn.isoformat()
        return next((str(item["name"]) for item in barred if item.get("purchasedAfter", "") < bought), None)


def due(basis: Node, day: date) -> list[int]:
    """Return the places of the instalments that are due by a day and not known to be paid."""
    instalments = enumerate(basis.instalments)
    return [place for place, item in instalments if item.status != "Succeeded" and item.dueOn <= day]


def worth(basis: Node, side: str, part: tuple[int, date], row: dict[str, Any], assumed: int) -> Node:
    """Return the figures of *part*, (units, day), of an order given back, in billing or pricing (*side*).

    The last *assumed* of the instalments that are due count as paid, though nobody has
    read that they are.
    """
    units, day = part
    open_, amounts, span = (
        due(basis, day),
        [item[side] for item in basis.instalments],
        (basis.startsOn, basis.expiresOn),
    )
    taken, zero = {*open_[len(open_) - assumed :]}, Amount(Fraction(0), amounts[0].currency)
    given = [item[side] for place, item in enumerate(basis.instalments) if item.status == "Succeeded" or place in taken]
    share, paid = Fraction(units, basis.originalQuantity), sum(given, zero)
    left, counted = Fraction(1), given
    if row["credit"] != "full":
        if basis.billingPlan == "Monthly":
            counted = given[-1:]
            span = (_months_after(span[0], max(len(given) - 1, 0)), _months_after(span[0], len(given)))
        length = max((span[1] - span[0]).days, 1)
        left = Fraction(min(max((span[1] - day).days, 0), length), length)
    credit = sum(counted, zero).times(left * share)
    return given_back(credit, credit.times(Fraction(row["feeRate"])), (sum(amounts, zero) - paid).times(share))


def given_back(credit: Amount, fee: Amount, dropped: Amount) -> Node:
    """Return the figures that follow from a credit, its fee, and the payments that are not to be made any more."""
    refund, canceled, zero = credit - fee, credit + dropped, credit - credit
    return Node(credit=credit, fee=fee, refund=refund, canceledCommitment=canceled, cashNow=zero - refund)


def _months_after(start: date, months: int) -> date:
    """Return the day that many months after *start*, clamped to its month's length."""
    years, month = divmod(start.month - 1 + months, 12)
    year = min(start.year + years, 9999)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _holds(products: dict[str, Any], resource_type: str) -> bool:
    return any(fnmatchcase(resource_type.lower(), member.lower()) for member in products["members"])
