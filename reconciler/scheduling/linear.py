"""The linear program of a bound, solved by HiGHS: good prices, and where candidates are best by parts.

Nothing is believed of it: its prices go into a bound that is worked out in whole numbers, and good
prices only make that lower.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate
from math import inf
from typing import Any, NamedTuple

from reconciler.scheduling.bound import SCALE, Gates, Relaxation

# Room beyond what there is, so dear that it is taken only where a gate leaves no choice.
_DEAR = 1_000.0
_CLOSE = 1e-6
_FEW = 50


# A group's number, and one of its places.
Gate = tuple[int, int]


class Point(NamedTuple):
    """A best solution: its value, a price for each row times SCALE, and the gates whose portions are not whole."""

    value: float
    prices: tuple[int, ...]
    broken: tuple[tuple[Gate, float], ...]
    returned: tuple[float, ...]


class Program:
    """The relaxation with portions that may be divided; every place has a gate, which may be narrowed."""

    def __init__(self, relaxation: Relaxation) -> None:
        import highspy

        self._relaxation = relaxation
        self.gates = [
            (number, place)
            for number, places in enumerate(relaxation.places)
            for place in range(max(places, default=-1) + 1)
        ]
        self._column = {gate: column for column, gate in enumerate(self.gates)}
        self.portions = [group.portions for group in relaxation.groups]
        self._optimal = highspy.HighsModelStatus.kOptimal
        # Highs itself sets a callback, and prints a line about that before it can be told to print nothing.
        silent: Any = highspy.Highs.__base__
        self._solver = silent()
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("random_seed", 1)):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(self._model(highspy))
        self._narrow: dict[Gate, tuple[int, int]] = {}

    def solved(self, gates: Mapping[int, Gates]) -> Point | None:
        """Return the best point within *gates*, None where the solver gave up."""
        self._set({(number, place): pair for number, own in gates.items() for place, pair in own.items()})
        self._solver.run()
        if self._solver.getModelStatus() != self._optimal:
            return None
        solution = self._solver.getSolution()
        rows = len(self._relaxation.rooms)
        prices = tuple(max(0, round(-price * SCALE)) for price in list(solution.row_dual)[:rows])
        returned = list(solution.col_value)[: len(self.gates)]
        broken = tuple(
            (gate, value)
            for gate, value in zip(self.gates, returned, strict=True)
            if abs(value - round(value)) > _CLOSE
        )
        return Point(-self._solver.getInfo().objective_function_value, prices, broken, tuple(returned))

    def _set(self, narrow: dict[Gate, tuple[int, int]]) -> None:
        for gate in [gate for gate in self._narrow if gate not in narrow]:
            self._solver.changeColBounds(self._column[gate], 0.0, float(self.portions[gate[0]]))
        for gate, (least, most) in narrow.items():
            if self._narrow.get(gate) != (least, most):
                self._solver.changeColBounds(self._column[gate], float(least), float(most))
        self._narrow = narrow

    def _model(self, highspy: Any) -> Any:
        """Return columns for gates, for the dear room of each row and for spans, and what holds of rows and gates."""
        gates, rooms = len(self.gates), self._relaxation.rooms
        columns = [(0.0, float(self.portions[number]), self._links(number, place)) for number, place in self.gates]
        columns += [(_DEAR, inf, [(row, -1.0)]) for row in range(len(rooms))]
        columns += [column for number in range(len(self.portions)) for column in self._spans(number)]
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(columns), len(rooms) + gates
        model.col_cost_ = [cost for cost, _, _ in columns]
        model.col_lower_, model.col_upper_ = [0.0] * len(columns), [most for _, most, _ in columns]
        model.row_lower_, model.row_upper_ = [-inf] * len(rooms) + [0.0] * gates, [*map(float, rooms)] + [0.0] * gates
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = list(accumulate((len(entries) for _, _, entries in columns), initial=0))
        model.a_matrix_.index_ = [row for _, _, entries in columns for row, _ in entries]
        model.a_matrix_.value_ = [value for _, _, entries in columns for _, value in entries]
        self.size = len(columns)
        return model

    def _links(self, number: int, place: int) -> list[tuple[int, float]]:
        """Say that what is returned up to a place is what was up to the one before, and what is returned in it."""
        row = len(self._relaxation.rooms) + self._column[number, place]
        following = (number, place + 1) in self._column
        return [(row, 1.0), (row + 1, -1.0)] if following else [(row, 1.0)]

    def _spans(self, number: int) -> Iterator[tuple[float, float, list[tuple[int, float]]]]:
        group, rows = self._relaxation.groups[number], len(self._relaxation.rooms)
        sizes = {span.units for span in group.spans}
        if len(group.spans) > _FEW:  # what three units bring is three times what one does, nearly
            sizes = {min(sizes), group.units}
        placed = zip(group.spans, self._relaxation.spans[number], self._relaxation.places[number], strict=True)
        for span, (_, use, low, high), place in placed:
            if span.units in sizes:
                portions = span.units if self.portions[number] > 1 else 1
                entries = [(row, float(use)) for row in range(low, high)]
                entries.append((rows + self._column[number, place], -float(portions)))
                yield -float(span.value), inf, entries
