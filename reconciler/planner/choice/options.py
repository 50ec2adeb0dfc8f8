"""What may be returned of each candidate, in minor units of the cap's currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Option(NamedTuple):
    """To return *units* of a candidate: what it takes of the cap, and what it brings."""

    units: int
    takes: int
    brings: int


class Chosen(NamedTuple):
    """How many units of each candidate to return, in the order in which they were given.

    ``value`` is what they bring together, and no choice brings more than ``bound``.
    ``method`` says how it was found; ``first`` that among those that bring as much it has
    most of the first candidates.
    """

    units: tuple[int, ...]
    value: int
    bound: int
    method: str
    first: bool = True

    @property
    def optimal(self) -> bool:
        """Say whether no choice brings more."""
        return self.value >= self.bound


NOTHING = Option(0, 0, 0)


def efficient(options: Iterable[Option], room: int) -> tuple[Option, ...]:
    """Return the options that no other one of the same candidate beats, from the one that takes least.

    To return nothing is always one of those that are compared. An option beats another
    one that takes as much or more and brings less, or as much with fewer units.
    """
    kept: list[Option] = []
    fitting = (item for item in (NOTHING, *options) if item.takes <= room)
    for item in sorted(fitting, key=lambda item: (item.takes, -item.brings, -item.units)):
        if not kept or (item.brings, item.units) > (kept[-1].brings, kept[-1].units):
            kept.append(item)
    return tuple(kept)


def hull(options: Sequence[Option]) -> list[Option]:
    """Return those of the efficient *options* that a mixture of two others does not beat."""
    kept: list[Option] = []
    for item in options:
        while len(kept) > 1 and _slope(kept[-2], kept[-1], item) <= 0:
            kept.pop()
        kept.append(item)
    return kept


def _slope(first: Option, middle: Option, last: Option) -> int:
    """Return by how much more the way to *middle* rises than the way on from it (a cross product)."""
    rise = (middle.brings - first.brings) * (last.takes - middle.takes)
    return rise - (last.brings - middle.brings) * (middle.takes - first.takes)
