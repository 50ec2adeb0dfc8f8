"""What the codes of findings mean, why they exist, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Meaning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One code's entry."""

    means: str
    why: str
    do: str


def read_meanings(value: object) -> dict[str, Meaning]:
    """Return the entries by their codes; one that ends in ``*`` is about every code that begins so.

    Errors: msgspec.ValidationError if an entry lacks something or has more.
    """
    return msgspec.convert(value, dict[str, Meaning])


def meaning_of(code: str, meanings: Mapping[str, Meaning]) -> Meaning | None:
    """Return the entry about *code*, or None."""
    if code in meanings:
        return meanings[code]
    families = (name for name in meanings if name.endswith("*") and code.startswith(name[:-1]))
    return next((meanings[name] for name in families if code != name[:-1]), None)
