"""What may be kept between runs, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cache.place import in_repository
from reconciler.config import Config

if TYPE_CHECKING:
    from reconciler.cache.store import Store


def cache_of(config: Config) -> Path | None:
    """Return the folder of the cache; None where there is to be none.

    None in the repository: what stands there is whoever's pull request it came with.
    """
    return None if config.cache is None or in_repository(config.cache, config.root) else config.cache


def store_in(folder: Path | None) -> Store | None:
    """Return the cache in *folder*."""
    if folder is None:
        return None
    from reconciler.cache.store import Store

    return Store(folder)
