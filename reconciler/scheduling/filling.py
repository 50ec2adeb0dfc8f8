"""The days of returns whose pieces are known, where a later day loses just what it leaves to others: to the cent.

On the first days of their pieces returns bring most, and may take too much. Each day of
waiting takes less, and loses the same: what is wanted is the smallest loss that suffices on
every day. All sums of losses that can be reached are the bits of one number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from reconciler.scheduling.problem import Candidate, Choice, Load, Option, Window, holds, value_of

# Larger sums of losses are not looked at.
_MOST_LOST = 1 << 16
_IMPOSSIBLE = -(1 << 60)


class Filled(NamedTuple):
    """Choices that bring more than was reached, if any were found, and what none exceeds, if that is known."""

    choices: list[Choice] | None
    bound: int | None


def filled(candidates: Sequence[Candidate], window: Window, rows: Sequence[int], reached: int) -> Filled:
    """Return the best days of *candidates*, each of whose options are one piece and go back in any case.

    Returns of the first window are given their days first: those of later ones do not change what they
    can bring, but may find too little room then.
    """
    firsts = [_first(item) for item in candidates]
    most = sum(option.value for option in firsts if option)
    spared = min(most - reached - 1, _MOST_LOST)
    if spared < 0 or None in firsts:
        return Filled(None, None)
    items = [_Item(candidate, first, spared) for candidate, first in zip(candidates, firsts, strict=True) if first]
    gained, told = sum(item.gain for item in items), all(item.told for item in items)
    found: dict[int, Choice] = {}
    load, bound = Load(window), None
    for period in sorted({item.first.day // window.days for item in items}):
        places = [place for place, item in enumerate(items) if item.first.day // window.days == period]
        own = [items[place] for place in sorted(places, key=lambda place: items[place].first.day)]
        days = [row for row in rows if row // window.days == period]
        if period == 0 and told:
            # What stands in later windows can only lose more.
            least = _least_losses(own, load, days, (spared, gained))
            bound = most - (spared + 1 if least is None else sum(least))
        lost = _least_losses(own, load, days, (spared, 0))
        if lost is None:
            return Filled(None, bound)
        spared -= sum(lost)
        for place, loss in zip(sorted(places, key=lambda place: items[place].first.day), lost, strict=True):
            found[place] = items[place].choice(loss)
            load.put(found[place])
    choices = [found[place] for place in range(len(items))]
    return Filled(choices if value_of(choices) > reached and holds(choices, window) else None, bound)


def _first(candidate: Candidate) -> Option | None:
    """Return what brings most; None where something else than what a later day loses is left to others."""
    beyond: dict[int, int] = {}
    for option in candidate.options:
        if beyond.setdefault(option.units, option.value - option.use) != option.value - option.use:
            return None
    whole = [option for option in candidate.options if option.units == candidate.units]
    return max(whole, key=lambda option: (option.value, -option.day)) if whole else None


class _Item:
    """A return: its best day, and what all other days and divisions lose against that; no more than *most*.

    ``gain`` is what a division into parts may leave to others beyond what it loses, as each part is rounded;
    not ``told`` are divisions that bring more than the best day.
    """

    def __init__(self, candidate: Candidate, first: Option, most: int) -> None:
        self.first, self._units = first, candidate.units
        self._days = [list(own) for _, own in groupby(candidate.options, key=lambda option: option.day)]
        self._unit = max(-(-option.value // option.units) for option in candidate.options)
        self._offset = candidate.units * self._unit - first.value
        within = (1 << (self._offset + most + 1)) - 1
        # By day and by number of units: all sums of what they bring less than the dearest unit would.
        self._sums = [[1] + [0] * candidate.units]
        for options in self._days:
            before, after = self._sums[-1], list(self._sums[-1])
            for option in options:
                for have in range(candidate.units - option.units + 1):
                    after[have + option.units] |= before[have] << self._less(option) & within
            self._sums.append(after)
        self.losses = self._sums[-1][-1] >> self._offset
        self.told = not self._sums[-1][-1] & ((1 << self._offset) - 1)
        self.gain = _gain(candidate)

    def _less(self, option: Option) -> int:
        return option.units * self._unit - option.value

    def choice(self, loss: int) -> Choice:
        """Return the days and parts of a loss, the earliest that have it."""
        left, units, taken = loss + self._offset, self._units, []
        for options, before in zip(reversed(self._days), self._sums[-2::-1], strict=True):
            if before[units] >> left & 1:
                continue
            for option in options:
                rest = left - self._less(option)
                if option.units <= units and rest >= 0 and before[units - option.units] >> rest & 1:
                    left, units = rest, units - option.units
                    taken.append(option)
                    break
        return tuple(reversed(taken))


def _gain(candidate: Candidate) -> int:
    beyond = {option.units: option.value - option.use for option in candidate.options}
    most = [0] + [_IMPOSSIBLE] * candidate.units
    for units in range(1, candidate.units + 1):
        sums = (most[units - size] + more for size, more in beyond.items() if size <= units)
        most[units] = max(sums, default=_IMPOSSIBLE)
    return most[-1] - beyond[candidate.units]


def _least_losses(items: Sequence[_Item], load: Load, rows: Sequence[int], limits: tuple[int, int]) -> list[int] | None:
    """Return what each loses where all lose least, so that there is room on each of *rows*; None if they cannot.

    At most so much may be lost, and so much room is left beyond what is lost.
    """
    most, beyond = limits
    within, reach, taken = (1 << (most + 1)) - 1, 1, 0
    before: list[int] = []
    for row in rows:
        for item in items[len(before) :]:
            if item.first.day > row:
                break
            before.append(reach)
            reach, taken = _sums(reach, item.losses) & within, taken + item.first.use
        over = taken + load.on(row) - load.room(row) - beyond
        if over > 0 and before:
            reach = reach >> over << over
    if not reach or len(before) < len(items):
        return None
    return _traced(items, before, (reach & -reach).bit_length() - 1)


def _sums(left: int, right: int) -> int:
    """Return all sums of one of each."""
    few, many = sorted((left, right), key=int.bit_count)
    found = 0
    for place in _bits(few):
        found |= many << place
    return found


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def _traced(items: Sequence[_Item], before: Sequence[int], total: int) -> list[int]:
    """Return the loss of each item in a sum."""
    found = []
    for item, reach in zip(reversed(items), reversed(before), strict=True):
        loss = next(loss for loss in _bits(item.losses) if loss <= total and reach >> (total - loss) & 1)
        found.append(loss)
        total -= loss
    return found[::-1]
