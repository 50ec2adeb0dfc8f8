"""Instants, UTC days and months as Azure writes them."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta

TERM_MONTHS = {"P1Y": 12, "P3Y": 36, "P5Y": 60}

_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def instant(text: str) -> datetime:
    """Return the instant that an RFC 3339 text names; one without an offset is UTC.

    Errors: ValueError if *text* is no instant.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def written(moment: datetime) -> str:
    """Return *moment* as Azure writes it, with seven digits after the second."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "0Z"


def day(text: str) -> date:
    """Return the UTC day of a date or an instant.

    Errors: ValueError if *text* is neither.
    """
    return instant(text).date()


def add_months(start: date, months: int) -> date:
    """Return *start* plus *months*, the day clamped to the length of the month."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def later_by_months(moment: datetime, months: int) -> datetime:
    """Return the same time of day, *months* later."""
    return datetime.combine(add_months(moment.date(), months), moment.timetz())


def later_by(moment: datetime, duration: str) -> datetime:
    """Return *moment* plus an ISO 8601 duration such as P30D, P1M or PT12H.

    Errors: ValueError if *duration* is not one.
    """
    match = _DURATION.fullmatch(duration)
    if match is None or not any(match.groups()):
        raise ValueError(f"{duration!r} is not a duration such as P30D or PT12H")
    parts = {name: int(value or 0) for name, value in match.groupdict().items()}
    moved = later_by_months(moment, 12 * parts.pop("years") + parts.pop("months"))
    return moved + timedelta(**parts)
