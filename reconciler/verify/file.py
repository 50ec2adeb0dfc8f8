"""A plan file's bytes: what apply would read of them, and the digests that they must have.

Only the shapes are the program's own, so that what is verified is what apply would
read. A key that is written twice is refused: two readers could take two values.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from reconciler.errors import PlanRefused
from reconciler.model.plan import Plan
from reconciler.verify.values import Amount, Node

# What differs between two plans of the same inputs.
_VOLATILE = {"planId", "createdAt", "expiresAt", "digest", "contentDigest"}


class Sheet(NamedTuple):
    """A plan as apply reads it, the JSON that it is, and whether it is laid out as ``plan`` writes it."""

    plan: Node
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
        shape = msgspec.convert(document, Plan)
        plan = _node(msgspec.to_builtins(shape, builtin_types=(Decimal, date, datetime)))
        if any(instant.utcoffset() != timedelta() for instant in (plan.createdAt, plan.expiresAt, plan.at)):
            raise ValueError("an instant is not in UTC")
        written = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        return Sheet(plan, document, written.encode() == content)
    except (ValueError, LookupError, TypeError, RecursionError, msgspec.MsgspecError) as error:
        raise PlanRefused(f"it is not a plan file: {error}; plan again") from error


def digests(document: dict[str, Any]) -> dict[str, str]:
    """Return both digests as they must be: one over what two runs share, one over all."""
    without = {"contentDigest": _VOLATILE, "digest": {"digest"}}
    kept = {name: {key: document[key] for key in document.keys() - left} for name, left in without.items()}
    return {name: digest(value, True) for name, value in kept.items()}


def digest(value: object, ordered: bool = False) -> str:
    """Return the SHA-256 over JSON without spaces and escapes; keys sorted by code point if *ordered*."""
    text = json.dumps(value, sort_keys=ordered, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return "sha256:" + sha256(text.encode()).hexdigest()


def _plain(value: Amount | date) -> object:
    return vars(value) | {"amount": str(value).split()[0]} if isinstance(value, Amount) else str(value)


def _node(value: Any) -> Any:
    if isinstance(value, dict):
        node = Node({key: _node(inner) for key, inner in value.items()})
        return Amount(**node) if isinstance(node.get("amount"), Fraction) else node
    if isinstance(value, Decimal):
        return Fraction(value) if -41 < value.adjusted() < 41 and value.is_finite() else _odd(str(value))
    return [_node(inner) for inner in value] if isinstance(value, list | tuple) else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key is written twice among {', '.join(key for key, _ in pairs)[:100]}")
    return found


def _odd(number: str) -> None:
    raise ValueError(f"{number} is not a number in plain decimals")
