"""R-CAP: how much of the refund cap a customer still has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from reconciler.model.cap import CapUse, Release
from reconciler.model.current import Refund
from reconciler.model.money import Money, total
from reconciler.rules.calendar import later
from reconciler.rules.rulebook import CapRule


def counting(entries: Iterable[Refund], cap: CapRule, on: date) -> list[Refund]:
    """Return the entries that count on a day, oldest first.

    An entry counts from its day up to, not including, ``cap.window_days`` later;
    one that nobody can date counts always.

    Source: rulebook ``cap``; Microsoft Learn, "Self-service exchanges and refunds
            for Azure Reservations", refund policies.
    """
    chosen = [entry for entry in entries if entry.on is None or 0 <= (on - entry.on).days < cap.window_days]
    return sorted(chosen, key=_place)


def _place(entry: Refund) -> tuple[date, str, Decimal, Decimal]:
    # Two returns of one reservation on one day must not stand as the source happened to list them.
    return (entry.on or date.min, entry.reservation_id or "", entry.refund.amount, entry.commitment.amount)


def consumed(entries: Iterable[Refund], cap: CapRule, on: date) -> CapUse:
    """Return what *entries* take from the cap on a day, on both bases."""
    counted = counting(entries, cap, on)
    currency = cap.limit.currency
    return CapUse(
        refund=total((entry.refund for entry in counted), currency),
        commitment=total((entry.commitment for entry in counted), currency),
    )


def releases(entries: Iterable[Refund], cap: CapRule, on: date) -> tuple[Release, ...]:
    """Return what comes back after a day, a row for each day on which something does."""
    by_day: dict[date, CapUse] = {}
    for entry in counting(entries, cap, on):
        day = later(entry.on, cap.window_days) if entry.on is not None else None
        if day is not None:
            by_day[day] = add(by_day.get(day), CapUse(refund=entry.refund, commitment=entry.commitment))
    return tuple(Release(on=day, refund=use.refund, commitment=use.commitment) for day, use in sorted(by_day.items()))


def gating(use: CapUse, cap: CapRule) -> Money:
    """Return *use* on the basis that decides."""
    return use.refund if cap.basis == "refund" else use.commitment


def headroom(used: Sequence[CapUse], cap: CapRule) -> Money:
    """Return what is left of the cap on the deciding basis.

    May be negative: history is reported as it is, never clamped.
    Errors: CurrencyMismatch if something is counted in another currency.
    """
    return cap.limit - total((gating(use, cap) for use in used), cap.limit.currency)


def add(left: CapUse | None, right: CapUse) -> CapUse:
    """Return the sum of two uses."""
    if left is None:
        return right
    return CapUse(refund=left.refund + right.refund, commitment=left.commitment + right.commitment)
