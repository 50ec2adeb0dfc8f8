"""The words of messages: values as they are shown, and what was probably meant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

_LONGEST_SHOWN = 60


def shown(value: Any) -> str:
    """Return *value* as plain ASCII for a message: text in quotes, cut when it is long."""
    match value:
        case None:
            return "empty"
        case str():
            text = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "..."
            return json.dumps(text)
        case bool() | int():
            return json.dumps(value)
        case Decimal():
            return str(value)
        case dict():
            return "a mapping" if value else "an empty mapping"
        case _:
            return "a list" if value else "an empty list"


def listed(values: Iterable[Any], word: str = "or") -> str:
    """Return *values* as in a sentence: ``"a", "b" or "c"``."""
    *others, last = [shown(value) for value in values]
    return f"{', '.join(others)} {word} {last}" if others else last


def near(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean "..."?)`` when one of *known* is close to *word*, else nothing.

    Upper and lower case do not count in the comparison.
    """
    from difflib import get_close_matches

    spelled = {name.lower(): name for name in known}
    found = get_close_matches(word.lower()[:_LONGEST_SHOWN], spelled, n=1, cutoff=0.6)
    return f" (did you mean {shown(spelled[found[0]])}?)" if found else ""
