"""The days of a schedule: when something changes, or every day where they are few enough to look at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from reconciler.model.current import Refund
from reconciler.rules.calendar import later
from reconciler.scheduling.prospects import Prospect


def decision_days(
    prospects: Sequence[Prospect], entries: Iterable[Refund], window_days: int, first: date
) -> list[date]:
    """Return the days on which something can change for all: today, room that comes back, and each month's first.

    Room comes back of what counts now, and a window later of what is returned on one of these days.
    """
    last = max((item.latest for item in prospects), default=first)
    back = {later(entry.on, window_days) for entry in entries if entry.on is not None}
    days = {first, *(item.earliest for item in prospects), *(day for day in back if day is not None)}
    while again := {day for day in (later(day, window_days) for day in days) if day and day <= last} - days:
        days |= again
    return sorted(day for day in days | _months(first, last) if first <= day <= last)


def own_days(prospect: Prospect, common: Sequence[date]) -> list[date]:
    """Return the days on which a return may be best: those of all, and those on which its own figures turn."""
    inside = {day for day in common if prospect.earliest <= day <= prospect.latest}
    return sorted(inside | set(prospect.turns()))


def with_weeks(prospect: Prospect, days: Sequence[date]) -> list[date]:
    """Return *days*, and between them one a week: from one to the next little is lost."""
    return sorted({*days, *every_day(prospect)[::7]})


def every_day(prospect: Prospect) -> list[date]:
    """Return every day on which a return could be."""
    return [prospect.earliest + timedelta(days=n) for n in range((prospect.latest - prospect.earliest).days + 1)]


def _months(first: date, last: date) -> set[date]:
    found, day = set(), later(first.replace(day=1), 32)
    while day is not None and (day := day.replace(day=1)) <= last:
        found.add(day)
        day = later(day, 32)
    return found
