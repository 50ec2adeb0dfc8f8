"""Customers kept between runs, by their file's name and bytes and by the program that read them.

A quarter of the time that reading takes: 2.6 against 11 microseconds for a reservation, and 2
more when they are put there. Only a file without a mistake is ever kept, so that what is wrong
is told in every run; that nothing is claimed twice is looked at in every run as well.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reconciler.documents import schema_text
from reconciler.model.desired import Customer

if TYPE_CHECKING:
    from reconciler.cache.store import Store

# Fewer files are read before it is worked out which program this is.
KEPT_FROM = 50
_ROOMS = ("desired", "documents", "model")
_PACKAGES = ("PyYAML", "jsonschema-rs", "msgspec")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Customer).decode


class KeptCustomers:
    """The customers in a *store* that this very *program* put there."""

    def __init__(self, store: Store, program: bytes) -> None:
        self._store = store
        self._program = program
        self._keys: dict[str, bytes] = {}

    @classmethod
    def of(cls, store: Store | None) -> KeptCustomers | None:
        """Return what is kept, where there is a *store* and the program can tell which one it is."""
        program = program_digest() if store else None
        return cls(store, program) if store and program else None

    def find(self, sources: Mapping[str, bytes | None]) -> dict[str, Customer]:
        """Return those customers that are kept, by the names of their files, of files with these bytes."""
        self._keys = {name: self._key(name, source) for name, source in sources.items() if source is not None}
        found = self._store.get(self._keys.values())
        customers = {name: _customer(found[key]) for name, key in self._keys.items() if key in found}
        return {name: customer for name, customer in customers.items() if customer is not None}

    def keep(self, customers: Mapping[str, Customer]) -> None:
        """Keep *customers* of files that were asked for last."""
        self._store.put({self._keys[name]: _encode(customer) for name, customer in customers.items()})

    def _key(self, name: str, source: bytes) -> bytes:
        # Two fixed lengths and a name that holds no zero: no two files make one key.
        return hashlib.sha256(b"%b%b%b\0" % (self._program, hashlib.sha256(source).digest(), name.encode())).digest()


def _customer(kept: bytes) -> Customer | None:
    try:
        return _decode(kept)
    except msgspec.DecodeError:
        return None


@cache
def program_digest() -> bytes | None:
    """Return a digest over all that a customer follows from beside its file: our sources, packages and Python.

    Not over version numbers alone: between two releases they stay, and a copy that somebody
    is working on has none. None where the sources are not there to be read.
    """
    rooms = [Path(__file__).parents[1] / room for room in _ROOMS]
    try:
        sources = [path.read_bytes() for room in rooms for path in sorted(room.rglob("*.py"))]
        packages = [f"{name} {version(name)}" for name in _PACKAGES]
    except (OSError, PackageNotFoundError):
        return None
    if not sources:
        return None
    made = hashlib.sha256()
    for part in (sys.version.encode(), *map(str.encode, packages), schema_text("customer").encode(), *sources):
        made.update(len(part).to_bytes(8, "big") + part)
    return made.digest()
