"""Reservations drawn by lot whose every return can be tried; figures are worked out here, by hand's arithmetic.

An order of 10 units' worth of room is near its end, or has a floor that only few days reach, so
that all days and quantities can be enumerated. None of the product's rules is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

from tests.planner.holdings import Held, monthly, upfront
from tests.planner.world import entry

AT = date(2026, 11, 22)
CENT = Decimal("0.01")


class Law(NamedTuple):
    """What a rulebook of the tests says: fee in percent, cap in cents, its window and basis."""

    fee: int
    limit: int
    window: int
    basis: str


class Return(NamedTuple):
    """Units on a day, in cents: what comes back, what the cap counts, what is kept by it."""

    day: date
    units: int
    refund: int
    use: int
    kept: int


class Offer(NamedTuple):
    """One reservation to give back, and what the file says of it."""

    number: int
    plan: str
    total: int
    units: int
    starts: date
    expires: date
    floor: int
    not_before: date | None
    partial: bool

    def held(self) -> Held:
        """Return it in Azure's bodies."""
        if self.plan == "Upfront":
            dates = {"bought": str(self.starts), "expires": str(self.expires)}
            return upfront(self.number, _usd(self.total), quantity=self.units, **dates)
        paid = sum(self.due(k) <= AT for k in range(12))
        dates = {"bought": str(self.starts), "expires": str(self.expires)}
        return monthly(self.number, _usd(self.total), paid=paid, count=12, quantity=self.units, **dates)

    def wanted(self) -> str:
        """Return its entry of YAML."""
        block = [f"minRefund: {_usd(self.floor)!r}"] if self.floor else []
        block += [f'notBefore: "{self.not_before}"'] if self.not_before else []
        block += ["partial: true"] if self.partial else []
        text = ", ".join(["reason: gone", *block]).replace("'", '"')
        return entry(f"r{self.number}", self.number, "state: cancelled", f"cancel: {{{text}}}")

    def due(self, k: int) -> date:
        """Return the day of instalment *k*; days above 28 are never drawn."""
        year, month = divmod(self.starts.month - 1 + k, 12)
        return date(self.starts.year + year, month + 1, self.starts.day)

    def returns(self, law: Law) -> Iterator[Return]:
        """Give every return that is allowed and worth something, each day and quantity."""
        day = max(AT, self.not_before or AT)
        while day < self.expires:
            for units in range(1 if self.partial else self.units, self.units + 1):
                found = self._on(day, units, law)
                if found.refund >= self.floor and found.kept > 0:
                    yield found
            day += timedelta(days=1)

    def _on(self, day: date, units: int, law: Law) -> Return:
        share = Fraction(units, self.units)
        if self.plan == "Upfront":
            unpaid = Fraction(0)
            left = Fraction((self.expires - day).days, (self.expires - self.starts).days)
        else:
            paid = sum(self.due(k) <= day for k in range(12))
            unpaid = Fraction(self.total * (12 - paid))
            begins, ends = self.due(paid - 1), self.due(paid)
            left = Fraction((ends - day).days, (ends - begins).days)
        credit = _rounded(self.total * share * left)
        fee, dropped = _rounded(Fraction(law.fee * credit, 100)), _rounded(unpaid * share)
        use = credit - fee if law.basis == "refund" else credit + dropped
        return Return(day, units, credit - fee, use, credit - fee + dropped)


def drawn(seed: int) -> tuple[Law, list[Offer], list[dict[str, Any]]]:
    """Return a law, offers, and refunds whose room comes back in the days looked at."""
    lots = Random(seed)
    basis = lots.choice(["refund", "commitment"])
    law = Law(lots.choice([0, 12]), lots.randint(2_000, 9_000), lots.choice([2, 4, 365]), basis)
    refunds = [_refund(lots, law) for _ in range(lots.randint(0, 2))]
    return law, [_offer(lots, number) for number in range(1, lots.randint(2, 4))], refunds


def _offer(lots: Random, number: int) -> Offer:
    ends, units = AT + timedelta(days=lots.randint(2, 6)), lots.choice([1, 1, 2, 3])
    not_before = AT + timedelta(days=lots.randint(0, 3)) if lots.random() < 0.2 else None
    partial = lots.random() < 0.5
    if lots.random() < 0.5:
        total = lots.randint(200_000, 900_000)  # 5.48 to 24.66 USD a day
        return Offer(number, "Upfront", total, units, _year_before(ends), ends, 0, not_before, partial)
    # Two instalments are to come; only the first days of each month reach the floor of 90 %, less the fee.
    starts = date(2025, 12, lots.randint(20, 26)) + timedelta(days=31)
    each = lots.randint(1_000, 6_000)
    floor = each * lots.randint(78, 86) // 100
    return Offer(number, "Monthly", each, units, starts, starts.replace(year=2027), floor, not_before, partial)


def _refund(lots: Random, law: Law) -> dict[str, Any]:
    on = AT - timedelta(days=law.window - lots.randint(1, min(5, law.window)))
    money = {"amount": str(Decimal(lots.randint(500, law.limit)) * CENT), "currency": "USD"}
    return {"on": str(on), "reservationId": None, "refund": money, "canceledCommitment": money, "exchange": False}


def best_of_all(law: Law, offers: Sequence[Offer], refunds: Sequence[dict[str, Any]]) -> int:
    """Return the most that is kept by any days and quantities under the cap, all of them tried."""
    past = [(date.fromisoformat(item["on"]), int(Decimal(item["refund"]["amount"]) / CENT)) for item in refunds]
    every = [list(offer.returns(law)) for offer in offers]

    def going_on(number: int, chosen: list[Return]) -> int:
        if not holds(law, past, chosen):
            return -1
        if number == len(offers):
            return sum(item.kept for item in chosen)
        choices = _choices(every[number], offers[number].units, date.min)
        return max(going_on(number + 1, [*chosen, *choice]) for choice in choices)

    return max(0, going_on(0, []))


def holds(law: Law, past: Sequence[tuple[date, int]], chosen: Sequence[Return]) -> bool:
    """Say whether the cap holds on each day of a return."""
    entries = [*past, *((item.day, item.use) for item in chosen)]
    window = timedelta(days=law.window)
    return all(sum(use for on, use in entries if on <= item.day < on + window) <= law.limit for item in chosen)


def _choices(returns: Sequence[Return], left: int, after: date) -> Iterator[tuple[Return, ...]]:
    yield ()
    for item in returns:
        if item.day > after and item.units <= left:
            for more in _choices(returns, left - item.units, item.day):
                yield (item, *more)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1)


def _usd(cents: int) -> str:
    return f"{Decimal(cents) * CENT} USD"


def _rounded(amount: Fraction) -> int:
    return int((Decimal(amount.numerator) / amount.denominator).quantize(Decimal(1), ROUND_HALF_UP))
