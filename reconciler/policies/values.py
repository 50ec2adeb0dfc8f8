"""The values of limits, as they are written after ``--accept NAME=``."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from reconciler.model.money import Money

_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_SHARE = re.compile(r"0(\.\d{1,9})?|1(\.0{1,9})?", re.ASCII)


def count(text: str) -> int:
    """Read a count; ValueError says how one is written."""
    if not _COUNT.fullmatch(text):
        raise ValueError(f"{text!r} is not a count; write it like 12")
    return int(text)


def refund(text: str) -> Money:
    """Read money in USD, the currency in which returns are metered; ValueError if it is not."""
    money = Money.parse(text)
    if money.currency != "USD" or money.amount < 0:
        raise ValueError(f"{text!r} is not an amount in USD; write it like '30000.00 USD'")
    return money


def share(text: str) -> Decimal:
    """Read a share from 0 to 1; ValueError if it is none."""
    if not _SHARE.fullmatch(text):
        raise ValueError(f"{text!r} is not a share from 0 to 1; write it like 1.0")
    return Decimal(text)


# Each limit's name: its field in Ceilings, and how its value is read.
READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "maxActions": ("max_actions", count),
    "maxCancels": ("max_cancels", count),
    "maxRefund": ("max_refund", refund),
    "maxCapShare": ("max_cap_share", share),
}


def count_text(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 action``, ``2 actions``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
