"""Some of the customers' files read by themselves: all clean, or not at all.

A share may be read in another process or on another machine than the rest. What one file
alone may name is given along as 64-bit numbers, so that where shares come together it can be
seen, without any text, that nothing is claimed twice. As soon as anything is wrong there is
no share: then ``load`` reads everything slowly and tells every mistake at its place.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from reconciler.cache.store import Store
from reconciler.desired.clean import clean_files
from reconciler.documents import collector_paused
from reconciler.model.desired import Customer, State


class FileRead(msgspec.Struct, frozen=True):
    """One file without mistakes: the SHA-256 of its bytes, and what no other file may name, 8 bytes for each."""

    name: str
    digest: bytes
    claims: bytes = b""


class Share(msgspec.Struct, frozen=True):
    """Some customers and their files, one each, in the order of the files' names."""

    customers: tuple[Customer, ...]
    files: tuple[FileRead, ...]

    def state(self) -> State:
        """Return the State of these files alone."""
        return State(
            customers=self.customers,
            digest=desired_digest((file.name, file.digest) for file in self.files),
            files=tuple(file.name for file in self.files),
        )


def load_share(files: Mapping[str, Path], store: Store | None = None, *, claims: bool = True) -> Share | None:
    """Read the customers' *files*, by their names; None where anything is wrong with one or between two of them.

    None does not say what the mistake is, nor quite that there is one: ``load`` does. *claims*
    are left out where nothing comes together with the share.
    """
    with collector_paused():
        found = list(clean_files(files, store))
        read = [item for item in found if item is not None]
        if len(read) < len(found) or not _are_apart([item.customer for item in read]):
            return None
        return Share(
            tuple(item.customer for item in read),
            tuple(FileRead(item.name, item.digest, claims_of(item.customer) if claims else b"") for item in read),
        )


def are_apart(claims: Iterable[bytes]) -> bool:
    """Say whether no two files of these ``claims`` name the same.

    False may be chance, in one of ten million estates of a million reservations.
    """
    seen: set[int] = set()
    count = 0
    for packed in claims:
        own = array("Q", packed)
        count += len(own)
        seen.update(own)
    return len(seen) == count


def desired_digest(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the SHA-256 over files' names and the SHA-256 of each one's bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name, own in sorted(files):
        written = name.encode()
        digest.update(len(written).to_bytes(8, "big") + written + own)
    return f"sha256:{digest.hexdigest()}"


def claims_of(customer: Customer) -> bytes:
    """Return what no other file may name, 8 bytes for each and each once: itself, its tenant, orders, reservations."""
    return b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in _claims(customer))


def _claims(customer: Customer) -> Iterator[str]:
    # The letter keeps apart what may be the same: an order and a reservation, say.
    yield f"c{customer.name}"
    yield f"t{customer.tenant_id}"
    for order in dict.fromkeys(item.order_id for item in customer.reservations):
        yield f"o{order}"
    for item in customer.reservations:
        yield f"r{item.reservation_id}"


def _are_apart(customers: Sequence[Customer]) -> bool:
    """Say whether no customer, tenant, order or reservation is named by two files, and no reservation twice by one."""
    reservations = [item.reservation_id for customer in customers for item in customer.reservations]
    orders = [order for customer in customers for order in {item.order_id for item in customer.reservations}]
    names, tenants = [item.name for item in customers], [item.tenant_id for item in customers]
    return all(len(set(texts)) == len(texts) for texts in (names, tenants, orders, reservations))
