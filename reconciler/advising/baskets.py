"""The cheapest purchases from the catalog that commit to at least a floor. Exact, in minor units."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce
from math import gcd

import msgspec

from reconciler.model.advice import Basket, Offer
from reconciler.model.current import Price
from reconciler.model.money import Money, minor_units

# Sums are bits of one number; so many bits are moved at most, in all: a second or two.
BUDGET = 1 << 32


class Found(msgspec.Struct, frozen=True):
    """How many of each price, what they make together, and the least that anything could."""

    counts: dict[int, int]
    total: int
    least: int


def cheapest_basket(prices: Sequence[Price], floor: Money, budget: int = BUDGET) -> Basket | None:
    """Return the cheapest basket of *prices*, all in the floor's currency; None where there is nothing to buy.

    Of baskets that cost the same, one of few and dear things is taken; of things that
    cost the same, the first by type, name, region and term.
    """
    places = max(_places(item) for item in (floor, *(price.price for price in prices)))
    listed = sorted((item for item in prices if item.price.amount > 0), key=_order, reverse=True)
    offers = {_units(item.price, places): item for item in listed}
    if not offers:
        return None
    found = least_cover(list(offers), max(_units(floor, places), 1), budget)
    return Basket(
        floor=floor,
        offers=tuple(_offer(offers[price], count) for price, count in sorted(found.counts.items(), reverse=True)),
        price=_money(found.total, places, floor.currency),
        lower_bound=_money(found.least, places, floor.currency),
        optimal=found.total == found.least,
    )


def least_cover(prices: Sequence[int], floor: int, budget: int = BUDGET) -> Found:
    """Return the counts of *prices* whose sum is the least that is *floor* or more.

    No sum beyond the cheapest basket of one price alone need be looked at. All sums up to
    there that the prices seen so far can make are the bits of one number, and adding a
    price 1, 2, 4, ... times at once makes all of its multiples. The first price with which
    the floor itself is met ends the search.
    """
    unit = reduce(gcd, prices)
    rest, best, single = -(-floor // unit), *_single([price // unit for price in prices], -(-floor // unit))
    reached, seen = 1, []
    for price in sorted((price // unit for price in prices), reverse=True):
        spent = best * (best // price).bit_length()
        if best == rest or spent > budget:
            break
        budget -= spent
        seen.append(price)
        reached = _with(reached, price, best)
        best = min(best, _first(reached, rest, best))
    counts = _parts(reached, seen, best) if reached >> best & 1 else {single: best // single}
    done = best == rest or len(seen) == len(prices)
    return Found({price * unit: count for price, count in counts.items()}, best * unit, (best if done else rest) * unit)


def _single(prices: Sequence[int], rest: int) -> tuple[int, int]:
    """Return the sum of the cheapest basket of one price alone, and that price, the dearest such."""
    total, negative = min((-(-rest // price) * price, -price) for price in prices)
    return total, -negative


def _with(reached: int, price: int, most: int) -> int:
    """Return the sums up to *most* that any number of *price* more makes of those that are *reached*."""
    mask = (2 << most) - 1
    step = price
    while step <= most:
        reached |= reached << step & mask
        step *= 2
    return reached


def _first(reached: int, lowest: int, otherwise: int) -> int:
    """Return the least sum that is reached from *lowest* on."""
    above = reached >> lowest
    return lowest + (above & -above).bit_length() - 1 if above else otherwise


def _parts(reached: int, prices: Sequence[int], rest: int) -> dict[int, int]:
    """Return how many of each price make just *rest*, taking the dearest that can be taken first."""
    # A number of millions of bits is slow to look into, bit by bit; its bytes are not.
    sums = reached.to_bytes(reached.bit_length() // 8 + 1, "little")
    counts: dict[int, int] = {}
    while rest:
        price = next(item for item in prices if item <= rest and sums[rest - item >> 3] >> (rest - item & 7) & 1)
        counts[price] = counts.get(price, 0) + 1
        rest -= price
    return counts


def _order(price: Price) -> tuple[str, str, str, str]:
    return price.resource_type, price.sku, price.location, price.term


def _offer(price: Price, quantity: int) -> Offer:
    return Offer(
        reserved_resource_type=price.resource_type,
        sku=price.sku,
        location=price.location,
        term=price.term,
        quantity=quantity,
        price=Money(price.price.amount * quantity, price.price.currency),
    )


def _places(money: Money) -> int:
    """Return how many decimals *money* has, at least those that its currency is paid in."""
    exponent = money.amount.normalize().as_tuple().exponent
    return max(minor_units(money.currency), -exponent if isinstance(exponent, int) else 0)


def _units(money: Money, places: int) -> int:
    return int(money.amount.scaleb(places))


def _money(units: int, places: int, currency: str) -> Money:
    return Money(Decimal(units).scaleb(-places), currency)
