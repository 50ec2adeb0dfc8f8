"""Estate files: ``.json`` in one piece, ``.jsonl`` with a head and one customer a line."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from reconciler.errors import UsageError
from reconciler.estate.index import Index, index, read_customers
from reconciler.estate.whole import FORMAT_VERSION, read_whole
from reconciler.model.current import Customer, Estate


def read_estate(path: Path, wanted: Collection[str] | None = None, known: Index | None = None) -> Estate:
    """Read an estate file: the customers of the tenants *wanted*, in lower case, or all of them.

    *known* is its index, where it was made before.

    Errors: UsageError if it cannot be opened; ProviderError if it is not an
            estate of a format that this program knows.
    """
    found = known or index(path, wanted or ())
    if found is None:
        return read_whole(path, wanted)
    customers = read_customers(found, wanted)
    complete = all(item.complete for item in customers.values())
    return Estate(taken_at=found.taken_at, complete=complete, customers=customers)


def write_estate(path: Path, taken_at: datetime, customers: Iterable[Customer]) -> None:
    """Write an estate file, whole or not at all; a ``.jsonl`` as *customers* come, holding one at a time."""
    try:
        with replacing(path) as stream:
            (_write_lines if path.suffix == ".jsonl" else _write_piece)(stream, taken_at, customers)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _write_lines(stream: BinaryIO, taken_at: datetime, customers: Iterable[Customer]) -> None:
    complete = True
    stream.write(_head_line(taken_at, complete))
    for customer in customers:
        complete &= customer.complete
        stream.write(msgspec.json.encode(_body(customer)) + b"\n")
    stream.seek(0)
    stream.write(_head_line(taken_at, complete))


def _head_line(taken_at: datetime, complete: bool) -> bytes:
    """Return the first line; it is as long whatever it says, because only the last customer's reading decides."""
    line = msgspec.json.encode(_head(taken_at, complete))
    return line + (b" \n" if complete else b"\n")


def _write_piece(stream: BinaryIO, taken_at: datetime, customers: Iterable[Customer]) -> None:
    held = list(customers)
    head = _head(taken_at, all(customer.complete for customer in held))
    document = msgspec.json.encode({**head, "customers": list(map(_body, held))})
    stream.write(msgspec.json.format(document, indent=1) + b"\n")


def _head(taken_at: datetime, complete: bool) -> dict[str, Any]:
    return {"formatVersion": FORMAT_VERSION, "takenAt": taken_at, "complete": complete}


def _body(customer: Customer) -> dict[str, Any]:
    return {**customer.body, "complete": customer.complete}


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Replace *path* by *content* as ``replacing`` does."""
    with replacing(path, mode) as stream:
        stream.write(content)


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """Give a file that takes the place of *path* in one step once it is whole: no reader ever sees half of it.

    *mode* is its rights, None for those of any new file. Links are followed; what is not a
    regular file (a pipe, a device) is written to as it is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        held = BytesIO()
        yield held
        path.write_bytes(held.getvalue())
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; an artifact of CI must be readable as others are.
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
