"""How an answer differs from one that was published: keys, types, values, status and headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance.definition import Finding


def differences(expected: Any, actual: Any, at: str = "") -> Iterator[Finding]:
    """Yield how a body differs; of a list, item by item, and its length."""
    if _kind(expected) != _kind(actual):
        yield Finding("type", at, f"{_kind(actual)}, not {_kind(expected)}")
    elif isinstance(expected, dict):
        for key in sorted({*expected, *actual}):
            if key not in actual:
                yield Finding("missing", f"{at}/{key}", key)
            elif key not in expected:
                yield Finding("extra", f"{at}/{key}", key)
            else:
                yield from differences(expected[key], actual[key], f"{at}/{key}")
    elif isinstance(expected, list):
        if len(expected) != len(actual):
            yield Finding("length", at, f"{len(actual)}, not {len(expected)}")
        for one, other in zip(expected, actual, strict=False):
            yield from differences(one, other, f"{at}/[]")
    elif expected != actual:
        yield Finding("value", at, f"{actual!r}, not {expected!r}"[:300])


def headers(expected: Mapping[str, str], actual: Mapping[str, str]) -> Iterator[Finding]:
    """Yield how the headers differ."""
    for name in sorted({*expected, *actual}):
        if name not in actual:
            yield Finding("missing", f"header {name}", name)
        elif name not in expected:
            yield Finding("extra", f"header {name}", name)
        elif expected[name] != actual[name]:
            yield Finding("value", f"header {name}", f"{actual[name]}, not {expected[name]}"[:300])


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return {type(None): "null", str: "a string", list: "an array"}.get(type(value), "an object")
