"""The days of returns whose pieces are known, where a later day loses just what it leaves to others: to the cent.

On the first days of their pieces returns bring most, and may take too much. Each day of
waiting takes less, and loses the same; a division into parts may leave some cents more or
less to others than it loses, as each part is rounded. What is wanted is the smallest loss
that suffices on every day. All sums of losses that can be reached are the bits of one number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from reconciler.scheduling.greedy import Lots
from reconciler.scheduling.problem import Candidate, Choice, Load, Option, Window, holds, value_of

# Larger sums of losses are not looked at.
_MOST_LOST = 1 << 16
# So many ways to lose the same are tried where returns of a later window do not fit beside the first one.
_TRACES = 200

# All losses, as bits, by what is left to others beyond them.
Losses = Mapping[int, int]


class Filled(NamedTuple):
    """Choices that bring more than was reached, if any were found, and what none exceeds, if that is known."""

    choices: list[Choice] | None
    bound: int | None


def filled(candidates: Sequence[Candidate], window: Window, rows: Sequence[int], reached: int) -> Filled:
    """Return the best days of *candidates*, each of whose options are one piece and whose units all go back.

    Returns of the first window are given their days first: those of later ones do not change what they
    can bring. Beside some of the days by which they lose the same there may be too little room for later ones.
    """
    if not all(map(_steady, candidates)):
        return Filled(None, None)
    dearest = sum(item.units * _dearest(item) for item in candidates)
    if dearest <= reached:
        return Filled(None, dearest)
    items = [_Item(item, min(dearest - reached, _MOST_LOST)) for item in candidates]
    if not all(item.losses for item in items):
        return Filled(None, None)
    most = sum(item.most for item in items)
    if most <= reached:
        return Filled(None, most)
    # Every item has all its losses up to that.
    spared = min(most - reached, _MOST_LOST - max(item.less for item in items)) - 1
    if spared < 0:
        return Filled(None, None)
    periods = _periods(items, window, rows)
    first = _least_losses(periods[0], Load(window), spared)
    # What stands in later windows can only lose more.
    bound = most - (spared + 1 if first is None else first.lost) if periods[0].number == 0 else None
    best: list[Choice] | None = None
    for lots in (None, *[Lots()] * _TRACES):
        if first is None:
            break
        choices = _chosen(items, window, periods, first, lots)
        if choices and value_of(choices) > reached and holds(choices, window):
            best, reached = choices, value_of(choices)
        if reached == bound or len(periods) == 1:
            break
    return Filled(best, bound)


def _periods(items: Sequence[_Item], window: Window, rows: Sequence[int]) -> list[_Period]:
    found = []
    for number in sorted({item.day // window.days for item in items}):
        places = [place for place, item in enumerate(items) if item.day // window.days == number]
        places.sort(key=lambda place: items[place].day)
        own = [items[place] for place in places]
        found.append(_Period(number, places, own, [row for row in rows if row // window.days == number]))
    return found


def _chosen(
    items: Sequence[_Item], window: Window, periods: Sequence[_Period], first: _Reached, lots: Lots | None
) -> list[Choice] | None:
    """Return days by which those of the first window lose least, then those of the next beside them."""
    found: dict[int, Choice] = {}
    load = Load(window)
    for period in periods:
        reach = first if period is periods[0] else _least_losses(period, load, _MOST_LOST)
        if reach is None:
            return None
        for place, (loss, beyond) in zip(period.places, _traced(period.items, reach, lots), strict=True):
            found[place] = items[place].choice(loss, beyond)
            load.put(found[place])
    return [found[place] for place in range(len(items))]


def _steady(candidate: Candidate) -> bool:
    """Say whether a later day loses what it leaves to others, and nothing else."""
    beyond: dict[int, int] = {}
    return all(beyond.setdefault(o.units, o.value - o.use) == o.value - o.use for o in candidate.options)


def _dearest(candidate: Candidate) -> int:
    """Return what a unit brings at most."""
    return max((-(-option.value // option.units) for option in candidate.options), default=0)


class _Item:
    """A return: the most that it brings, and what all days and divisions lose against that.

    ``use`` is what the dearest takes if it leaves nothing beyond its loss. No losses are
    looked for that are more than *most* below what the dearest unit would bring.
    """

    def __init__(self, candidate: Candidate, most: int) -> None:
        self._days = [list(own) for _, own in groupby(candidate.options, key=lambda option: option.day)]
        self._units, self._unit = candidate.units, _dearest(candidate)
        within = (1 << (most + 1)) - 1
        # By day: all sums of what is less than the dearest unit would bring, by the number of units and what is beyond.
        self._sums: list[list[dict[int, int]]] = [[{0: 1}, *({} for _ in range(candidate.units))]]
        for options in self._days:
            self._sums.append(self._with_one(self._sums[-1], options, within))
        sums = _undominated({beyond: bits for beyond, bits in self._sums[-1][-1].items() if bits})
        self.less = min(map(_lowest, sums.values()), default=0)
        self._beyond = min(sums, default=0)
        self.losses: Losses = {beyond - self._beyond: bits >> self.less for beyond, bits in sums.items()}
        self.day = min((option.day for option in candidate.options), default=0)
        self.most = self._units * self._unit - self.less
        self.use = self.most - self._beyond

    def _with_one(
        self, before: Sequence[dict[int, int]], options: Sequence[Option], within: int
    ) -> list[dict[int, int]]:
        after = [dict(sums) for sums in before]
        for option in options:
            for have in range(self._units - option.units + 1):
                sums = after[have + option.units]
                for beyond, bits in before[have].items():
                    beyond += option.value - option.use
                    sums[beyond] = sums.get(beyond, 0) | bits << self._lost(option) & within
        return after

    def _lost(self, option: Option) -> int:
        return option.units * self._unit - option.value

    def choice(self, loss: int, beyond: int) -> Choice:
        """Return the days and parts of a loss with what is beyond it, the earliest that have it."""
        left, beyond, units, taken = loss + self.less, beyond + self._beyond, self._units, list[Option]()
        for options, before in zip(reversed(self._days), self._sums[-2::-1], strict=True):
            if before[units].get(beyond, 0) >> left & 1:
                continue
            for option in options:
                rest, other = left - self._lost(option), beyond - option.value + option.use
                if option.units <= units and rest >= 0 and before[units - option.units].get(other, 0) >> rest & 1:
                    left, beyond, units = rest, other, units - option.units
                    taken.append(option)
                    break
        return tuple(reversed(taken))


class _Period(NamedTuple):
    """The returns of one window, in the order of their days: their numbers, and the rows of that window."""

    number: int
    places: Sequence[int]
    items: Sequence[_Item]
    rows: Sequence[int]


class _Reached(NamedTuple):
    """The smallest sum of losses and what is left beyond it; ``before`` are all sums before each return."""

    lost: int
    beyond: int
    before: Sequence[Losses]


def _least_losses(period: _Period, load: Load, most: int) -> _Reached | None:
    """Return where all lose least, so that there is room on each row; None if they cannot or lose more than *most*."""
    within, taken = (1 << (most + 1)) - 1, 0
    reach: Losses = {0: 1}
    before: list[Losses] = []
    for row in period.rows:
        for item in period.items[len(before) :]:
            if item.day > row:
                break
            before.append(reach)
            reach, taken = _sums(reach, item.losses, within), taken + item.use
        over = taken + load.on(row) - load.room(row)
        if before:
            needed = {beyond: max(0, over - beyond) for beyond in reach}
            reach = {beyond: bits >> needed[beyond] << needed[beyond] for beyond, bits in reach.items()}
    reach = {beyond: bits for beyond, bits in reach.items() if bits}
    if not reach or len(before) < len(period.items):
        return None
    loss, beyond = min((_lowest(bits), beyond) for beyond, bits in reach.items())
    return _Reached(loss, beyond, before)


def _sums(left: Losses, right: Losses, within: int) -> Losses:
    """Return all sums of one of each."""
    found: dict[int, int] = {}
    for one, many in left.items():
        for other, few in right.items():
            few, many_ = sorted((few, many), key=int.bit_count)
            bits = 0
            for place in _bits(few):
                bits |= many_ << place
            found[one + other] = found.get(one + other, 0) | bits & within
    return _undominated(found)


def _undominated(losses: Losses) -> dict[int, int]:
    """Return losses without those that leave less than others which lose the same."""
    found, seen = {}, 0
    for beyond in sorted(losses, reverse=True):
        if bits := losses[beyond] & ~seen:
            found[beyond] = bits
        seen |= losses[beyond]
    return found


def _lowest(number: int) -> int:
    return (number & -number).bit_length() - 1


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def _traced(items: Sequence[_Item], reached: _Reached, lots: Lots | None) -> list[tuple[int, int]]:
    """Return the loss of each item in a sum, and what it leaves beyond that; which of many sums is drawn by *lots*."""
    found, total, beyond = [], reached.lost, reached.beyond
    for item, reach in zip(reversed(items), reversed(reached.before), strict=True):
        parts = [
            (loss, more)
            for more, losses in item.losses.items()
            for loss in _bits(losses & ((2 << total) - 1))
            if reach.get(beyond - more, 0) >> (total - loss) & 1
        ]
        part = parts[lots.below(len(parts)) if lots else 0]
        found.append(part)
        total, beyond = total - part[0], beyond - part[1]
    return found[::-1]
