"""Which returns together bring the most of what the cap still holds. Exact, in minor units."""

from __future__ import annotations

from collections.abc import Sequence

# What a return takes from the cap, and what it brings.
Load = tuple[int, int]


def best_subset(loads: Sequence[Load], room: int) -> list[int]:
    """Return the places in *loads* that bring most and take at most *room* together.

    Among equals, those that stand earlier win. Where every return takes just what it
    brings, all sums that can be reached are the bits of one number; where it does not,
    only the sums that no cheaper or richer one beats are kept (Nemhauser and Ullmann).
    """
    if room < 0:
        return []
    fitting = [place for place, (takes, _) in enumerate(loads) if takes <= room]
    equal = [place for place in fitting if loads[place][0] == loads[place][1]]
    other = [place for place in fitting if loads[place][0] != loads[place][1]]
    reachable = _reachable([loads[place][0] for place in equal], room)
    count = len(loads)
    best = -1
    for taken, key in _frontier([(place, loads[place]) for place in other], room, count):
        rest = (reachable[0] & ((2 << (room - taken)) - 1)).bit_length() - 1
        whole = key + (rest << count)
        if whole >> count >= best >> count:
            best = max(best, whole + _marks(loads, equal, reachable, rest))
    return [place for place in range(count) if best >> (count - 1 - place) & 1]


def _reachable(amounts: Sequence[int], room: int) -> list[int]:
    """Return, for each place, the sums up to *room* that those from there on can make, as bits."""
    limit = (2 << room) - 1
    sums = [1]
    for amount in reversed(amounts):
        sums.append((sums[-1] | sums[-1] << amount) & limit)
    return sums[::-1]


def _marks(loads: Sequence[Load], places: Sequence[int], reachable: Sequence[int], left: int) -> int:
    """Return the marks of those that make just *left* together, the earliest that can."""
    marks = 0
    for number, place in enumerate(places):
        amount = loads[place][0]
        if amount <= left and reachable[number + 1] >> (left - amount) & 1:
            left -= amount
            marks |= 1 << (len(loads) - 1 - place)
    return marks


def _frontier(placed: Sequence[tuple[int, Load]], room: int, count: int) -> list[tuple[int, int]]:
    """Return the choices that nothing beats: what each takes, and its key.

    A key is what the choice brings, followed by a mark for each place, the first one
    highest: of two that bring the same, the one with earlier places is greater.
    """
    choices = [(0, 0)]
    for place, (takes, brings) in placed:
        key = (brings << count) + (1 << (count - 1 - place))
        more = [(taken + takes, known + key) for taken, known in choices if taken + takes <= room]
        highest, kept = -1, []
        for choice in sorted((*choices, *more), key=lambda item: (item[0], -item[1])):
            if choice[1] > highest:
                highest = choice[1]
                kept.append(choice)
        choices = kept
    return choices
