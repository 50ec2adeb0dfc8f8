"""Customers' files, written all together after they were read again together."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from reconciler import desired as desired_files
from reconciler.errors import UsageError
from reconciler.estate.files import write_whole
from reconciler.model import desired
from reconciler.pipeline.asking import Request


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A file's content as it is to be, and as it was read; ``before`` is None where there was none."""

    path: Path
    after: bytes
    before: bytes | None


def write_files(request: Request, texts: Mapping[str, Text], again: str) -> None:
    """Write every file, each in one step, after all of them were read again together.

    Errors: InvalidDocuments, before anything is written; UsageError with *again*, what to do then.
    """
    if not texts:
        return
    folder = folder_of(request)
    paths = () if desired_files.is_empty(folder) else (folder,)
    desired_files.load(paths, request.config.root, {name: text.after for name, text in texts.items()})
    written: list[str] = []
    for name, text in texts.items():
        try:
            _replace(name, text)
        except UsageError as error:
            before = f"; written before it: {written[0]}" if written else ""
            more = f" and {len(written) - 1} more" if len(written) > 1 else ""
            raise UsageError(f"{error}{before}{more}; {again}") from error
        written.append(name)


def folder_of(request: Request) -> Path:
    """Return the folder of the customers' files."""
    return request.config.root / request.config.desired


def path_of(request: Request, customer: desired.Customer) -> Path:
    """Return where a customer's file is."""
    return request.config.root / customer.location.file


def _replace(name: str, text: Text) -> None:
    try:
        now = text.path.read_bytes() if text.path.exists() else None
        if now != text.before:
            raise UsageError(f"{name} was changed by somebody else meanwhile")
        text.path.parent.mkdir(parents=True, exist_ok=True)
        # Who may read the file stays the user's choice.
        write_whole(text.path, text.after, stat.S_IMODE(text.path.stat().st_mode) if now is not None else None)
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror}") from error
