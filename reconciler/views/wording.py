"""Words that every view shares."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 unit``, ``1,096 days``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
