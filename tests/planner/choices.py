"""Made-up choices under the cap, and the best of each by going through all there are."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from reconciler.planner.choice import Option

Candidates = list[list[Option]]
BASES = ("refund", "commitment")
NOTHING = Option(0, 0, 0)


def best_of_all(candidates: Sequence[Sequence[Option]], room: int) -> tuple[int, tuple[int, ...]]:
    """Return the value and the units of the best of all choices, more units of earlier candidates first.

    Nothing is ever cut off but what takes more than the room and what cannot become the
    best even if all the rest came whole: the plainest search there is.
    """
    if room < 0:
        return 0, (0,) * len(candidates)
    ordered = [sorted({NOTHING, *options}, reverse=True) for options in candidates]
    rest = [0]
    for options in reversed(ordered):
        rest.append(rest[-1] + max(option.brings for option in options))
    rest.reverse()
    best: tuple[int, tuple[int, ...]] = (-1, ())

    def go_on(units: tuple[int, ...], takes: int, brings: int) -> None:
        nonlocal best
        place = len(units)
        if takes > room or brings + rest[place] <= best[0]:
            return
        if place == len(ordered):
            best = (brings, units)
            return
        for option in ordered[place]:
            go_on((*units, option.units), takes + option.takes, brings + option.brings)

    go_on((), 0, 0)
    return best


def totals(candidates: Sequence[Sequence[Option]], units: Sequence[int]) -> tuple[int, int]:
    """Return what *units* take and bring."""
    chosen = [
        next(option for option in (NOTHING, *options) if option.units == count)
        for options, count in zip(candidates, units, strict=True)
    ]
    return sum(option.takes for option in chosen), sum(option.brings for option in chosen)


def returns(random: Random, count: int, basis: str, *, partial: bool, most: int) -> Candidates:
    """Return candidates as the rules make them: rounded, upfront or by the month, with a fee or without.

    A quantity's figures are rounded by themselves: those of 3 units are not 3 times those of one.
    """
    fee = random.choice((0, 12))
    made = []
    for _ in range(count):
        units = random.randint(1, 4) if partial else 1
        each = random.randint(0, most * 7)
        dropped = 0 if random.random() < 0.4 else each * random.randint(1, 35)
        several = range(1, units + 1) if random.random() < 0.6 else (units,)
        made.append([_option(number, (each, dropped), fee, basis) for number in several])
    return made


def _option(units: int, sevenths: tuple[int, int], fee: int, basis: str) -> Option:
    credit, dropped = ((2 * amount * units + 7) // 14 for amount in sevenths)
    refund = credit - (2 * fee * credit + 100) // 200
    return Option(units, refund if basis == "refund" else credit + dropped, refund)


def instance(seed: int, largest: int) -> tuple[Candidates, int]:
    """Return a made-up choice of up to *largest* candidates, and its room, which holds anything from nothing to all."""
    random = Random(seed)
    basis, partial = BASES[seed % 2], seed % 4 >= 2
    count = random.randint(0, largest)
    candidates = returns(random, count, basis, partial=partial, most=random.choice((2, 12, 100, 50_000)))
    everything = sum(max(option.takes for option in options) for options in candidates)
    return candidates, random.randint(-1, everything)
