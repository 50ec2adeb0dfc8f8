"""A part of a file that nobody has written to since it was looked at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import msgspec

from reconciler.errors import ProviderError, UsageError
from reconciler.estate.mistakes import place


class Stamp(msgspec.Struct, frozen=True):
    """What a file keeps as long as nobody writes to it."""

    size: int
    modified_ns: int
    inode: int

    @classmethod
    def of(cls, file: BinaryIO) -> Stamp:
        """Return the stamp of an open file."""
        found = os.fstat(file.fileno())
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)

    def require(self, file: BinaryIO, path: Path) -> None:
        """Refuse what was read of a file that was written to in between: ProviderError."""
        if Stamp.of(file) != self:
            raise ProviderError(f"{path} was written to while it was read; run this again")


class Part(msgspec.Struct, frozen=True):
    """Some bytes of a file as it was at its stamp."""

    path: Path
    stamp: Stamp
    offset: int
    length: int

    def read(self) -> bytes:
        """Return the bytes. Errors: ProviderError if the file was written to since; UsageError if it is gone."""
        try:
            with self.path.open("rb") as file:
                content = read_at(file, self.offset, self.length)
                self.stamp.require(file, self.path)
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be read: {error.strerror}") from error
        return content

    def told(self, problem: str) -> str:
        """Say where in the file a problem is that names a body."""
        return f"{self.path}{place(self.path.read_bytes(), problem)}: {problem}"


def read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    """Return that part of a file, less of it at its end."""
    file.seek(offset)
    return file.read(length)
