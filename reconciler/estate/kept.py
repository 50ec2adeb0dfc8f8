"""The index of a large estate file, kept between runs by what the file system says of the file.

Finding where each customer stands takes as long as the file is large: 0.2 s for 500 MB, which
is more than planning one of its customers takes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from reconciler.cache.program import program_digest
from reconciler.cache.store import Store
from reconciler.estate.index import Index, index
from reconciler.estate.parts import Stamp

# A smaller one is looked through in less time than this takes, or in less than a file system's clock ticks in.
_LARGE = 32 * 1024 * 1024
_SECOND = 1_000_000_000


def kept_index(path: Path, store: Store | None) -> Index | None:
    """Return ``index(path)``, from the *store* where the file is still the one that it was made of.

    A file that was written to, copied or moved is another one: its size, its times of change,
    which nobody can set, or its number on the disk differ.
    """
    key = _key(path) if store else None
    if store is None or key is None:
        return index(path)
    found = _read(store.get([key]).get(key), path)
    if found is None:
        found = index(path)
        if found is not None and _key(path) == key:
            store.put({key: msgspec.msgpack.encode(found, enc_hook=str)})
    return found


def _key(path: Path) -> bytes | None:
    """Return what names the file as it is; None of a small one, and where times are of whole seconds or days."""
    try:
        found = path.stat()
    except OSError:
        return None
    program = program_digest(("estate", "model"), ("msgspec",))
    if program is None or found.st_size < _LARGE or found.st_mtime_ns % _SECOND == 0:
        return None
    numbers = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, path.suffix)
    return hashlib.sha256(b"index" + program + ".".join(map(str, numbers)).encode()).digest()


def _read(kept: bytes | None, path: Path) -> Index | None:
    if kept is None:
        return None
    try:
        found = msgspec.msgpack.decode(kept, type=Index, dec_hook=_path)
        with path.open("rb") as file:
            return msgspec.structs.replace(found, path=path) if found.stamp == Stamp.of(file) else None
    except (msgspec.DecodeError, OSError):
        return None


def _path(_kind: type, text: Any) -> Path:
    return Path(text)
