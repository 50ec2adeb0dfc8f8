"""What gates cost: by how much a branch's best point fell at each gate, as far as trials tell (Achterberg 2005)."""

from __future__ import annotations

from math import floor

from reconciler.scheduling.linear import Gate

# A gate is known after so many trials of both sides.
_TRIALS = 2
_LEAST_LOSS, _MOST_LOSS, _USUAL_LOSS = 1e-3, 1e6, 3e3


class Pseudocosts:
    """By gate and side, below and above: the losses of its trials for each portion, and how many there were."""

    def __init__(self) -> None:
        self._losses: dict[tuple[Gate, int], tuple[float, int]] = {}

    def learn(self, gate: Gate, side: int, loss: float, share: float) -> None:
        """Note a trial that moved a gate's portions by a *share*."""
        total, count = self._losses.get((gate, side), (0.0, 0))
        self._losses[gate, side] = (total + min(_MOST_LOSS, loss) / share, count + 1)

    def known(self, gate: Gate) -> bool:
        """Say whether a gate need not be tried again."""
        return all(self._losses.get((gate, side), (0, 0))[1] >= _TRIALS for side in (0, 1))

    def promise(self, gate: Gate, value: float) -> float:
        """Return by how much a gate lowers both bounds, as far as earlier trials tell."""
        share = value - floor(value)
        return score(self._mean(gate, 0) * share, self._mean(gate, 1) * (1 - share))

    def _mean(self, gate: Gate, side: int) -> float:
        total, count = self._losses.get((gate, side), (_USUAL_LOSS, 1))
        return total / count


def score(below: float, above: float) -> float:
    """Return what is as large as both losses: a gate that lowers one side alone gains little."""
    return max(below, _LEAST_LOSS) * max(above, _LEAST_LOSS)
