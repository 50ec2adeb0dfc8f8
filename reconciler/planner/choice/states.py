"""Choices as numbers that can be added, sorted and compared.

A state is a choice of an option for each candidate, as one number: what it takes, shifted
left, less its key. The key is what it brings, followed by the rank of the option of each
candidate, in their order. So numbers in their order are choices by what they take, and of
those that take the same the better one first. Of two choices that bring the same, the one
with more units of an earlier candidate has the greater key.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.planner.choice.options import Option

# Of the states that take at most the first number, those are kept of which the second times
# what it takes, less the third times what it brings, is at most the fourth.
Line = tuple[int, int, int, int]


class States:
    """How choices among the *open* options, and the *best* one of each other candidate, are numbers."""

    def __init__(self, best: Sequence[Option], open_: Mapping[int, Sequence[Option]]) -> None:
        self._best, self._open = best, open_
        self._low: dict[int, int] = {}
        self._bits = 0
        for place in sorted(open_, reverse=True):
            self._low[place] = self._bits
            self._bits += (len(open_[place]) - 1).bit_length()
        most = (max(item.brings for item in open_.get(place, (option,))) for place, option in enumerate(best))
        self._shift = self._bits + sum(most).bit_length()
        # Long numbers cost more; counted as steps, so that a budget is about time everywhere alike.
        self.weight = 1 + self._bits // 200
        marks = sum(options.index(best[place]) << self._low[place] for place, options in open_.items())
        key = (sum(item.brings for item in best) << self._bits) + marks
        self.start = (sum(item.takes for item in best) << self._shift) - key

    def move(self, place: int, option: Option) -> int:
        """Return what turns a state with the best option of a candidate into one with another *option*."""
        best, options = self._best[place], self._open[place]
        ranks = options.index(option) - options.index(best)
        key = ((option.brings - best.brings) << self._bits) + (ranks << self._low[place])
        return ((option.takes - best.takes) << self._shift) - key

    def takes(self, state: int) -> int:
        """Return what a state takes of the cap."""
        return -(-state >> self._shift)

    def brings(self, state: int) -> int:
        """Return what a state brings."""
        return self.key(state) >> self._bits

    def loads(self, states: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Give what each state takes and brings."""
        shift, bits = self._shift, self._bits
        for state in states:
            takes = -(-state >> shift)
            yield takes, ((takes << shift) - state) >> bits

    def key(self, state: int) -> int:
        """Return what a state brings, followed by its ranks."""
        return (-(-state >> self._shift) << self._shift) - state

    def options(self, state: int) -> tuple[Option, ...]:
        """Return the option of each candidate."""
        chosen = list(self._best)
        for place, options in self._open.items():
            mask = (1 << (len(options) - 1).bit_length()) - 1
            chosen[place] = options[self.key(state) >> self._low[place] & mask]
        return tuple(chosen)

    def within(self, states: Sequence[int], room: int) -> int:
        """Return how many of the sorted *states* take at most *room*."""
        return bisect_right(states, room << self._shift)

    def unbeaten(self, states: Sequence[int], lines: Sequence[Line]) -> list[int]:
        """Return those of the sorted *states* that no other one beats and that are within their line.

        Each line is for the states beyond those of the line before, up to its first number.
        """
        kept: list[int] = []
        highest, begin, shift, bits = -1, 0, self._shift, self._bits
        for up_to, weight, value, limit in lines:
            end = max(begin, bisect_right(states, up_to << shift, lo=begin))
            for state in states[begin:end]:
                takes = -(-state >> shift)
                key = (takes << shift) - state
                if key > highest:
                    highest = key
                    if weight * takes - value * (key >> bits) <= limit:
                        kept.append(state)
            begin = end
        return kept

    def best_pair(self, left: Sequence[int], right: Sequence[int], room: int) -> int | None:
        """Return the best state that is made of one of each side and takes at most *room*, None if there is none.

        A side that is not made of has the best option of every candidate.
        """
        best, greatest = None, -1
        end = len(right)
        shift, start = self._shift, self.start
        keys = [self.key(state) for state in right]
        for state in left:
            # What both take together counts what the start takes twice.
            limit = room + self.takes(start) - -(-state >> shift)
            end = bisect_right(right, limit << shift, hi=end)
            if not end:
                break
            key = (-(-state >> shift) << shift) - state + keys[end - 1]
            if key > greatest:
                best, greatest = state + right[end - 1] - start, key
        return best
