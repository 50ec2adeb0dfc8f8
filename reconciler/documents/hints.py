"""What a text that does not fit was probably meant to be, by the ``x-hint`` of its schema.

A hint is only given when it fits the schema itself, and never where two readings are likely:
``04-01-2027`` is another day in Amsterdam than in New York.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

# The longest of paths; what is longer is no slip of the pen.
_LONGEST = 300
_SIGNS = {"$": "USD", "\N{EURO SIGN}": "EUR", "\N{POUND SIGN}": "GBP"}
_UNIT = r"[A-Za-z]{3}|[$\N{EURO SIGN}\N{POUND SIGN}]"
_MONEY = re.compile(rf"({_UNIT})?\s*([0-9][0-9.,'_\s]*?)\s*({_UNIT})?", re.ASCII)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3}(?:\1[0-9]{3})*)")
_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"([0-9a-fA-F]{8})([0-9a-fA-F]{4})([0-9a-fA-F]{4})([0-9a-fA-F]{4})([0-9a-fA-F]{12})")
_GROUP = re.compile(r".*/(?:resource|management)groups/([^/]+)/?", re.IGNORECASE)
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%")
_COMMA = re.compile(r"[0-9]{1,9},[0-9]{1,2}")
_SPAN = re.compile(r"P?T?([0-9]{1,4})\s*(d|h|m|s)(?:ays?|ours?|rs?|in|inutes?|ec|econds?)?", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[Tt\s].*)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")


def hint(kind: str, text: str, pattern: str) -> str | None:
    """Return what *text* was probably meant to be, where that fits *pattern*; else None."""
    if len(text) > _LONGEST:
        return None
    meant = HINTS[kind](text.strip())
    return meant if meant is not None and meant != text and re.search(pattern, meant) else None


def money(text: str) -> str | None:
    """Return ``1000.00 USD`` for ``$1,000.00``, ``USD 1000.00`` and the like."""
    found = _MONEY.fullmatch(text)
    if found is None or bool(found[1]) == bool(found[3]):
        return None
    unit, digits = found[1] or found[3], re.sub(r"['_\s]", "", found[2]).rstrip(".,")
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0 or ((digits.count(digits[last]) > 1 or digits[last] == ",") and _THOUSANDS.fullmatch(digits)):
        amount = re.sub("[.,]", "", digits)
    else:
        amount = f"{re.sub('[.,]', '', digits[:last])}.{digits[last + 1 :]}"
    return f"{amount} {_SIGNS.get(unit, unit.upper())}"


def day(text: str) -> str | None:
    """Return ``2027-01-04`` for a day that is written otherwise, where it is clear which it is."""
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.fullmatch(text):
        one, other, year = int(found[1]), int(found[2]), int(found[3])
        either = {_day(year, one, other), _day(year, other, one)} - {None}
        return either.pop() if len(either) == 1 else None
    return None


def _day(year: int, month: int, number: int) -> str | None:
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return None


def instant(text: str) -> str | None:
    """Return ``2027-01-04T00:00:00Z`` for the day, or for the same instant of another time zone."""
    if found := day(text if "T" not in text else ""):
        return f"{found}T00:00:00Z"
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return None
    return f"{given.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if given.tzinfo else None


def _duration(text: str) -> str | None:
    """Return ``PT24H`` for ``24h``."""
    if found := _SPAN.fullmatch(text):
        unit = found[2].upper()
        if unit == "M" and text[:1] in "Pp":  # months, which have no length
            return None
        return f"P{found[1]}D" if unit == "D" else f"PT{found[1]}{unit}"
    return None


def share(text: str) -> str | None:
    """Return ``0.12`` for ``12 %`` and ``0,12``."""
    if found := _PERCENT.fullmatch(text):
        return f"{(Decimal(found[1]) / 100).normalize():f}"
    return text.replace(",", ".") if _COMMA.fullmatch(text) else None


def last_id(text: str) -> str | None:
    """Return the last id in a path, in braces, or without its hyphens."""
    if found := _DIGITS.fullmatch(text):
        return "-".join(found.groups())
    ids = _GUID.findall(text)
    return ids[-1] if ids else None


def _first_id(text: str) -> str | None:
    found = _GUID.search(text)
    return found[0] if found else last_id(text)


def _group(text: str) -> str | None:
    found = _GROUP.fullmatch(text)
    return found[1] if found else None


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text.rpartition("/")[2]).strip("-._")


def _customer(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_-]", "", text)


HINTS: dict[str, Callable[[str], str | None]] = {
    "id": last_id,
    # Of a reservation's whole path the order comes first.
    "orderId": _first_id,
    "money": money,
    "day": day,
    "instant": instant,
    "duration": _duration,
    "share": share,
    "name": _name,
    "customer": _customer,
    "group": _group,
    "region": lambda text: _squeezed(text).lower(),
    "kind": _squeezed,
}
