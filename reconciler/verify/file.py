"""A plan file's bytes: what apply would read of them, and the digests that they must have.

Only the shapes are the program's own, so that what is verified is what apply would
read. A key that is written twice is refused: two readers could take two values.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from reconciler.errors import PlanRefused
from reconciler.model.plan import Plan

# What differs between two plans of the same inputs.
_VOLATILE = ("planId", "createdAt", "expiresAt", "digest", "contentDigest")
_NUMBERS = ("amount", "feeRate", "share", "credit", "fee", "refund", "netPayable", "cashNow")
_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?")


class Sheet(NamedTuple):
    """A plan as values, as the JSON that it is, and whether it is laid out as ``plan`` writes it."""

    plan: Plan
    document: dict[str, Any]
    as_written: bool


def read(content: bytes) -> Sheet:
    """Read a plan file.

    Errors: PlanRefused if it is not a plan of a format that this program knows.
    """
    try:
        document = json.loads(content, object_pairs_hook=_object, parse_constant=_odd, parse_float=_odd)
        if not str(document["formatVersion"]).startswith("1."):
            raise ValueError(f"formatVersion {document['formatVersion']}, and this program reads 1.x")
        plan, written = msgspec.convert(document, Plan), json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        if any(instant.utcoffset() != timedelta() for instant in (plan.created_at, plan.expires_at, plan.at)):
            raise ValueError("an instant is not in UTC")
        return Sheet(plan, document, written.encode() == content)
    except (ValueError, LookupError, TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise PlanRefused(f"it is not a plan file: {error}; plan again") from error


def digests(document: dict[str, Any]) -> dict[str, str]:
    """Return both digests as they must be: one over what two runs share, one over all."""
    shared = {key: value for key, value in document.items() if key not in _VOLATILE}
    whole = {key: value for key, value in document.items() if key != "digest"}
    return {"contentDigest": digest(shared, True), "digest": digest(whole, True)}


def digest(value: object, ordered: bool = False) -> str:
    """Return the SHA-256 over JSON without spaces and escapes; keys sorted by code point if *ordered*."""
    text = json.dumps(value, sort_keys=ordered, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + sha256(text.encode()).hexdigest()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key is written twice among {', '.join(key for key, _ in pairs)[:100]}")
    for value in (found.get(key) for key in _NUMBERS):
        if isinstance(value, str) and not _PLAIN.fullmatch(value):
            _odd(repr(value))
    return found


def _odd(number: str) -> None:
    raise ValueError(f"{number} is not a number in plain decimals")
