"""Diagrams over days, in pixels of a small grid that a page stretches to its width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from reconciler.model.money import Money
from reconciler.reports.html.parts import Line, Mark, Picture

# The grid of a picture; the style sheet keeps words in it readable on a telephone.
WIDTH, HEIGHT = 360, 160
_LEFT, _RIGHT, _TOP, _BOTTOM = 4, 356, 22, 138
# Words beside rules stand in rows of this height, so that two on near days can be read.
_WORD, _WORDS = 13, 3

Points = Sequence[tuple[date, Money]]


class Drawn(msgspec.Struct, frozen=True):
    """A line to draw: its class, its points, whether it keeps its height until the next, and whether it is filled."""

    kind: str
    points: Points
    steps: bool = False
    filled: bool = False


def diagram(
    label: str, lines: Sequence[Drawn], top: tuple[str, Money], words: Iterable[tuple[date, str]] = ()
) -> Picture:
    """Return *lines* over their days, from nothing (or less) up to *top*, which has words; *words* have their days."""
    days = [day for line in lines for day, _ in line.points]
    first, last = min(days), max(days)
    lowest = min((amount for line in lines for _, amount in line.points), key=lambda amount: amount.amount)
    across = _scale(first.toordinal(), last.toordinal(), _LEFT, _RIGHT)
    up = _scale(min(float(lowest.amount), 0.0), float(top[1].amount), _BOTTOM, _TOP)
    shown = [(across(day.toordinal()), text) for day, text in sorted(words) if first <= day <= last]
    return Picture(
        label=label,
        top=_TOP,
        bottom=_BOTTOM,
        zero=up(0.0),
        lines=tuple(written for line in lines for written in _written(line, across, up)),
        rules=tuple(x for x, _ in shown),
        marks=(
            Mark(_LEFT, _TOP - 8, "start", top[0]),
            *((Mark(_LEFT, _BOTTOM - 4, "start", str(lowest)),) if lowest.amount < 0 else ()),
            Mark(_LEFT, HEIGHT - 6, "start", str(first)),
            Mark(_RIGHT, HEIGHT - 6, "end", str(last)),
            *(_word(number, x, text, _height(lines[0], across, up, x)) for number, (x, text) in enumerate(shown)),
        ),
    )


def _scale(low: float, high: float, first: float, last: float) -> _Scale:
    return _Scale(low, (last - first) / (high - low) if high != low else 0.0, first)


class _Scale(msgspec.Struct, frozen=True):
    low: float
    factor: float
    first: float

    def __call__(self, value: float) -> float:
        return round(self.first + (value - self.low) * self.factor, 1)


def _written(line: Drawn, across: _Scale, up: _Scale) -> Iterable[Line]:
    spots: list[tuple[float, float]] = []
    for day, amount in line.points:
        x, y = across(day.toordinal()), up(float(amount.amount))
        if line.steps and spots:
            spots.append((x, spots[-1][1]))
        spots.append((x, y))
    if line.filled:
        corners = [(spots[0][0], up(0.0)), *spots, (spots[-1][0], up(0.0))]
        yield Line(f"{line.kind} area", _points(corners))
    yield Line(line.kind, _points(spots))


def _points(spots: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in spots)


def _height(line: Drawn, across: _Scale, up: _Scale, x: float) -> float:
    """Return about how high the line is at *x*: as its last point up to there."""
    before = [amount for day, amount in line.points if across(day.toordinal()) <= x]
    return up(float(before[-1].amount)) if before else up(0.0)


def _word(number: int, x: float, text: str, line: float) -> Mark:
    """Write beside a rule, on the side with more room, and where the line does not run."""
    high = line > (_TOP + _BOTTOM) / 2
    step = _WORD * (number % _WORDS)
    late = x > (_LEFT + _RIGHT) / 2
    return Mark(
        x - 4 if late else x + 4,
        _TOP + _WORD + step if high else _BOTTOM - 6 - step,
        "end" if late else "start",
        text,
    )
