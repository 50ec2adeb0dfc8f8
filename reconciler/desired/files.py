"""The customers' files: where they are and what they are called."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from reconciler.errors import UsageError

_SUFFIXES = (".yaml", ".yml")


def files_of(paths: Sequence[Path], root: Path) -> dict[str, Path]:
    """Return each file once, by the name that messages call it."""
    found = {name: file for path in paths for name, file in _files(path, root)}
    if not found:
        raise UsageError(f"no .yaml or .yml file found in {', '.join(map(str, paths)) or 'no folder'}")
    return found


def _files(path: Path, root: Path) -> Iterable[tuple[str, Path]]:
    if path.is_file():
        return [(name_of(path, root), path)]
    if not path.is_dir():
        raise UsageError(f"{path} does not exist")
    return _files_below(path, root)


def _files_below(folder: Path, root: Path) -> Iterable[tuple[str, Path]]:
    for parent, folders, files in os.walk(folder, onerror=_refuse_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here, named = Path(parent), name_of(Path(parent, "x"), root).removesuffix("x")
        yield from ((named + name, here / name) for name in files if name.endswith(_SUFFIXES))


def is_customers_file(name: str) -> bool:
    """Say whether a file of this path, seen from the folder of desired state, would be read there."""
    *folders, file = name.split("/")
    return file.endswith(_SUFFIXES) and not any(folder.startswith(".") for folder in folders)


def _refuse_unreadable(error: OSError) -> None:
    """Stop: customers in a folder that cannot be listed must not look like no customers."""
    raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error


def name_of(path: Path, root: Path) -> str:
    """Return what messages call a file: its path seen from *root*, or the whole of it outside."""
    # Path.resolve() would follow links, and Path.relative_to() takes as long as reading the file does.
    absolute = os.path.abspath(path).replace(os.sep, "/")  # noqa: PTH100
    within = os.path.abspath(root).replace(os.sep, "/").rstrip("/")  # noqa: PTH100
    return absolute.removeprefix(f"{within}/")


def legible(name: str) -> str:
    """Return a file's name as text that can be written; only one that is not UTF-8 becomes another."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def is_empty(folder: Path) -> bool:
    """Say whether *folder* is not there or has no customer's file in or below it."""
    return not folder.exists() or not any(_files(folder, folder))
