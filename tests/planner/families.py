"""Choices that are known to be hard for one method or another, and some as customers have them.

All amounts are cents, and the room is the whole cap, 50,000.00 USD. The classes are those of
Pisinger, "Where are the hard knapsack problems?" (2005), in the sizes of refunds.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from reconciler.planner.choice import Option

ROOM = 5_000_000
Family = Callable[[Random, int], list[Option]]


def _one(takes: int, brings: int) -> list[Option]:
    return [Option(1, takes, brings)]


def _less_fee(credit: int) -> int:
    return credit - (12 * credit + 50) // 100


def _uncorrelated(random: Random, _: int) -> list[Option]:
    return _one(random.randint(1, ROOM // 5), random.randint(1, ROOM // 5))


def _weakly_correlated(random: Random, _: int) -> list[Option]:
    takes = random.randint(1, ROOM // 5)
    return _one(takes, max(1, takes - random.randint(0, ROOM // 50)))


def _strongly_correlated(random: Random, _: int) -> list[Option]:
    takes = random.randint(1, ROOM // 5)
    return _one(takes, takes + 20_000)


def _inversely_correlated(random: Random, _: int) -> list[Option]:
    brings = random.randint(1, ROOM // 5)
    return _one(brings + 20_000, brings)


def _sums(random: Random, _: int) -> list[Option]:
    amount = random.randint(1, ROOM)
    return _one(amount, amount)


def _sums_that_never_fill(random: Random, _: int) -> list[Option]:
    # Threes: 5,000,000 cents are no multiple of them, so that the room cannot be filled.
    amount = 3 * random.randint(1, ROOM // 30)
    return _one(amount, amount)


def _equal_ratio(random: Random, _: int) -> list[Option]:
    brings = random.randint(1, ROOM // 500)
    return _one(100 * brings, brings)


def _third_rounded(random: Random, _: int) -> list[Option]:
    takes = random.randint(1, ROOM // 5)
    return _one(takes, (2 * takes + 3) // 6)


def _fee_and_commitment(random: Random, _: int) -> list[Option]:
    credit = random.randint(1, ROOM // 10)
    return _one(credit, _less_fee(credit))


def _parts_with_fee(random: Random, _: int) -> list[Option]:
    credit = random.randint(100, ROOM // 40)
    shares = [(units, (2 * credit * units + 7) // 14) for units in range(1, random.randint(2, 20) + 1)]
    return [Option(units, share, _less_fee(share)) for units, share in shares]


def _monthly_alike(random: Random, _: int) -> list[Option]:
    # Bought on one day: 9 of 30 days of this month are left, and 24 instalments.
    instalment = random.randint(100, ROOM // 100)
    credit = (18 * instalment + 30) // 60
    return _one(credit + 24 * instalment, credit)


def _monthly(random: Random, _: int) -> list[Option]:
    instalment, days = random.randint(100, ROOM // 100), random.randint(0, 30)
    credit = (2 * days * instalment + 30) // 60
    return _one(credit + random.randint(0, 35) * instalment, credit)


def _upfront_and_monthly(random: Random, place: int) -> list[Option]:
    if place % 2:
        return _monthly(random, place)
    amount = random.randint(1000, ROOM // 5)
    return _one(amount, amount)


def _parts_of_both(random: Random, place: int) -> list[Option]:
    unit, dropped, days = random.randint(100, ROOM // 40), random.randint(0, 35) * (place % 2), random.randint(1, 7)
    made = []
    for units in range(1, random.randint(2, 20) + 1):
        credit = (2 * unit * days * units + 49) // 98
        made.append(Option(units, credit + (2 * unit * dropped * units + 7) // 14, credit))
    return made


FAMILIES: dict[str, Family] = {
    "uncorrelated": _uncorrelated,
    "weakly correlated": _weakly_correlated,
    "strongly correlated": _strongly_correlated,
    "inversely correlated": _inversely_correlated,
    "sums": _sums,
    "sums that never fill": _sums_that_never_fill,
    "equal ratio": _equal_ratio,
    "a third, rounded": _third_rounded,
    "fee, by commitment": _fee_and_commitment,
    "parts, fee, by commitment": _parts_with_fee,
    "monthly, one day": _monthly_alike,
    "monthly": _monthly,
    "upfront and monthly": _upfront_and_monthly,
    "parts of both": _parts_of_both,
}


def family(name: str, count: int, seed: int) -> list[list[Option]]:
    """Return that many candidates of a family."""
    random = Random(f"{name}/{count}/{seed}")
    return [FAMILIES[name](random, place) for place in range(count)]
