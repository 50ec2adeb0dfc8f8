"""Days and months as Azure bills them; all days are UTC calendar days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

TERM_MONTHS = {"P1Y": 12, "P3Y": 36, "P5Y": 60}


def later(day: date, days: int) -> date | None:
    """Return the day that many *days* after another; None where the calendar has ended by then."""
    return day + timedelta(days=days) if (date.max - day).days >= days else None


def add_months(start: date, months: int) -> date:
    """Return the day *months* after *start*, clamped to that month's length.

    Always counted from *start*, never chained: 31 January + 1 is 28 February,
    + 2 is 31 March.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
