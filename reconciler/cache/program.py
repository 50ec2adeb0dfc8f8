"""Which program this is: what it keeps is for itself alone."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_PRODUCT = Path(__file__).parents[1]


@cache
def program_digest(rooms: Sequence[str], packages: Sequence[str], other: str = "") -> bytes | None:
    """Return a digest over Python, the versions of *packages*, the sources of *rooms* and what *other* files hold.

    Not over our own version's number: it stays between two releases, and a copy that somebody
    works on has none. None where the sources are not there to be read.
    """
    from importlib.metadata import PackageNotFoundError, version  # only here: it takes 5 ms

    try:
        sources = [path.read_bytes() for room in rooms for path in sorted((_PRODUCT / room).rglob("*.py"))]
        versions = [f"{name} {version(name)}" for name in packages]
    except (OSError, PackageNotFoundError):
        return None
    made = hashlib.sha256()
    for part in (sys.version.encode(), other.encode(), *map(str.encode, versions), *sources):
        made.update(len(part).to_bytes(8, "big") + part)
    return made.digest() if sources else None
