"""Returns that take just what they bring: every sum that they can make, as the bits of one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd, isqrt

from reconciler.planner.choice.options import Option

_WORD = 64


class Sums:
    """The sums up to *room* that *candidates* can make, and those that each one and all after it can.

    A sum is counted in the greatest common divisor of all amounts. The sets of bits are
    kept for one candidate in a block; the others are made again when they are asked for.
    """

    def __init__(self, candidates: Sequence[Sequence[Option]], room: int) -> None:
        self.candidates = candidates
        self.unit = gcd(*(option.takes for options in candidates for option in options)) or 1
        self._limit = (2 << room // self.unit) - 1
        self._block = isqrt(len(candidates)) + 1
        self._kept: dict[int, int] = {}
        bits = 1
        for place in range(len(candidates), -1, -1):
            bits = self._with(place, bits) if place < len(candidates) else bits
            if place % self._block == 0 or place == len(candidates):
                self._kept[place] = bits
        self._all = _bytes(bits)
        self.largest = (bits.bit_length() - 1) * self.unit

    def most(self, room: int) -> int:
        """Return the largest sum that is at most *room*, which is not negative."""
        end = min(room // self.unit, len(self._all) * 8 - 1) + 1
        width = 8 * _WORD
        while True:
            # A window that grows downwards: where sums are dense the first one has a bit.
            start = max(0, end // 8 - width)
            bits = int.from_bytes(self._all[start : end // 8 + 1], "little") & ((1 << end - 8 * start) - 1)
            if bits or not start:
                return (8 * start + bits.bit_length() - 1) * self.unit
            width *= 8

    def suffixes(self) -> Iterator[bytes]:
        """Give for each candidate the sums that those after it can make, as bits."""
        count = len(self.candidates)
        for start in range(0, count, self._block):
            end = min(start + self._block, count)
            sets = [self._kept[end]]
            for place in range(end - 1, start, -1):
                sets.append(self._with(place, sets[-1]))
            yield from map(_bytes, reversed(sets))

    def holds(self, bits: bytes, amount: int) -> bool:
        """Say whether *amount* is among the sums of *bits*."""
        place, rest = divmod(amount, self.unit)
        return not rest and 0 <= place < 8 * len(bits) and bool(bits[place >> 3] >> (place & 7) & 1)

    def _with(self, place: int, bits: int) -> int:
        made = 0
        for option in self.candidates[place]:
            made |= bits << option.takes // self.unit
        return made & self._limit


def _bytes(bits: int) -> bytes:
    return bits.to_bytes(bits.bit_length() // 8 + 1, "little")


def cost(candidates: Sequence[Sequence[Option]], room: int) -> int:
    """Return how many words of bits are made to know all sums of *candidates*."""
    unit = gcd(*(option.takes for options in candidates for option in options)) or 1
    return sum(map(len, candidates)) * (room // unit // _WORD + 1)


def small(candidates: Sequence[Sequence[Option]], most: int) -> bool:
    """Say whether there are no more than *most* choices in all."""
    choices = 1
    for options in islice(candidates, len(candidates)):
        choices *= len(options)
        if choices > most:
            return False
    return True
