"""An estate file in place of a service: plans without credentials, in forks and in tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path

from reconciler.cache.place import usable
from reconciler.cache.store import store_in
from reconciler.config import Config
from reconciler.errors import UsageError
from reconciler.estate.customers import unread_customer
from reconciler.estate.files import read_estate
from reconciler.estate.index import Index, index
from reconciler.estate.kept import kept_index
from reconciler.model import current, desired
from reconciler.providers import Provider, ProviderEntry


class Snapshot:
    """Read an estate file: the customers that are asked for, or all of them once.

    A file that is written to after it was first looked at is refused: one plan is made of one estate.
    """

    def __init__(self, path: Path, cache: Path | None = None) -> None:
        self._path = path
        self._cache = cache
        self._taken_at: datetime | None = None
        self._whole: current.Estate | None = None

    @cached_property
    def index(self) -> Index | None:
        """Where each customer stands in the file, for who reads a part of it elsewhere; None where it is read whole."""
        return kept_index(self._path, store_in(self._cache))

    def now(self) -> datetime:
        """Return the instant at which the file's estate was taken."""
        return self._taken_at or self._read(()).taken_at

    def read(self, customers: Sequence[desired.Customer]) -> current.Estate:
        """Return the part of the estate that these customers are; one that the file lacks is incomplete."""
        wanted = {customer.tenant_id.lower(): customer for customer in customers}
        estate = self._whole or self._read(wanted.keys())
        found = {
            tenant_id: estate.customers.get(tenant_id) or self._absent(customer, estate)
            for tenant_id, customer in wanted.items()
        }
        return current.Estate(
            taken_at=estate.taken_at, complete=all(item.complete for item in found.values()), customers=found
        )

    def read_each(
        self,
        customers: Iterable[desired.Customer],
        at: datetime,  # noqa: ARG002 (what is in a file is as it was)
    ) -> Iterator[current.Customer]:
        """Give the part of the estate that each of these customers is; a file that has no index is held whole."""
        if self.index is None:
            self._whole = self._whole or self._read(None)
        for customer in customers:
            yield self.read([customer]).customers[customer.tenant_id.lower()]

    def customers(self) -> tuple[current.Customer, ...]:
        """Return everybody who is in the file."""
        self._whole = self._whole or self._read(None)
        return tuple(sorted(self._whole.customers.values(), key=lambda item: (item.name, item.tenant_id)))

    def close(self) -> None:
        """Do nothing: the file is not kept open."""

    def _read(self, wanted: Collection[str] | None) -> current.Estate:
        self._prove(wanted or ())
        estate = read_estate(self._path, wanted, self.index)
        self._taken_at = estate.taken_at
        return estate

    def _prove(self, wanted: Collection[str]) -> None:
        """Have it proven once for all reads, and not by each, that those who are not in the index are absent."""
        if self.index is not None and not self.index.proven and not self.index.pieces.keys() >= set(wanted):
            proven = index(self._path, None)
            if proven is not None and proven.stamp == self.index.stamp:
                self.index = proven

    def _absent(self, customer: desired.Customer, estate: current.Estate) -> current.Customer:
        problem = f"estate file {self._path} has no tenant {customer.tenant_id.lower()}"
        return unread_customer(customer.name, customer.tenant_id, estate.taken_at.date(), problem)


def _open(config: Config) -> Provider:
    if config.snapshot is None:
        raise UsageError(
            "provider snapshot needs an estate file; name it with --estate or snapshot: in reconciler.yaml"
        )
    return Snapshot(config.root / config.snapshot, usable(config.cache, config.root))


PROVIDERS = (ProviderEntry(name="snapshot", open=_open),)
