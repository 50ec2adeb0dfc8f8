"""Where the cache is: never in a repository, whose files are whoever's pull request they come from."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

NAME = "RECONCILER_CACHE"


def place_of(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of the cache by the environment; None where there is to be none.

    ``RECONCILER_CACHE`` says where, empty that there is none; else it is ``reconciler`` in
    ``XDG_CACHE_HOME`` or in ``~/.cache``. A path that is not absolute is no place: which folder
    it means would depend on where the program is started.
    """
    given = environment.get(NAME)
    if given is not None:
        return _absolute(given)
    if home := _absolute(environment.get("XDG_CACHE_HOME", "")):
        return home / "reconciler"
    home = _absolute(environment.get("HOME") or environment.get("USERPROFILE", ""))
    return home / ".cache" / "reconciler" if home else None


def usable(place: Path | None, root: Path) -> Path | None:
    """Return *place*, where there is one and it is in no repository, that at *root* or another."""
    return None if place is None or in_repository(place, root) else place


def in_repository(place: Path, root: Path) -> bool:
    """Say whether *place*, links followed, is below *root* or in a git repository, whosever it is.

    The customers' files may be in another one than *root*, and a submodule is in two.
    """
    here = Path(os.path.realpath(place))
    tops = (folder for folder in (here, *here.parents) if os.path.exists(folder / ".git"))  # noqa: PTH110 - never fails
    return here.is_relative_to(os.path.realpath(root)) or any(tops)


def _absolute(text: str) -> Path | None:
    return Path(text) if text and os.path.isabs(text) else None  # noqa: PTH117 - of an empty text


def is_ours(path: Path) -> bool:
    """Say whether nobody else may write to *path*, as far as its mode tells; what is not there yet is ours."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return not path.is_symlink()
    except OSError:  # in another's home, say: a container whose HOME is not its user's
        return False
    if not hasattr(os, "geteuid"):  # where a home is guarded by other means
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
