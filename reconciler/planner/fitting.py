"""When the cap will hold a return that it cannot hold now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from reconciler.actions.kind import Pair, View
from reconciler.model.current import Refund
from reconciler.model.money import Money
from reconciler.rules.cap import consumed, gating
from reconciler.rules.returns import measure_return

ONE_DAY = timedelta(days=1)


def first_fitting_day(view: View, pair: Pair, entries: Sequence[Refund], limit: Money) -> date | None:
    """Return the first day after the plan's on which all of a pair's surplus fits, or None.

    An estimate: payments due until then count as made, and nothing else is returned.
    """
    cap = view.rulebook.cap
    last = pair.order.expires_on
    bounds = {entry.on + timedelta(days=cap.window_days) for entry in entries if entry.on is not None}
    starts = sorted({view.at + ONE_DAY} | {day for day in bounds if view.at < day <= last})
    for start, end in zip(starts, [*(day - ONE_DAY for day in starts[1:]), last], strict=True):
        # Between two releases the headroom stands still and only the return shrinks.
        left = limit - gating(consumed(entries, cap, start), cap)
        day = _first_within(view, pair, left, (start, end))
        if day is not None:
            return day
    return None


def _first_within(view: View, pair: Pair, left: Money, days: tuple[date, date]) -> date | None:
    low, high = days
    if pair.order.billing_plan == "Monthly" and view.rulebook.cap.basis == "refund":
        # What comes back rises again with each payment: no bisection, but it falls to
        # almost nothing within every month, so that few days are looked at.
        return _scan(view, pair, left, low, min(high, low + 35 * ONE_DAY))
    if low > high or _use(view, pair, high) > left:
        return None
    while low < high:
        middle = low + (high - low) // 2
        low, high = (low, middle) if _use(view, pair, middle) <= left else (middle + ONE_DAY, high)
    return low


def _scan(view: View, pair: Pair, left: Money, day: date, end: date) -> date | None:
    while day <= end:
        if _use(view, pair, day) <= left:
            return day
        day += ONE_DAY
    return None


def _use(view: View, pair: Pair, day: date) -> Money:
    returned = msgspec.structs.replace(view, at=day).returned(pair, pair.surplus)
    assert returned is not None  # only measured returns come here
    return gating(measure_return(returned, view.rulebook).cap_use, view.rulebook.cap)
