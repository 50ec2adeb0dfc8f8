"""What may be kept between runs, and where."""

from __future__ import annotations

from pathlib import Path

from reconciler.cache.place import usable
from reconciler.config import Config


def cache_of(config: Config) -> Path | None:
    """Return the folder of the cache; None where there is to be none."""
    return usable(config.cache, config.root)
