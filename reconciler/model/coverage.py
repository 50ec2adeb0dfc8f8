"""What a run covers that does not read every customer's file, or is not made from Azure."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Removed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A customer whom a file managed at the revision and no file manages now; None where its name cannot be read."""

    file: str
    customer: str | None


class Coverage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which of the customers' files a run is about: those that changed since a revision.

    ``revision`` is as it was asked for, ``bases`` are the commits that it was compared by (the
    best common ancestors); ``read`` of ``files`` in all were read. ``because`` says what changed
    that every customer depends on: then all are read.
    """

    revision: str
    bases: tuple[str, ...]
    read: int
    files: int
    because: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()


class EstateRef(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The estate file that a plan was made from in place of Azure: when it was taken, and whether it is whole."""

    taken_at: datetime
    complete: bool
