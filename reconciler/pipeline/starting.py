"""The first files of a repository, written where none is yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.estate.files import write_whole
from reconciler.writing import Start, ignoring, schema_files, starting_files

_IGNORE = ".gitignore"


def start(folder: Path, wanted: Start) -> Iterator[str]:
    """Write what is missing in *folder*, and give a line for each file.

    What is there stays, byte for byte; only the schemas follow the program, and .gitignore gets a line.
    Errors: UsageError if something cannot be written; InvalidDocuments.
    """
    files = starting_files(wanted)
    try:
        for name, text in files.items():
            yield _written(folder, name, text, replace=False)
        for name, text in schema_files().items():
            yield _written(folder, name, text, replace=True)
        path = folder / _IGNORE
        yield _written(folder, _IGNORE, ignoring(path.read_bytes() if path.exists() else b""), replace=True)
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}") from error


def _written(folder: Path, name: str, text: bytes, *, replace: bool) -> str:
    path = folder / name
    before = path.read_bytes() if path.exists() else None
    if before == text or (before is not None and not replace):
        return f"kept {name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    return f"made {name}" if before is None else f"changed {name}"
