"""When the cap will hold a return that it cannot hold now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from reconciler.actions.kind import Pair, View
from reconciler.model.current import Refund
from reconciler.model.money import Money
from reconciler.rules.calendar import later
from reconciler.rules.cap import consumed, gating
from reconciler.rules.returns import measure_return

ONE_DAY = timedelta(days=1)


def first_fitting_day(view: View, pair: Pair, entries: Sequence[Refund], limit: Money) -> date | None:
    """Return the first day after the plan's on which all of a pair's surplus fits, or None.

    An estimate: payments due until then count as made, and nothing else is returned.
    """
    cap = view.rulebook.cap
    starts = sorted(_turns(view, pair, entries))
    ends = [*(day - ONE_DAY for day in starts[1:]), pair.order.expires_on]
    for start, end in zip(starts, ends, strict=False):  # no start, no end
        left = limit - gating(consumed(entries, cap, start), cap)
        day = _first_within(view, pair, left, (start, end))
        if day is not None:
            return day
    return None


def _turns(view: View, pair: Pair, entries: Sequence[Refund]) -> set[date]:
    """Return the days from which, up to the next one, headroom stands still and the return only shrinks.

    Headroom comes back after the window; what would come back rises with a payment, and
    may rise where another row of the table begins to speak.
    """
    window = view.rulebook.cap.window_days
    bounds = {row.at_most for row in view.rulebook.table} | {row.more_than for row in view.rulebook.table}
    turns = {later(entry.on, window) for entry in entries if entry.on is not None}
    turns |= {item.due_on for item in pair.order.instalments}
    turns |= {later(pair.held.purchased_on, days + 1) for days in bounds if days is not None}
    tomorrow = later(view.at, 1)
    return {day for day in turns | {tomorrow} if day and tomorrow and tomorrow <= day <= pair.order.expires_on}


def _first_within(view: View, pair: Pair, left: Money, days: tuple[date, date]) -> date | None:
    low, high = days
    if _use(view, pair, high) > left:
        return None
    while low < high:
        middle = low + (high - low) // 2
        low, high = (low, middle) if _use(view, pair, middle) <= left else (middle + ONE_DAY, high)
    return low


def _use(view: View, pair: Pair, day: date) -> Money:
    returned = msgspec.structs.replace(view, at=day).returned(pair, pair.surplus)
    assert returned is not None  # only measured returns come here
    return gating(measure_return(returned, view.rulebook).cap_use, view.rulebook.cap)
