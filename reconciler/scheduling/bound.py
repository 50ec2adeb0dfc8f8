"""What no schedule can exceed: the cap priced by the day (Lagrange's multipliers), in exact whole numbers.

A unit of room on a day gets a price. Let every candidate take what brings most beyond
the price of the room that it takes, whatever the others do, and add the price of all
room: no schedule brings more (Geoffrion 1974, "Lagrangean relaxation for integer
programming"). That holds for any prices that are not negative; good ones are found
by going down row by row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from reconciler.scheduling.problem import Load, Window

# Prices are multiples of one part in so many; finer ones move no bound by a minor unit.
SCALE = 1 << 24
_HALVINGS, _STRIDES, _FEW_STRIDES, _PATIENCE = 40, 300, 45, 20
# Prices are tried so often at most that so many spans are looked at: seconds, where there are thousands.
_LOOKS, _FEWEST_TRIES = 2_000_000, 120


class Span(NamedTuple):
    """An option for the bound, on any day from ``first`` to ``last``: at least ``use``, at most ``value``."""

    first: int
    last: int
    units: int
    use: int
    value: int


class Group(NamedTuple):
    """A candidate for the bound: its units, its spans, and whether it takes one of them in any case."""

    units: int
    spans: Sequence[Span]
    must: bool = False


class Bound(NamedTuple):
    """Prices and what follows from them, all in minor units times SCALE.

    ``reduced`` is what each span of each group brings beyond its price; ``best`` what each
    group brings at most with 0, 1, ... of its units. ``wavering`` says of each group how often
    which of its spans was best while prices were sought, -1 for none.
    """

    total: int
    reduced: tuple[tuple[int, ...], ...]
    best: tuple[tuple[int, ...], ...]
    prices: tuple[int, ...]
    wavering: tuple[Counter[int], ...]

    @property
    def value(self) -> int:
        """Return the bound in whole minor units."""
        return self.total // SCALE


class _Point(NamedTuple):
    total: int
    slopes: list[int]


def bound_of(
    groups: Sequence[Group], window: Window, rows: Sequence[int], reached: int = 0, near: Bound | None = None
) -> Bound:
    """Return a bound on what *groups* can bring, with prices on the days *rows*, which must be in order.

    ``reached`` is what a schedule is known to bring: no bound can go below it. *near* is the
    bound of nearly the same groups, whose prices are only made a little better.
    """
    relaxation = _Relaxation(groups, window, rows)
    prices = relaxation.better_prices(near, reached * SCALE) if near else relaxation.best_prices(reached * SCALE)
    cumulated = list(accumulate(prices, initial=0))
    reduced = tuple(relaxation.reduced(number, cumulated) for number in range(len(groups)))
    best = tuple(_table(group, values) for group, values in zip(groups, reduced, strict=True))
    total = relaxation.priced(prices) + sum(table[-1] for table in best)
    return Bound(total, reduced, best, tuple(prices), tuple(relaxation.wavering))


class _Relaxation:
    def __init__(self, groups: Sequence[Group], window: Window, rows: Sequence[int]) -> None:
        load = Load(window)
        self._groups = groups
        self.wavering: list[Counter[int]] = [Counter() for _ in groups]
        self._tries = max(_FEWEST_TRIES, _LOOKS // (1 + sum(len(group.spans) for group in groups)))
        # History may be over the cap: that hinders returns, and says nothing against returning nothing.
        self._rooms = [max(0, window.rooms[row] - load.on(row)) for row in rows]
        # Of each span what it brings, what it takes, and the rows that it counts in, wherever in it its day is.
        self._places = [[self._place(span, rows, window.days) for span in group.spans] for group in groups]

    def _place(self, span: Span, rows: Sequence[int], days: int) -> tuple[int, int, int, int]:
        low = bisect_left(rows, span.last)
        return span.value * SCALE, span.use, low, max(low, bisect_left(rows, span.first + days))

    def priced(self, prices: Sequence[int]) -> int:
        """Return the price of all room."""
        return sum(price * room for price, room in zip(prices, self._rooms, strict=True))

    def reduced(self, number: int, cumulated: Sequence[int]) -> tuple[int, ...]:
        """Return what a group's spans bring beyond their prices."""
        return tuple(
            [worth - (cumulated[high] - cumulated[low]) * use for worth, use, low, high in self._places[number]]
        )

    def best_prices(self, reached: int) -> list[int]:
        """Return prices that make the bound low: by strides along all rows, then exactly along each."""
        point, prices = self._by_strides([0] * len(self._rooms), reached, _STRIDES)
        for _ in range(2):
            point, prices = self._by_rows(point, prices)
        return prices

    def better_prices(self, near: Bound, reached: int) -> list[int]:
        """Return prices that are as good as those of *near* or better, by a few strides."""
        return self._by_strides(list(near.prices), reached, _FEW_STRIDES)[1]

    def _at(self, prices: Sequence[int]) -> _Point:
        self._tries -= 1
        cumulated = list(accumulate(prices, initial=0))
        total, changes = self.priced(prices), [0] * (len(prices) + 1)
        for number, group in enumerate(self._groups):
            values = self.reduced(number, cumulated)
            brought, taken = _most(group, values)
            total += brought
            self.wavering[number][taken[0] if taken else -1] += 1
            for place in taken:
                _, use, low, high = self._places[number][place]
                changes[low] += use
                changes[high] -= use
        used = accumulate(changes)
        return _Point(total, [room - use for room, use in zip(self._rooms, used, strict=False)])

    def _by_rows(self, point: _Point, prices: list[int]) -> tuple[_Point, list[int]]:
        for row in reversed(range(len(prices))):
            if self._tries <= 0:
                break
            if point.slopes[row] < 0 or (prices[row] > 0 and point.slopes[row] > 0):
                point, prices = self._along(row, point, prices)
        return point, prices

    def _along(self, row: int, point: _Point, prices: list[int]) -> tuple[_Point, list[int]]:
        """Go to the lowest place along one row, where the tangents of both sides meet."""

        def at(price: int) -> _Point:
            return self._at([*prices[:row], price, *prices[row + 1 :]])

        found = {prices[row]: point}
        low, high = (prices[row], max(2 * prices[row], SCALE)) if point.slopes[row] < 0 else (0, prices[row])
        found.setdefault(low, at(low))
        found.setdefault(high, at(high))
        while found[high].slopes[row] < 0 and high < SCALE << 40:
            low, high = high, 2 * high
            found[high] = at(high)
        for _ in range(_HALVINGS):
            left, right = found[low], found[high]
            if left.slopes[row] >= 0 or right.slopes[row] <= 0:
                break
            fall = right.total - left.total + left.slopes[row] * low - right.slopes[row] * high
            middle = fall // (left.slopes[row] - right.slopes[row])
            if not low < middle < high:
                break
            found[middle] = at(middle)
            low, high = (middle, high) if found[middle].slopes[row] < 0 else (low, middle)
        price = min(found, key=lambda item: (found[item].total, item))
        return found[price], [*prices[:row], price, *prices[row + 1 :]]

    def _by_strides(self, prices: list[int], reached: int, most: int) -> tuple[_Point, list[int]]:
        """Go down along all rows at once (Polyak 1969), with a part of the last stride; without success, by half."""
        pull = [0] * len(self._rooms)
        point = best = self._at(prices)
        kept, halved, since = prices, 0, 0
        for number in range(min(most, self._tries * 3 // 4)):
            if number == most // 3:
                self.wavering = [Counter() for _ in self._groups]
            # A price of nothing cannot fall: room that nobody wants must not shorten the strides.
            slopes = [slope if slope < 0 or price else 0 for price, slope in zip(prices, point.slopes, strict=True)]
            pull = [slope + last * 4 // 5 for slope, last in zip(slopes, pull, strict=True)]
            length, stride = sum(item * item for item in pull), (point.total - reached) >> halved
            if not length or stride <= 0:
                break
            prices = [max(0, price - stride * item // length) for price, item in zip(prices, pull, strict=True)]
            point, since = self._at(prices), since + 1
            if point.total < best.total:
                best, kept, since = point, prices, 0
            elif since == _PATIENCE:
                halved, since = halved + 1, 0
        return best, kept


def _most(group: Group, values: Sequence[int]) -> tuple[int, list[int]]:
    """Return the most that a group brings, and the places of the spans that do."""
    if not values:
        return 0, []
    if all(2 * span.units > group.units for span in group.spans):
        value = max(values)
        return (value, [values.index(value)]) if value > 0 or group.must else (0, [])
    table, taken = _filled(group, values)
    places, left = [], group.units
    while left > 0:
        place = taken[left]
        if place is not None:
            places.append(place)
        left -= group.spans[place].units if place is not None else 1
    return table[-1], places


def _table(group: Group, values: Sequence[int]) -> tuple[int, ...]:
    if group.spans and all(span.units == group.units for span in group.spans):
        return (0,) * group.units + (max(values) if group.must else max(0, *values),)
    return tuple(_filled(group, values)[0])


def _filled(group: Group, values: Sequence[int]) -> tuple[list[int], list[int | None]]:
    """Return the most by the number of units at hand, and the place of a span that is in it.

    A day may be used twice here, which a schedule may not: a bound may be too high.
    """
    leading: dict[int, int] = {}
    for place, span in enumerate(group.spans):
        if span.units not in leading or values[place] > values[leading[span.units]]:
            leading[span.units] = place
    table: list[int] = [0]
    taken: list[int | None] = [None]
    for units in range(1, group.units + 1):
        most, by = table[units - 1], None
        for size, place in leading.items():
            if size <= units and values[place] + table[units - size] > most:
                most, by = values[place] + table[units - size], place
        table.append(most)
        taken.append(by)
    return table, taken
