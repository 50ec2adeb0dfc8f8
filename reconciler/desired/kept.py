"""Customers kept between runs, by their file's name and bytes and by the program that read them.

A quarter of the time that reading takes: 2.6 against 11 microseconds for a reservation, and 2
more when they are put there. Only a file without a mistake is ever kept, so that what is wrong
is told in every run; that nothing is claimed twice is looked at in every run as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from reconciler.cache.program import program_digest
from reconciler.cache.store import Store
from reconciler.documents import schema_text
from reconciler.model.desired import Customer

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
        digest = program() if store else None
        return cls(store, digest) if store and digest else None

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


def program() -> bytes | None:
    """Return what all customers follow from beside their files; None where that cannot be told."""
    return program_digest(_ROOMS, _PACKAGES, schema_text("customer"))
