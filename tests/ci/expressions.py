"""The part of GitHub's expressions that the workflows use: contexts, texts, `!`, `&&`, `||`, `==`, `!=`, functions.

What is not in it is an error, so that a workflow cannot quietly mean something else here than on GitHub.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(\|\||&&|==|!=|[!(),])|([A-Za-z_][\w.-]*))")
_PART = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
# Where a name that is not there is null; elsewhere it is a slip.
_OPEN_CONTEXTS = ("github.event.", "inputs.")


def evaluated(text: str, contexts: Mapping[str, Any], failed: bool = False) -> Any:
    """Return a value of a workflow: its expression's own value where it is one, else text with the values in it."""
    whole = _PART.fullmatch(text)
    if whole:
        return _Reading(whole[1], contexts, failed).value()
    return _PART.sub(lambda part: as_text(_Reading(part[1], contexts, failed).value()), text)


def as_text(value: Any) -> str:
    """Return a value as GitHub writes it into a text."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


class _Reading:
    def __init__(self, text: str, contexts: Mapping[str, Any], failed: bool) -> None:
        self._tokens, self._contexts, self._failed = _tokens(text), contexts, failed

    def value(self) -> Any:
        found = self._either()
        assert not self._tokens, f"left over in an expression: {self._tokens}"
        return found

    def _take(self, *wanted: str) -> str | None:
        return self._tokens.pop(0) if self._tokens and self._tokens[0] in wanted else None

    def _either(self) -> Any:
        found = self._both()
        while self._take("||"):
            other = self._both()
            found = found or other
        return found

    def _both(self) -> Any:
        found = self._equal()
        while self._take("&&"):
            other = self._equal()
            found = found and other
        return found

    def _equal(self) -> Any:
        found = self._single()
        while sign := self._take("==", "!="):
            other = self._single()
            found = (found == other) is (sign == "==")
        return found

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            found = self._either()
            assert self._take(")")
            return found
        token = self._tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        return self._called(token) if self._take("(") else self._looked_up(token)

    def _called(self, name: str) -> Any:
        given = []
        while not self._take(")"):
            given.append(self._either())
            self._take(",")
        functions = {
            "always": lambda: True,
            "cancelled": lambda: False,
            "format": lambda text, *values: text.format(*map(as_text, values)),
        }
        return functions[name](*given)

    def _looked_up(self, path: str) -> Any:
        found: Any = self._contexts
        for step in path.split("."):
            if path.startswith(_OPEN_CONTEXTS):
                found = found.get(step) if isinstance(found, Mapping) else None
            else:
                found = found[step]
        return found


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        assert match, f"not in the subset: {text[at:]!r}"
        found.append(next(part for part in match.groups() if part is not None))
        at = match.end()
    return found
