"""The choice with the cap relaxed to a price: what no choice exceeds, and what each option loses by it.

At a price of ``rise / run`` for each unit of the cap, every candidate has an option that
is worth most. What all of them are worth, and the price of the room, is a bound; an
option that is worth less lowers it by its loss (Lagrange; for the multiple-choice
knapsack: Sinha and Zoltners 1979, Pisinger 1995). All of it is multiplied by ``run``,
so that it is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from reconciler.planner.choice.options import Option, hull

# The least loss for each unit of the cap that a candidate takes more, or less, than its
# best option; None where it cannot.
Rates = tuple[Fraction | None, Fraction | None]


class Relaxation(NamedTuple):
    """A price, the best option of each candidate at it, and what they are worth together.

    ``worth`` has the room and the filling with it.
    ``filling`` is how much of the room those may take that bring what they take, any
    part of it. ``target`` is what the others may take where they are worth most; beyond
    it, ``width`` more of the room is filled at no loss.
    """

    rise: int
    run: int
    best: tuple[Option, ...]
    worth_of_best: int
    worth: int
    target: int
    width: int
    filling: int

    def loss(self, best: Option, option: Option) -> int:
        """Return how much less an option is worth than the best one of its candidate."""
        return self.run * (best.brings - option.brings) - self.rise * (best.takes - option.takes)

    def rates(self, best: Option, options: Sequence[Option]) -> Rates:
        """Return the least losses for each unit that an option takes more and less than *best*."""
        losses = [(option.takes - best.takes, self.loss(best, option)) for option in options]
        more = [Fraction(loss, takes) for takes, loss in losses if takes > 0]
        less = [Fraction(loss, -takes) for takes, loss in losses if takes < 0]
        return min(more, default=None), min(less, default=None)

    @property
    def last_rates(self) -> Rates:
        """Return the same for what stands at the end: the filling, and room left over."""
        gap = self.rise - self.run
        over = min(self.rise, gap) if self.filling and gap > 0 else self.rise
        return Fraction(over), Fraction(-gap) if self.filling and gap < 0 else None


def least(rates: Rates) -> Fraction:
    """Return the lower one of a candidate's rates, of which it has one at least."""
    return min(rate for rate in rates if rate is not None)


def lower(one: Rates, other: Rates) -> Rates:
    """Return the lower of two rates, each way."""
    more, less = (
        min((rate for rate in pair if rate is not None), default=None) for pair in zip(one, other, strict=True)
    )
    return more, less


def relax(candidates: Sequence[Sequence[Option]], room: int, filling: int) -> Relaxation:
    """Return the relaxation at the price at which the room is just used up."""
    rise, run = _price(candidates, room, filling)
    best = tuple(
        max(options, key=lambda item: (run * item.brings - rise * item.takes, -item.takes)) for options in candidates
    )
    filled = filling if rise < run else 0
    worth_of_best = sum(run * item.brings - rise * item.takes for item in best)
    return Relaxation(
        rise=rise,
        run=run,
        best=best,
        worth_of_best=worth_of_best,
        worth=worth_of_best + rise * room + (run - rise) * filled,
        target=room - filled,
        width=filling if rise == run else 0,
        filling=filling,
    )


def _price(candidates: Sequence[Sequence[Option]], room: int, filling: int) -> tuple[int, int]:
    """Return what one more unit of the cap brings, as a fraction, where whatever brings most is taken first."""
    steps = [(filling, filling)] if filling else []
    left = room
    for options in candidates:
        path = hull(options)
        left -= path[0].takes
        steps += [(b.brings - a.brings, b.takes - a.takes) for a, b in pairwise(path)]
    # Any price gives a bound: that it is compared by floats can only make it a little weaker.
    for rise, run in sorted(steps, key=lambda step: (-step[0] / step[1], step)):
        left -= run
        if left < 0:
            return rise, run
    return 0, 1
