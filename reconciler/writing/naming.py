"""Names for what has none in YAML yet: made from what Azure calls it, and unique."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_LONGEST = 100
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def name_for(text: str, taken: Iterable[str], otherwise: str) -> str:
    """Return a name of [a-z0-9-] that is like *text* and none of *taken*, whatever their case.

    *otherwise* is used where nothing of the text can be in a name.
    """
    used = {name.lower() for name in taken}
    # A letter with a mark gives its letter (é: e); other scripts have no such form.
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    base = _NOT_IN_NAMES.sub("-", ascii_text.lower()).strip("-")[:_LONGEST].strip("-") or otherwise
    name, number = base, 1
    while name in used:
        number += 1
        name = f"{base[: _LONGEST - len(str(number)) - 1].rstrip('-')}-{number}"
    return name


def aliases_for(subscriptions: Mapping[str, str]) -> dict[str, str]:
    """Return an alias of each subscription by its id, in the order of *subscriptions*.

    *subscriptions* gives what Azure calls each, empty where that is not known.
    """
    found: dict[str, str] = {}
    for identity, called in subscriptions.items():
        if called:
            found[identity] = _alias(called, found.values())
    unnamed = [identity for identity in subscriptions if identity not in found]
    number = 0
    for identity in unnamed:
        number += 1
        while f"sub-{number}" in found.values():
            number += 1
        found[identity] = f"sub-{number}"
    return {identity: found[identity] for identity in subscriptions}


def _alias(called: str, taken: Iterable[str]) -> str:
    alias = name_for(called, taken, "sub")
    # An alias must not look like a subscription's id, and a word such as "no" would need quotes everywhere.
    return f"sub-{alias}" if re.fullmatch(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", alias) else alias
