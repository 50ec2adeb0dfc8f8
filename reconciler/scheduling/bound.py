"""What no schedule can exceed: the cap priced by the day (Lagrange's multipliers), in exact whole numbers.

A unit of room on a day gets a price. Let every candidate take what brings most beyond
the price of the room that it takes, whatever the others do, and add the price of all
room: no schedule brings more (Geoffrion 1974, "Lagrangean relaxation for integer
programming"). That holds for any prices that are not negative, wherever they are from.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from reconciler.scheduling.problem import Load, Window

# Prices are multiples of one part in so many; finer ones move no bound by a minor unit.
SCALE = 1 << 36

# How many portions at least and at most are returned in the places up to one; by place.
Gates = Mapping[int, tuple[int, int]]
_IMPOSSIBLE = -(1 << 100)


class Span(NamedTuple):
    """An option for the bound, on any day from ``first`` to ``last``: at least ``use``, at most ``value``."""

    first: int
    last: int
    units: int
    use: int
    value: int


class Group(NamedTuple):
    """A candidate for the bound: its units, its spans by their first days, whether it takes one in any case.

    Its spans stand in places: those of one first day in one.
    """

    units: int
    spans: Sequence[Span]
    must: bool = False

    @property
    def whole(self) -> bool:
        """Say whether all units go at once."""
        return all(span.units == self.units for span in self.spans)

    @property
    def portions(self) -> int:
        """Return into how many parts it can be divided at most."""
        return 1 if self.whole else self.units

    def places(self) -> list[int]:
        """Return each span's place."""
        ranks = {first: rank for rank, first in enumerate(sorted({span.first for span in self.spans}))}
        return [ranks[span.first] for span in self.spans]


class Bound(NamedTuple):
    """Prices and what follows from them, all in minor units times SCALE.

    ``reduced`` is what each span of each group brings beyond its price; ``best`` what each
    group brings at most with 0, 1, ... of its units.
    """

    total: int
    reduced: tuple[tuple[int, ...], ...]
    best: tuple[tuple[int, ...], ...]

    @property
    def value(self) -> int:
        """Return the bound in whole minor units."""
        return self.total // SCALE


class Relaxation:
    """Groups under a window whose room has a price on the days *rows*, which must be in order."""

    def __init__(self, groups: Sequence[Group], window: Window, rows: Sequence[int]) -> None:
        load = Load(window)
        self.groups = groups
        # History may be over the cap: that hinders returns, and says nothing against returning nothing.
        self.rooms = [max(0, window.rooms[row] - load.on(row)) for row in rows]
        # Of each span what it brings, what it takes, and the rows that it counts in, wherever in it its day is.
        self.spans = [[_placed(span, rows, window.days) for span in group.spans] for group in groups]
        self.places = [group.places() for group in groups]
        self._whole = [group.whole for group in groups]

    def bound(self, prices: Sequence[int]) -> Bound:
        """Return the bound by *prices*, one a row, times SCALE."""
        cumulated = list(accumulate(prices, initial=0))
        reduced = tuple(tuple(self._reduced(number, cumulated)) for number in range(len(self.groups)))
        best = tuple(_table(group, values) for group, values in zip(self.groups, reduced, strict=True))
        return Bound(self._priced(prices) + sum(table[-1] for table in best), reduced, best)

    def total(self, prices: Sequence[int], gates: Mapping[int, Gates]) -> int:
        """Return the bound of those schedules alone that keep to *gates*, by group; times SCALE."""
        cumulated = list(accumulate(prices, initial=0))
        found = self._priced(prices)
        for number, group in enumerate(self.groups):
            values = self._reduced(number, cumulated)
            if number in gates:
                found += self._gated(number, values, gates[number])
            elif self._whole[number]:
                found += max(0, *values) if values else 0
            else:
                found += _filled([0] * (group.units + 1), _leading(self._sizes(number), values))[-1]
        return found

    def _priced(self, prices: Sequence[int]) -> int:
        return sum(price * room for price, room in zip(prices, self.rooms, strict=True))

    def _reduced(self, number: int, cumulated: Sequence[int]) -> list[int]:
        return [worth - (cumulated[high] - cumulated[low]) * use for worth, use, low, high in self.spans[number]]

    def _sizes(self, number: int) -> list[int]:
        return (
            [1] * len(self.places[number])
            if self._whole[number]
            else [span.units for span in self.groups[number].spans]
        )

    def _gated(self, number: int, values: Sequence[int], gates: Gates) -> int:
        """Return what a group brings at most: of so many portions, from one gate to the next."""
        portions, sizes, places = self.groups[number].portions, self._sizes(number), self.places[number]
        table, done = [0] + [_IMPOSSIBLE] * portions, 0
        for gate in (*sorted(gates), len(places)):
            until = bisect_right(places, gate)
            table = _filled(table, _leading(sizes[done:until], values[done:until]))
            least, most = gates.get(gate, (0, portions))
            table = [value if least <= count <= most else _IMPOSSIBLE for count, value in enumerate(table)]
            done = until
        return max(table)


def _placed(span: Span, rows: Sequence[int], days: int) -> tuple[int, int, int, int]:
    low = bisect_left(rows, span.last)
    return span.value * SCALE, span.use, low, max(low, bisect_left(rows, span.first + days))


def _leading(sizes: Sequence[int], values: Sequence[int]) -> dict[int, int]:
    """Return the most that spans of each size bring."""
    leading: dict[int, int] = {}
    for size, value in zip(sizes, values, strict=True):
        if value > leading.get(size, _IMPOSSIBLE):
            leading[size] = value
    return leading


def _filled(table: list[int], leading: Mapping[int, int]) -> list[int]:
    """Return the most by the number of units, where more of the leading spans may be added to what *table* has.

    A day may be used twice here, which a schedule may not: a bound may be too high.
    """
    table = list(table)
    for units in range(1, len(table)):
        for size, value in leading.items():
            if size <= units and value + table[units - size] > table[units]:
                table[units] = value + table[units - size]
    return table


def _table(group: Group, values: Sequence[int]) -> tuple[int, ...]:
    """Return the most that a group brings with 0, 1, ... of its units; a day is used once, longer spans many times."""
    if group.spans and group.whole:
        return (0,) * group.units + (max(values) if group.must else max(0, *values),)
    table = [0] * (group.units + 1)
    for (first, last), own in groupby(zip(group.spans, values, strict=True), key=lambda item: item[0][:2]):
        gains = {span.units: value for span, value in own if value > 0}
        table = _with_one(table, gains) if first == last else _filled(table, gains)
    return tuple(accumulate(table, max))


def _with_one(table: list[int], gains: Mapping[int, int]) -> list[int]:
    """Return the most by the number of units, where one of *gains* may be added to what *table* has."""
    return [
        max(table[units], *(table[units - size] + value for size, value in gains.items() if size <= units), 0)
        for units in range(len(table))
    ]
