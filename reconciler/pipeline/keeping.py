"""What may be kept between runs, and where."""

from __future__ import annotations

from pathlib import Path

import msgspec

from reconciler.cache.place import usable
from reconciler.config import Config


def cache_of(config: Config) -> Path | None:
    """Return the folder of the cache; None where there is to be none."""
    return usable(config.cache, config.root)


def reading_anew(config: Config) -> Config:
    """Return *config* for what moves money or books it: that believes the files alone, not what was kept of them."""
    return msgspec.structs.replace(config, cache=None)
