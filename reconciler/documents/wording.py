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
    return joined(map(shown, values), word)


def joined(texts: Iterable[str], word: str) -> str:
    """Return *texts* as in a sentence: ``a, b or c``."""
    *others, last = texts
    return f"{', '.join(others)} {word} {last}" if others else last


def likeness(word: str, known: Iterable[str], cutoff: float = 0.6) -> tuple[str, float] | None:
    """Return the one of *known* that is closest to *word*, and how close from 0 to 1.

    None where none is close, or two are equally. Upper and lower case, and what joins words
    in other styles, do not count in the comparison.
    """
    from difflib import SequenceMatcher, get_close_matches

    spelled = {_bare(name): name for name in known}
    bare = _bare(word[:_LONGEST_SHOWN])
    found = get_close_matches(bare, spelled, n=2, cutoff=cutoff)
    ratios = [SequenceMatcher(None, name, bare).ratio() for name in found]
    if not found or (len(found) == 2 and ratios[0] == ratios[1]):
        return None
    return spelled[found[0]], ratios[0]


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the one of *known* that ``likeness`` finds."""
    found = likeness(word, known, cutoff)
    return found[0] if found else None


def near(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return `` (did you mean "..."?)`` when ``nearest`` finds one, else nothing."""
    found = nearest(word, known, cutoff)
    return f" (did you mean {shown(found)}?)" if found is not None else ""


def _bare(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "") or word
