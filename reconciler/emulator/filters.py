"""The $filter of the list of reservations: ``eq``, ``and``, ``or`` and parentheses.

Source: API definition Microsoft.Capacity 2022-11-01, Reservation_ListAll: the operators and the properties that
are supported, and that others are not. What else a text may be is refused as BadRequest; the words are ours.
"""

import re
from collections.abc import Callable
from typing import Any

from .bodies import Body
from .errors import ArmError

Test = Callable[[Body], bool]

PROPERTIES = (
    "sku/name",
    *(
        f"properties/{name}"
        for name in (
            "appliedScopeType", "archived", "displayName", "displayProvisioningState", "effectiveDateTime",
            "expiryDate", "expiryDateTime", "provisioningState", "quantity", "renew", "reservedResourceType",
            "term", "userFriendlyAppliedScopeType", "userFriendlyRenewState",
        )
    ),
)  # fmt: skip
_TOKEN = re.compile(r"\s*(?:([()])|'((?:[^']|'')*)'|([^\s()']+))")
_DEEPEST = 50


def parsed(text: str) -> Test:
    """Return the test that a $filter means.

    Errors: ArmError 400 if it is not one that the definition knows.
    """
    reader = _Reader(text)
    test = reader.either(0)
    if reader.tokens:
        raise reader.refused()
    return test


def value_of(item: Body, path: str) -> Any:
    """Return what stands at a path such as ``properties/term``, or None."""
    found: Any = item
    for name in path.split("/"):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def known(path: str) -> str | None:
    """Return a property that may be asked for as the definition spells it, or None."""
    return next((name for name in PROPERTIES if name.lower() == path.lower()), None)


class _Reader:
    """Read a filter from left to right; each token is its text, and whether it was quoted."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._split()

    def either(self, depth: int) -> Test:
        """Read tests joined by ``or``."""
        tests = [self._all(depth)]
        while self._take("or"):
            tests.append(self._all(depth))
        return lambda item: any(test(item) for test in tests)

    def refused(self) -> ArmError:
        """Return the refusal of this filter."""
        message = f"use eq, and, or with {', '.join(PROPERTIES)}"
        return ArmError(400, "BadRequest", f"The filter '{self.text}' is not supported; {message}.")

    def _all(self, depth: int) -> Test:
        tests = [self._one(depth)]
        while self._take("and"):
            tests.append(self._one(depth))
        return lambda item: all(test(item) for test in tests)

    def _one(self, depth: int) -> Test:
        if depth < _DEEPEST and self._take("("):
            test = self.either(depth + 1)
            if not self._take(")"):
                raise self.refused()
            return test
        path = known(self._next())
        if path is None or not self._take("eq"):
            raise self.refused()
        wanted = self._next().lower()
        # What a reservation does not say of itself is not so: only the two booleans may be left out.
        return lambda item: _written(value_of(item, path), path) == wanted

    def _take(self, word: str) -> bool:
        if self.tokens and self.tokens[0] == (word, False):
            self.tokens.pop(0)
            return True
        return False

    def _next(self) -> str:
        if not self.tokens or self.tokens[0] in (("(", False), (")", False)):
            raise self.refused()
        return self.tokens.pop(0)[0]

    def _split(self) -> list[tuple[str, bool]]:
        tokens, place = [], 0
        text = self.text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise self.refused()
            bracket, quoted, word = match.groups()
            if quoted is not None:
                tokens.append((quoted.replace("''", "'"), True))
            else:
                operator = (word or "").lower()
                tokens.append((bracket or (operator if operator in ("eq", "and", "or") else word), False))
            place = match.end()
        return tokens


def _written(value: Any, path: str) -> str:
    if value is None and path in ("properties/archived", "properties/renew"):
        return "false"
    return str(value).lower()
