"""One customer's history, step by step: seen, dated, compared with the ledger, measured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from reconciler.ledger import Effect
from reconciler.model import current, desired
from reconciler.model.current import Reservation
from reconciler.model.history import History
from reconciler.model.recovery import LeftOut, Recovered
from reconciler.rebuild.dating import Given, dated
from reconciler.rebuild.ended import Sight, ancestors
from reconciler.rebuild.entering import recovered
from reconciler.rebuild.known import unknown
from reconciler.rebuild.measuring import bought_then, measured, returned, usage_decides
from reconciler.rules.rulebook import Rulebook

# Whether any of some reservations was used from its purchase up to a day; None if nobody knows.
Usage = Callable[[tuple[Reservation, ...], date], bool | None]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One customer as it was read; ``effects`` are the returns and exchanges that the ledger knows."""

    customer: desired.Customer
    held: current.Customer
    history: History
    effects: tuple[Effect, ...]
    rulebook: Rulebook
    since: date


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be entered, what is left out, and how many ended before the window."""

    entries: tuple[Recovered, ...]
    left_out: tuple[LeftOut, ...]
    older: int


def recover(case: Case, sight: Sight, used: Usage) -> Found:
    """Return what the ledger lacks; *used* is asked only where it decides the refund.

    Errors: ProviderError if what was read does not make a whole.
    """
    dates = [dated(item, case.history.revisions[item.reservation.id], case.since) for item in sight.ended]
    rest, told = unknown([item for item in dates if isinstance(item, Given)], case.effects)
    outcomes = [_entry(case, given, used) for given in rest]
    everything = (*sight.left_out, *dates, *told, *outcomes)
    return Found(
        entries=tuple(item for item in outcomes if isinstance(item, Recovered)),
        left_out=tuple(item for item in everything if isinstance(item, LeftOut)),
        older=sight.older + dates.count(None),
    )


def _entry(case: Case, given: Given, used: Usage) -> Recovered | LeftOut:
    item = returned(given, case.history.orders[given.reservation.order_id], case.rulebook)
    if isinstance(item, LeftOut):
        return item
    known = used(ancestors(given.reservation, case.held), given.on) if usage_decides(item, case.rulebook) else None
    figures, notes = measured(item, known, case.rulebook)
    told = msgspec.structs.replace(given, notes=(*given.notes, *notes))
    return recovered(told, case.customer, case.held, figures, bought_then(given, case.held, case.rulebook))
