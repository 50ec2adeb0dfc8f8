"""Bytes by their keys, kept in one SQLite file between runs. Whatever is wrong with it, it is as if empty."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cache.place import is_ours

if TYPE_CHECKING:
    import sqlite3

# A cache of another layout is another file.
_FILE = "cache-1.sqlite"
_LARGEST = 256 * 1024 * 1024
_PAGE = 4096
# Another run that writes is not waited for: working it out again takes hardly longer.
_PATIENCE = 0.2
_AT_ONCE = 500
_SUM = 16


class Store:
    """Entries by key in *folder*, of at most *largest* bytes in all.

    A key, of up to 64 bytes, must follow from all that its value follows from. A value is given only as it
    was put: each is kept with a checksum over key and value, so that neither a damaged file nor
    an entry under a wrong key can say something else. Nothing here fails: where the file cannot
    be read there are no entries, where it cannot be written none are kept.
    """

    def __init__(self, folder: Path, largest: int = _LARGEST) -> None:
        self.folder = folder
        self.file = folder / _FILE
        self.largest = largest

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the values of those *keys* that have one."""
        found: dict[bytes, bytes] = {}
        if self._is_safe() and self.file.is_file():
            self._do(lambda database: found.update(_read(database, list(keys))))
        return found

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep *entries*; where there is no room for them any more, instead of all others."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not entries or not self._is_safe():
            return
        rows = [(key, _sum(key, value) + value) for key, value in entries.items()]
        self._do(lambda database: _write(database, rows, self.largest // _PAGE))

    def _is_safe(self) -> bool:
        return is_ours(self.folder) and is_ours(self.file)

    def _do(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do *work* with the database; an error of it ends the work, and a file that is none of SQLite's goes."""
        import sqlite3  # only here: most runs keep nothing

        try:
            with closing(sqlite3.connect(self.file, timeout=_PATIENCE)) as database:
                database.text_factory = bytes
                # What a power cut spoils is seen to be spoilt.
                database.execute("PRAGMA synchronous = OFF")
                work(database)
        except sqlite3.OperationalError:  # locked, full, not to be written or opened, no table yet
            return
        except sqlite3.DatabaseError:
            with suppress(OSError):
                self.file.unlink()


def store_in(folder: Path | None) -> Store | None:
    """Return the entries in *folder*, where there is one."""
    return Store(folder) if folder else None


def _read(database: sqlite3.Connection, keys: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        for key, kept in database.execute(f"SELECT key, value FROM entries WHERE key IN ({marks})", some):
            if _is_whole(key, kept):
                yield key, kept[_SUM:]


def _write(database: sqlite3.Connection, rows: list[tuple[bytes, bytes]], pages: int) -> None:
    """Insert *rows*; where they do not fit in so many *pages*, instead of all others."""
    database.execute("CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL)")
    database.execute(f"PRAGMA max_page_count = {pages}")
    insert = partial(database.executemany, "INSERT OR REPLACE INTO entries VALUES (?, ?)", rows)
    try:
        with database:
            insert()
    except database.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_FULL":  # another run writes, say: what it kept stays
            raise
        with database:
            database.execute("DELETE FROM entries")
            insert()


def _sum(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(value, key=key, digest_size=_SUM).digest()


def _is_whole(key: object, kept: object) -> bool:
    """Say whether a row is as it was put; a damaged file may hold anything."""
    return isinstance(key, bytes) and isinstance(kept, bytes) and kept[:_SUM] == _sum(key, kept[_SUM:])
