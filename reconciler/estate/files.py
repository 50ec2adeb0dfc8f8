"""Estate files: ``.json`` in one piece, ``.jsonl`` with a head and one customer a line."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

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


def write_estate(path: Path, taken_at: datetime, customers: Sequence[Customer]) -> None:
    """Write an estate file, whole or not at all."""
    head: dict[str, Any] = {
        "formatVersion": FORMAT_VERSION,
        "takenAt": taken_at,
        "complete": all(customer.complete for customer in customers),
    }
    bodies = [{**customer.body, "complete": customer.complete} for customer in customers]
    if path.suffix == ".jsonl":
        content = b"\n".join(msgspec.json.encode(part) for part in (head, *bodies)) + b"\n"
    else:
        content = msgspec.json.format(msgspec.json.encode({**head, "customers": bodies}), indent=1) + b"\n"
    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Replace *path* by *content* in one step, so that no reader ever sees half of it.

    *mode* is its rights, None for those of any new file. Links are followed; what is not a
    regular file (a pipe, a device) is written to as it is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
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
