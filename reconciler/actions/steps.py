"""Returns in steps: each part has a day of its own, and is asked for as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from reconciler.actions.kind import Pair
from reconciler.model.desired import Step, Wanted
from reconciler.model.plan import Change

QUANTITY = "/quantity"


def open_steps(pair: Pair) -> Sequence[Step]:
    """Return the steps of a pair that Azure still holds too many units for, by day."""
    return [step for step in pair.wanted.steps if step.quantity < pair.held.quantity]


def due(pair: Pair, at: date) -> Pair:
    """Return *pair* as if its file asked for one step alone: the last that is due, else the next.

    Where every step is done, nothing is to be given back, whatever is wanted in the end.
    So that each step is a request of its own, its block says its own notBefore.
    """
    if not pair.wanted.steps or pair.surplus <= 0 or pair.wanted.cancel is None:
        return pair
    steps = open_steps(pair)
    changes = tuple(item for item in pair.changes if item.path != QUANTITY)
    if not steps:
        return msgspec.structs.replace(pair, changes=changes)
    step = ([item for item in steps if item.not_before <= at] or steps[:1])[-1]
    wanted = msgspec.structs.replace(
        pair.wanted,
        state=Wanted.ACTIVE,
        quantity=step.quantity,
        cancel=msgspec.structs.replace(pair.wanted.cancel, not_before=step.not_before),
        steps=(),
    )
    change = Change(path=QUANTITY, before=pair.held.quantity, after=step.quantity)
    return msgspec.structs.replace(pair, wanted=wanted, changes=(*changes, change))
