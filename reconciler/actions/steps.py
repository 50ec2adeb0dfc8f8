"""Returns in steps: each part has a day of its own, and is asked for as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from reconciler.actions.kind import Pair
from reconciler.model.desired import Reservation, Step, Wanted
from reconciler.model.plan import Change

_QUANTITY = "/quantity"


def open_steps(entry: Reservation, held: int) -> Sequence[Step]:
    """Return the steps that are still to be done where Azure holds so many units, by day."""
    return [step for step in entry.steps if step.quantity < held]


def asked(entry: Reservation, held: int, at: date) -> Reservation | None:
    """Return *entry* as if it asked for one step alone: the last that is due, else the next; None if all are done.

    So that each step is a request of its own, its block says its own notBefore.
    """
    if not entry.steps or entry.cancel is None:
        return entry
    steps = open_steps(entry, held)
    if not steps:
        return None
    step = ([item for item in steps if item.not_before <= at] or steps[:1])[-1]
    return msgspec.structs.replace(
        entry,
        state=Wanted.ACTIVE,
        quantity=step.quantity,
        cancel=msgspec.structs.replace(entry.cancel, not_before=step.not_before),
        steps=(),
    )


def due(pair: Pair, at: date) -> Pair:
    """Return *pair* with what one step asks for; where all are done nothing goes back, whatever the end is to be."""
    held, wanted = pair.held.quantity, asked(pair.wanted, pair.held.quantity, at)
    if wanted is pair.wanted or pair.surplus <= 0:
        return pair
    changes = tuple(item for item in pair.changes if item.path != _QUANTITY)
    if wanted is None:
        return msgspec.structs.replace(pair, changes=changes)
    change = Change(path=_QUANTITY, before=held, after=wanted.quantity)
    return msgspec.structs.replace(pair, wanted=wanted, changes=(*changes, change))
